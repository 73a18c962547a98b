#include "pg/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenancy::pg {

namespace {

struct Descriptor {
    int number;
    ~Descriptor()
    {
        if (number >= 0)
            close(number);
    }
};

} // namespace

const char *read_private_file(const char *path, std::size_t most_bytes, std::string &out)
{
    // No waiting for the other end of a pipe.
    const Descriptor file{open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.number < 0)
        return "it cannot be opened";
    struct stat facts;
    if (fstat(file.number, &facts) != 0)
        return "it cannot be examined";
    if (!S_ISREG(facts.st_mode))
        return "it is no regular file";
    if (facts.st_uid != geteuid())
        return "it does not belong to the server's user";
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "others than the server's user may read or write it";
    if (static_cast<std::size_t>(facts.st_size) > most_bytes)
        return "it is too large";
    out.resize(most_bytes + 1); // at once: no copy of a secret is left behind by growing
    std::size_t size = 0;
    while (size < out.size()) {
        const ssize_t got = read(file.number, out.data() + size, out.size() - size);
        if (got < 0)
            return "it cannot be read";
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size > most_bytes)
        return "it is too large";
    out.resize(size);
    return nullptr;
}

} // namespace tenancy::pg

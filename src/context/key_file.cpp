#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include <openssl/crypto.h>

#include "context/key_file.hpp"

#include "pg/entry.hpp"
#include "pg/files.hpp"

namespace tenancy::context {

namespace {

char *file_name = nullptr;
core::KeyRing *ring = nullptr;
// When the ring was last read, or tried to be; and by what name.
TimestampTz read_at = 0;
char read_name[MAXPGPATH];

struct Wiped {
    std::string text;
    ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

// Makes a ring of the file or throws core::Error with the reason.
core::KeyRing *read_ring(const char *path)
{
    Wiped file;
    if (const char *problem = pg::read_private_file(path, core::max_ring_bytes, file.text))
        throw core::Error("F0000", problem);
    return new core::KeyRing(core::parse_key_ring(file.text));
}

std::string status_of(const char *path)
{
    try {
        const std::unique_ptr<core::KeyRing> found(read_ring(path));
        std::string said = std::to_string(found->size()) + (found->size() == 1 ? " key" : " keys");
        const char *separator = ": ";
        for (const std::string &id : found->ids()) {
            said += separator + id;
            separator = ", ";
        }
        return said;
    } catch (const core::Error &problem) {
        return std::string("not taken: ") + problem.what() +
               (problem.detail().empty() ? "" : " " + problem.detail());
    }
}

void read_again(const char *path)
{
    pg::CaughtError problem;
    core::KeyRing *fresh = nullptr;
    if (pg::entry_quiet([&] { fresh = read_ring(path); }, &problem)) {
        delete ring;
        ring = fresh;
        return;
    }
    // Paths and ids of keys are not for clients, which choose their client_min_messages.
    ereport(LOG_SERVER_ONLY,
            (errcode(ERRCODE_CONFIG_FILE_ERROR),
             errmsg("key ring \"%s\" was not taken: %s", path, problem.message),
             problem.detail[0] ? errdetail_internal("%s", problem.detail) : 0,
             ring != nullptr ? errhint("The keys that were read before stay in use.")
                             : errhint("No token is believed. Put the file right: SELECT pg_reload_conf();"),
             errhidestmt(true), errhidecontext(true)));
}

} // namespace

const core::KeyRing *key_ring()
{
    const char *wanted = file_name == nullptr ? "" : file_name;
    if (*wanted == '\0' || strlen(wanted) >= sizeof read_name)
        return nullptr;
    const bool other = strcmp(wanted, read_name) != 0;
    if (other && ring != nullptr) {
        pg::entry([] { delete ring; });
        ring = nullptr;
    }
    if (other || read_at != PgReloadTime) {
        strlcpy(read_name, wanted, sizeof read_name);
        read_at = PgReloadTime;
        read_again(wanted);
    }
    return ring;
}

void define_key_file()
{
    DefineCustomStringVariable("tenancy.keyring_file",
                               "File with the keys of signed tokens, a JWK Set.",
                               "Relative to the data directory. It belongs to the server's user, and "
                               "nobody else may read it.", &file_name, "", PGC_SIGHUP,
                               GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
}

} // namespace tenancy::context

using namespace tenancy;
using namespace tenancy::context;

// key_ring_status() -> how the file is now: "2 keys: a, b" or why it is not taken; NULL when none is named. Whatever
// sessions hold that have read it before.
TENANCY_FUNCTION(tenancy_key_ring_status)
{
    const char *path = file_name == nullptr ? "" : file_name;
    if (*path == '\0')
        PG_RETURN_NULL();
    const char *said = pg::core_text([path] { return status_of(path); });
    PG_RETURN_TEXT_P(cstring_to_text(said));
}

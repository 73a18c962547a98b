// Reads files that hold secrets. Plain system calls: raises nothing, and may run beside C++ objects.
#pragma once

#include <cstddef>
#include <string>

namespace tenancy::pg {

// Puts the whole file into `out`, or returns what is wrong with it: not a regular file, not the
// property of the server's user, readable by others, larger than most_bytes. nullptr: all is well.
const char *read_private_file(const char *path, std::size_t most_bytes, std::string &out);

} // namespace tenancy::pg

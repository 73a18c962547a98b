#include <cerrno>
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

#include "context/replay.hpp"

#include "pg/moment.hpp"

namespace tenancy::context {

namespace {

int most_tokens = 65536; // tenancy.used_tokens
constexpr char tranche[] = "pg_tenancy";

struct Used {
    unsigned char digest[sizeof UsedOnce::digest];
    std::int64_t expires_us;
};

shmem_request_hook_type previous_request = nullptr;
shmem_startup_hook_type previous_startup = nullptr;
HTAB *used = nullptr;
struct Memory {
    std::int64_t began_us;
    std::int64_t first_expiry_us; // none of the entries expires before
    std::int64_t cleared_us;      // at most once a second: it looks at every entry
} *memory = nullptr; // shared
LWLock *lock = nullptr;

void request()
{
    if (previous_request != nullptr)
        previous_request();
    RequestAddinShmemSpace(hash_estimate_size(most_tokens, sizeof(Used)) + MAXALIGN(sizeof *memory));
    RequestNamedLWLockTranche(tranche, 1);
}

void startup()
{
    if (previous_startup != nullptr)
        previous_startup();
    HASHCTL control = {};
    control.keysize = sizeof UsedOnce::digest;
    control.entrysize = sizeof(Used);
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    used = ShmemInitHash("pg_tenancy used tokens", most_tokens, most_tokens, &control,
                         HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
    bool found = false;
    memory = static_cast<Memory *>(
        ShmemInitStruct("pg_tenancy memory of used tokens", sizeof *memory, &found));
    if (!found)
        *memory = {pg::unix_microseconds(GetCurrentTimestamp()), PG_INT64_MAX, 0};
    lock = &GetNamedLWLockTranche(tranche)->lock;
    LWLockRelease(AddinShmemInitLock);
}

void drop_expired(std::int64_t now_us)
{
    if (memory->first_expiry_us >= now_us || now_us < memory->cleared_us + USECS_PER_SEC)
        return;
    memory->cleared_us = now_us;
    memory->first_expiry_us = PG_INT64_MAX;
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, used);
    while (Used *entry = static_cast<Used *>(hash_seq_search(&scan)))
        if (entry->expires_us < now_us)
            hash_search(used, entry->digest, HASH_REMOVE, nullptr);
        else
            memory->first_expiry_us = Min(memory->first_expiry_us, entry->expires_us);
}

} // namespace

Use use_token(const UsedOnce &token, std::int64_t now_us)
{
    if (used == nullptr)
        return Use::unavailable;
    if (token.earliest_us <= memory->began_us)
        return Use::unknown;
    LWLockAcquire(lock, LW_EXCLUSIVE);
    bool found = false;
    if (hash_get_num_entries(used) >= most_tokens)
        drop_expired(now_us);
    Used *entry = static_cast<Used *>(hash_search(
        used, token.digest, hash_get_num_entries(used) < most_tokens ? HASH_ENTER_NULL : HASH_FIND, &found));
    if (entry != nullptr && !found) {
        entry->expires_us = token.expires_us;
        memory->first_expiry_us = Min(memory->first_expiry_us, token.expires_us);
    }
    LWLockRelease(lock);
    return found ? Use::again : entry != nullptr ? Use::first : Use::full;
}

void initialize_replay()
{
    if (!process_shared_preload_libraries_in_progress)
        return;
    DefineCustomIntVariable("tenancy.used_tokens", "How many used tokens are remembered for single use.",
                            "Those that have not expired yet; when all are taken, new ones are refused.",
                            &most_tokens, most_tokens, 16, 16777216, PGC_POSTMASTER, 0, nullptr, nullptr,
                            nullptr);
    previous_request = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = startup;
}

} // namespace tenancy::context

#include "context/replay.hpp"

namespace tenancy::context {

namespace {

constexpr long most_tokens = 65536;
constexpr char tranche[] = "pg_tenancy";

struct Used {
    unsigned char digest[sizeof UsedOnce::digest];
    std::int64_t expires_us;
};

shmem_request_hook_type previous_request = nullptr;
shmem_startup_hook_type previous_startup = nullptr;
HTAB *used = nullptr;
std::int64_t *began_us = nullptr; // shared
LWLock *lock = nullptr;

void request()
{
    if (previous_request != nullptr)
        previous_request();
    RequestAddinShmemSpace(hash_estimate_size(most_tokens, sizeof(Used)) + MAXALIGN(sizeof *began_us));
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
    began_us = static_cast<std::int64_t *>(
        ShmemInitStruct("pg_tenancy used tokens since", sizeof *began_us, &found));
    if (!found)
        *began_us = unix_microseconds(GetCurrentTimestamp());
    lock = &GetNamedLWLockTranche(tranche)->lock;
    LWLockRelease(AddinShmemInitLock);
}

void drop_expired(std::int64_t now_us)
{
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, used);
    while (Used *entry = static_cast<Used *>(hash_seq_search(&scan)))
        if (entry->expires_us < now_us)
            hash_search(used, entry->digest, HASH_REMOVE, nullptr);
}

} // namespace

std::int64_t unix_microseconds(TimestampTz moment) noexcept
{
    return moment + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

Use use_token(const UsedOnce &token, std::int64_t now_us)
{
    if (used == nullptr)
        return Use::unavailable;
    if (token.earliest_us <= *began_us)
        return Use::unknown;
    LWLockAcquire(lock, LW_EXCLUSIVE);
    bool found = false;
    if (hash_get_num_entries(used) >= most_tokens)
        drop_expired(now_us);
    Used *entry = static_cast<Used *>(hash_search(
        used, token.digest, hash_get_num_entries(used) < most_tokens ? HASH_ENTER_NULL : HASH_FIND, &found));
    if (entry != nullptr && !found)
        entry->expires_us = token.expires_us;
    LWLockRelease(lock);
    return found ? Use::again : entry != nullptr ? Use::first : Use::full;
}

void initialize_replay()
{
    if (!process_shared_preload_libraries_in_progress)
        return;
    previous_request = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = startup;
}

} // namespace tenancy::context

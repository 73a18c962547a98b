#include "context/replay.hpp"

namespace tenancy::context {

namespace {

constexpr long most_tokens = 65536;
constexpr int digest_size = 32;
constexpr char tranche[] = "pg_tenancy";

struct Used {
    unsigned char digest[digest_size];
    std::int64_t expires_us;
};

shmem_request_hook_type previous_request = nullptr;
shmem_startup_hook_type previous_startup = nullptr;
HTAB *used = nullptr;
LWLock *lock = nullptr;

void request()
{
    if (previous_request != nullptr)
        previous_request();
    RequestAddinShmemSpace(hash_estimate_size(most_tokens, sizeof(Used)));
    RequestNamedLWLockTranche(tranche, 1);
}

void startup()
{
    if (previous_startup != nullptr)
        previous_startup();
    HASHCTL control = {};
    control.keysize = digest_size;
    control.entrysize = sizeof(Used);
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    used = ShmemInitHash("pg_tenancy used tokens", most_tokens, most_tokens, &control,
                         HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
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

Use use_token(const unsigned char *digest, std::int64_t expires_us, std::int64_t now_us)
{
    if (used == nullptr)
        return Use::unavailable;
    LWLockAcquire(lock, LW_EXCLUSIVE);
    bool found = false;
    if (hash_get_num_entries(used) >= most_tokens)
        drop_expired(now_us);
    Used *entry = static_cast<Used *>(hash_search(
        used, digest, hash_get_num_entries(used) < most_tokens ? HASH_ENTER_NULL : HASH_FIND, &found));
    if (entry != nullptr && !found)
        entry->expires_us = expires_us;
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

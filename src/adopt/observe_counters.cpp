#include "adopt/observe_counters.hpp"

#include "pg/entry.hpp"

namespace tenancy::adopt {

namespace {

int most_tables = 1024; // tenancy.observed_tables
constexpr char tranche[] = "pg_tenancy observations";

shmem_request_hook_type previous_request = nullptr;
shmem_startup_hook_type previous_startup = nullptr;
Counters *places = nullptr; // shared
LWLock *lock = nullptr;

std::size_t size()
{
    return MAXALIGN(static_cast<std::size_t>(most_tables) * sizeof(Counters));
}

void request()
{
    if (previous_request != nullptr)
        previous_request();
    RequestAddinShmemSpace(size());
    RequestNamedLWLockTranche(tranche, 1);
}

void clear(Counter *counter)
{
    for (pg_atomic_uint64 *one : {&counter->statements, &counter->without_tenant, &counter->hidden,
                                  &counter->refused, &counter->last_seen})
        pg_atomic_write_u64(one, 0);
}

void begin(Counters *counters)
{
    for (Counter &counter : counters->of)
        clear(&counter);
    pg_atomic_write_u64(&counters->since, static_cast<std::uint64_t>(GetCurrentTimestamp()));
}

void startup()
{
    if (previous_startup != nullptr)
        previous_startup();
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    bool found = false;
    places = static_cast<Counters *>(ShmemInitStruct("pg_tenancy observations", size(), &found));
    if (!found)
        for (int i = 0; i < most_tables; ++i) {
            Counters *place = &places[i];
            place->database = place->table = InvalidOid;
            pg_atomic_init_u64(&place->since, 0);
            for (Counter &counter : place->of)
                for (pg_atomic_uint64 *one : {&counter.statements, &counter.without_tenant, &counter.hidden,
                                              &counter.refused, &counter.last_seen})
                    pg_atomic_init_u64(one, 0);
        }
    lock = &GetNamedLWLockTranche(tranche)->lock;
    LWLockRelease(AddinShmemInitLock);
}

// A table's own place, else the first free one, else nullptr.
Counters *look_up(Oid table)
{
    Counters *unused = nullptr;
    for (int i = 0; i < most_tables; ++i) {
        if (belongs_to(&places[i], table))
            return &places[i];
        if (unused == nullptr && !OidIsValid(places[i].table))
            unused = &places[i];
    }
    return unused;
}

// Places of databases that are gone.
void give_away_orphans()
{
    for (int i = 0; places != nullptr && i < most_tables; ++i) {
        const Oid database = places[i].database;
        if (!OidIsValid(database) || SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database)))
            continue;
        LWLockAcquire(lock, LW_EXCLUSIVE);
        if (places[i].database == database)
            places[i].database = places[i].table = InvalidOid;
        LWLockRelease(lock);
    }
}

} // namespace

const char *kind_name(Kind kind) noexcept
{
    static constexpr const char *names[kinds] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY"};
    return names[static_cast<int>(kind)];
}

Kind kind_of(CmdType command) noexcept
{
    switch (command) {
    case CMD_INSERT:
        return Kind::insert;
    case CMD_UPDATE:
        return Kind::update;
    case CMD_DELETE:
        return Kind::remove;
    case CMD_MERGE:
        return Kind::merge;
    default:
        return Kind::select;
    }
}

bool counters_available() noexcept
{
    return places != nullptr;
}

Counters *counters_of(Oid table)
{
    if (places == nullptr)
        return nullptr;
    LWLockAcquire(lock, LW_SHARED);
    Counters *found = look_up(table);
    LWLockRelease(lock);
    if (found != nullptr && belongs_to(found, table))
        return found;
    LWLockAcquire(lock, LW_EXCLUSIVE);
    found = look_up(table);
    if (found != nullptr && !belongs_to(found, table)) {
        begin(found);
        found->database = MyDatabaseId;
        found->table = table;
    }
    LWLockRelease(lock);
    return found;
}

void initialize_counters()
{
    if (!process_shared_preload_libraries_in_progress)
        return;
    DefineCustomIntVariable("tenancy.observed_tables", "How many tables can be observed at a time.",
                            "Of all databases of the server; each takes 256 bytes of shared memory.",
                            &most_tables, most_tables, 16, 1048576, PGC_POSTMASTER, 0, nullptr, nullptr,
                            nullptr);
    previous_request = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = startup;
}

} // namespace tenancy::adopt

using namespace tenancy;

// observation_counters() -> SETOF (target oid, kind, statements, without_tenant, hidden, refused, since, last_seen):
// of this database, as far as there is anything; a row without a kind for a table of which nothing was seen.
TENANCY_FUNCTION(tenancy_observation_counters)
{
    InitMaterializedSRF(fcinfo, 0);
    ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    if (adopt::places == nullptr)
        return static_cast<Datum>(0);
    LWLockAcquire(adopt::lock, LW_SHARED);
    for (int i = 0; i < adopt::most_tables; ++i) {
        adopt::Counters *place = &adopt::places[i];
        if (place->database != MyDatabaseId || !OidIsValid(place->table))
            continue;
        for (int kind = 0; kind < adopt::kinds; ++kind) {
            adopt::Counter *counter = &place->of[kind];
            const std::uint64_t seen = pg_atomic_read_u64(&counter->last_seen);
            const std::uint64_t numbers[] = {pg_atomic_read_u64(&counter->statements),
                                             pg_atomic_read_u64(&counter->without_tenant),
                                             pg_atomic_read_u64(&counter->hidden),
                                             pg_atomic_read_u64(&counter->refused)};
            if (numbers[0] + numbers[1] + numbers[2] + numbers[3] == 0)
                continue;
            Datum values[8] = {ObjectIdGetDatum(place->table),
                               CStringGetTextDatum(adopt::kind_name(static_cast<adopt::Kind>(kind))),
                               UInt64GetDatum(numbers[0]),
                               UInt64GetDatum(numbers[1]),
                               UInt64GetDatum(numbers[2]),
                               UInt64GetDatum(numbers[3]),
                               TimestampTzGetDatum(static_cast<TimestampTz>(pg_atomic_read_u64(&place->since))),
                               TimestampTzGetDatum(static_cast<TimestampTz>(seen))};
            bool nulls[8] = {false, false, false, false, false, false, false, seen == 0};
            tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        }
    }
    LWLockRelease(adopt::lock);
    return static_cast<Datum>(0);
}

// reset_observation(table, give_away): its counters begin again; given away, others may have the place.
TENANCY_FUNCTION(tenancy_reset_observation)
{
    const Oid table = PG_GETARG_OID(0);
    const bool give_away = PG_GETARG_BOOL(1);
    if (adopt::places == nullptr)
        PG_RETURN_VOID();
    LWLockAcquire(adopt::lock, LW_EXCLUSIVE);
    adopt::Counters *found = adopt::look_up(table);
    if (adopt::belongs_to(found, table)) {
        adopt::begin(found);
        if (give_away)
            found->database = found->table = InvalidOid;
    }
    LWLockRelease(adopt::lock);
    PG_RETURN_VOID();
}

// has_counters(table): is there a place for it? Made if need be; false where nothing can be counted.
TENANCY_FUNCTION(tenancy_has_counters)
{
    const Oid table = PG_GETARG_OID(0);
    if (adopt::counters_of(table) == nullptr)
        adopt::give_away_orphans();
    PG_RETURN_BOOL(adopt::counters_of(table) != nullptr);
}

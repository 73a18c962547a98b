// bench only, not part of the extension: run a prepared statement n times between two callgrind
// requests, so that a dump holds nothing but those n executions.
//
//   bench.loop(query, runs, label, types, args, warmup)           one statement, one transaction
//   bench.transactions(queries, runs, label, types, args, warmup) each run is a transaction of its
//                                                                 own: the queries, then COMMIT
//
// args are texts, converted once to the declared types. They may hold several groups of
// cardinality(types) values; run i takes group i modulo the number of groups, so that a loop can
// touch another row, or another tenant, each time.
//
//   bench.cpu_seconds()   what this backend has used of a processor
//   bench.next_id()   the ids that inserted rows get: drawn at the price of gen_random_uuid(), but
//                     the same in every variant of a shape, so that their B-trees split alike
//
// The dump is named "<label> runs=<runs> rows=<rows> value=<first value>". Rows and value are those
// of the last warm-up run; the report uses them to refuse variants that did different work.
//
// REQUIRES: plain data only. Every server call here may leave its frame by longjmp.
extern "C" {
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "port.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include <sys/resource.h>
#include <valgrind/callgrind.h>

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(bench_loop);
PGDLLEXPORT Datum bench_loop(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(bench_transactions);
PGDLLEXPORT Datum bench_transactions(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(bench_next_id);
PGDLLEXPORT Datum bench_next_id(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(bench_cpu_seconds);
PGDLLEXPORT Datum bench_cpu_seconds(PG_FUNCTION_ARGS);
}

namespace {

uint64 next_id_state; // set from the shape's name when a measurement starts

// SplitMix64: all that matters is that it spreads.
uint64 next_number()
{
    uint64 z = (next_id_state += UINT64CONST(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64CONST(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// A label is "<shape> <variant>"; variants of a shape draw the same ids.
void restart_ids(const char *label)
{
    const char *end = strchr(label, ' ');
    const int length = static_cast<int>(end != nullptr ? end - label : strlen(label));
    next_id_state = hash_bytes_extended(reinterpret_cast<const unsigned char *>(label), length, 0);
}

struct Job {
    SPIPlanPtr *plans; // executed one after the other in each run
    int plan_count;
    int arg_count;   // values per group
    int group_count; // at least 1
    Datum *values;   // arg_count * group_count
    char *nulls;     // ' ' or 'n', as SPI wants it
    bool commit;     // end the transaction after each run
};

// The elements of a one-dimensional array; nulls is filled when it is wanted.
int elements(ArrayType *array, Oid type, Datum **values, bool **nulls)
{
    int16 length;
    bool by_value;
    char align;
    int count;
    get_typlenbyvalalign(type, &length, &by_value, &align);
    deconstruct_array(array, type, length, by_value, align, values, nulls, &count);
    return count;
}

void convert_args(Job *job, Oid *types, int type_count, ArrayType *args)
{
    Datum *texts;
    bool *is_null;
    const int count = elements(args, TEXTOID, &texts, &is_null);
    if (type_count == 0 ? count != 0 : (count == 0 || count % type_count != 0))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%d arguments do not fill groups of %d", count, type_count)));
    job->arg_count = type_count;
    job->group_count = type_count == 0 ? 1 : count / type_count;
    job->values = static_cast<Datum *>(palloc0(sizeof(Datum) * (count + 1)));
    job->nulls = static_cast<char *>(palloc(count + 1));
    for (int i = 0; i < count; i++) {
        Oid input;
        Oid io_param;
        job->nulls[i] = is_null[i] ? 'n' : ' ';
        if (is_null[i])
            continue;
        getTypeInputInfo(types[i % type_count], &input, &io_param);
        job->values[i] = OidInputFunctionCall(input, TextDatumGetCString(texts[i]), io_param, -1);
    }
}

void prepare(Job *job, Datum *queries, int query_count, Oid *types)
{
    job->plan_count = query_count;
    job->plans = static_cast<SPIPlanPtr *>(palloc(sizeof(SPIPlanPtr) * query_count));
    for (int i = 0; i < query_count; i++) {
        SPIPlanPtr plan = SPI_prepare(TextDatumGetCString(queries[i]), job->arg_count, types);
        if (plan == nullptr)
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                            errmsg("cannot prepare: %s", SPI_result_code_string(SPI_result))));
        SPI_keepplan(plan); // transactions come and go beneath it
        job->plans[i] = plan;
    }
}

void run_once(const Job *job, int run)
{
    const int first = (run % job->group_count) * job->arg_count;
    for (int i = 0; i < job->plan_count; i++) {
        const int code =
            SPI_execute_plan(job->plans[i], job->values + first, job->nulls + first, false, 0);
        if (code < 0)
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                            errmsg("cannot execute: %s", SPI_result_code_string(code))));
        if (i + 1 < job->plan_count)
            SPI_freetuptable(SPI_tuptable);
    }
}

// Frees the result of the last query and ends the transaction where each run is one.
void finish_run(const Job *job)
{
    SPI_freetuptable(SPI_tuptable);
    if (job->commit)
        SPI_commit();
}

char *warm_up(const Job *job, int warmup, int runs, const char *label)
{
    uint64 rows = 0;
    char *value = pstrdup("-");
    for (int i = 0; i < warmup; i++) {
        run_once(job, i);
        if (i + 1 == warmup) {
            rows = SPI_processed;
            char *text = SPI_tuptable != nullptr && SPI_processed > 0
                             ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)
                             : nullptr;
            if (text != nullptr)
                value = text;
        }
        finish_run(job);
    }
    return psprintf("%s runs=%d rows=" UINT64_FORMAT " value=%s", label, runs, rows, value);
}

void measure(const Job *job, int runs, int warmup, const char *label)
{
    restart_ids(label);
    const char *dump_name = warm_up(job, warmup, runs, label);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    for (int i = 0; i < runs; i++) {
        run_once(job, warmup + i);
        finish_run(job);
    }
    CALLGRIND_DUMP_STATS_AT(dump_name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

// Arguments 1 to 5, the same for both functions; the queries are converted by the caller.
void run_job(FunctionCallInfo fcinfo, Datum *queries, int query_count, bool commit)
{
    Datum *types;
    const int type_count = elements(PG_GETARG_ARRAYTYPE_P_COPY(3), REGTYPEOID, &types, nullptr);
    Oid *type_oids = static_cast<Oid *>(palloc(sizeof(Oid) * (type_count + 1)));
    for (int i = 0; i < type_count; i++)
        type_oids[i] = DatumGetObjectId(types[i]);

    Job job = {};
    job.commit = commit;
    convert_args(&job, type_oids, type_count, PG_GETARG_ARRAYTYPE_P_COPY(4));
    prepare(&job, queries, query_count, type_oids);
    measure(&job, PG_GETARG_INT32(1), PG_GETARG_INT32(5), text_to_cstring(PG_GETARG_TEXT_PP(2)));
    for (int i = 0; i < job.plan_count; i++)
        SPI_freeplan(job.plans[i]);
}

} // namespace

Datum bench_loop(PG_FUNCTION_ARGS)
{
    SPI_connect();
    Datum query = PointerGetDatum(PG_GETARG_TEXT_P_COPY(0));
    run_job(fcinfo, &query, 1, false);
    SPI_finish();
    PG_RETURN_VOID();
}

Datum bench_transactions(PG_FUNCTION_ARGS)
{
    // All that must outlive a commit is copied into the context of this SPI connection.
    SPI_connect_ext(SPI_OPT_NONATOMIC);
    Datum *queries;
    const int query_count = elements(PG_GETARG_ARRAYTYPE_P_COPY(0), TEXTOID, &queries, nullptr);
    run_job(fcinfo, queries, query_count, true);
    SPI_finish();
    PG_RETURN_VOID();
}

Datum bench_next_id(PG_FUNCTION_ARGS)
{
    pg_uuid_t *id = static_cast<pg_uuid_t *>(palloc(UUID_LEN));
    if (!pg_strong_random(id, UUID_LEN)) // for its price only
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    for (int i = 0; i < 2; i++) {
        const uint64 number = next_number();
        memcpy(id->data + 8 * i, &number, sizeof(number));
    }
    PG_RETURN_UUID_P(id);
}

Datum bench_cpu_seconds(PG_FUNCTION_ARGS)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const struct timeval &t) { return t.tv_sec + t.tv_usec / 1e6; };
    PG_RETURN_FLOAT8(seconds(used.ru_utime) + seconds(used.ru_stime));
}

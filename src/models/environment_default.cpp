// default_environment(): BEFORE INSERT OR UPDATE. A row without an environment gets its project's
// default; one that is given must be the project's. Works like resolve_module() (module_resolver.hpp):
// the same arguments, the same errors; what it has asked is kept while the statement runs.

#include "guard/foreign_key_scope.hpp"
#include "models/kept_facts.hpp"
#include "models/project_errors.hpp"
#include "models/project_question.hpp"
#include "models/row_trigger.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/owned.hpp"
#include "pg/saved_plan.hpp"

using namespace tenancy;
using namespace tenancy::models;

namespace {

struct Defaulter {
    Oid trigger;
    AttrNumber tenant, project, environment;
    Oid tenant_type, project_type, environment_type;
    Place projects, environments;
    const char *project_key, *environment_key, *environment_project, *is_default; // quoted
    const char **questions; // for the default, and for one that is given; as they come to be asked
    core::Answers *answers; // of the statement; all else is kept for the next
};

Defaulter read_facts(Relation table, const Trigger *trigger)
{
    enum { projects, environments, project, environment, project_key, environment_key,
           environment_project, is_default, count };
    Argument arguments[count] = {
        {"projects", "projects"}, {"environments", "environments"}, {"project", "project_id"},
        {"environment", "environment_id"}, {"project_key", "id"}, {"environment_key", "id"},
        {"environment_project", "project_id"}, {"is_default", "is_default"}};
    read_arguments("default_environment", trigger, arguments, count);

    Defaulter facts = {};
    facts.trigger = trigger->tgoid;
    facts.projects = read_place(table, arguments[projects].value);
    facts.environments = read_place(table, arguments[environments].value);
    const Place own = place_of(table);
    if (own.tenant_name != nullptr)
        facts.tenant = column_of(table, own.tenant_name);
    facts.project = column_of(table, arguments[project].value);
    facts.environment = column_of(table, arguments[environment].value);
    const TupleDesc descriptor = RelationGetDescr(table);
    facts.tenant_type = facts.tenant == InvalidAttrNumber
                            ? TEXTOID
                            : TupleDescAttr(descriptor, facts.tenant - 1)->atttypid;
    facts.project_type = TupleDescAttr(descriptor, facts.project - 1)->atttypid;
    facts.environment_type = TupleDescAttr(descriptor, facts.environment - 1)->atttypid;
    facts.project_key = column_sql(facts.projects, arguments[project_key].value);
    facts.environment_key = column_sql(facts.environments, arguments[environment_key].value);
    facts.environment_project = column_sql(facts.environments, arguments[environment_project].value);
    facts.is_default = column_sql(facts.environments, arguments[is_default].value);
    facts.questions = static_cast<const char **>(palloc0(sizeof(char *) * 2));
    return facts;
}

Defaulter *make_defaulter(Relation table, const Trigger *trigger, MemoryContext context)
{
    Defaulter *made = static_cast<Defaulter *>(MemoryContextAlloc(context, sizeof(Defaulter)));
    *made = *kept_facts<Defaulter>(trigger->tgoid, [&] { return read_facts(table, trigger); });
    made->answers = pg::owned_by<core::Answers>(context);
    return made;
}

// $1 the tenant, $2 the project, $3 the environment, NULL for the default.
const char *question_sql(const Defaulter *self, bool given)
{
    const char *&known = self->questions[given ? 1 : 0];
    if (known != nullptr)
        return known;
    const char *condition =
        given ? psprintf(" AND m.%s OPERATOR(pg_catalog.=) $3", self->environment_key)
              : psprintf(" AND m.%s", self->is_default);
    const char *sql = project_question(
        self->projects, self->project_key, self->environments, self->environment_project,
        psprintf("m.%s::%s", self->environment_key, type_sql(self->environment_type)), condition,
        self->tenant != InvalidAttrNumber);
    known = MemoryContextStrdup(GetMemoryChunkContext(self->questions), sql);
    return known;
}

// The environment that is meant, or a refusal. Lives in the caller's memory context.
Value ask(Defaulter *self, const Value &tenant, const Value &project, const Value &environment)
{
    const bool given = !environment.null;
    const Oid types[3] = {self->tenant_type, self->project_type, self->environment_type};
    Datum values[3] = {tenant.datum, project.datum, environment.datum};
    const char nulls[4] = {tenant.null ? 'n' : ' ', ' ', given ? ' ' : 'n', '\0'};

    SPI_connect();
    TENANCY_FAULT_POINT("default_environment");
    SPIPlanPtr plan =
        pg::saved_plan(self->trigger, pg::plan_default_environment + (given ? 1 : 0),
                       question_sql(self, given), 3, types);
    const int result = SPI_execute_plan(plan, values, nulls, false, 1);
    if (result != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("default_environment: %s", SPI_result_code_string(result))));
    const bool exists = SPI_processed > 0;
    Value found = {0, self->environment_type, true};
    if (exists) {
        const Datum id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &found.null);
        int16 length = 0;
        bool by_value = false;
        get_typlenbyval(found.type, &length, &by_value);
        if (!found.null)
            found.datum = SPI_datumTransfer(id, by_value, length);
    }
    SPI_finish();
    if (!exists)
        refuse_unknown_project(self->projects, self->project_key, project);
    if (found.null && given)
        refuse_foreign_part("environment", self->environments, self->environment_project, project,
                            environment);
    if (found.null)
        refuse_no_default("environment", self->projects, self->environments, project);
    return found;
}

Value find(Defaulter *self, const Value &tenant, const Value &project, const Value &environment)
{
    char buffers[3][sizeof(Datum)];
    const Bytes t = value_bytes(tenant, buffers[0]);
    const Bytes p = value_bytes(project, buffers[1]);
    const Bytes e = value_bytes(environment, buffers[2]);
    const std::string *known = pg::entry([&] {
        return self->answers->find({t.data, t.size}, {p.data, p.size}, {e.data, e.size});
    });
    // An empty text is not the same as none.
    if (known != nullptr && (environment.null || e.size > 0))
        return value_from(self->environment_type, {known->data(), known->size()});
    const Value found = ask(self, tenant, project, environment);
    const Bytes id = value_bytes(found, buffers[2]);
    pg::entry([&] {
        self->answers->keep({t.data, t.size}, {p.data, p.size}, {e.data, e.size}, {id.data, id.size});
    });
    return found;
}

} // namespace

TENANCY_FUNCTION(tenancy_default_environment)
{
    const RowTrigger trigger = row_trigger(fcinfo, "default_environment", true);
    if (guard::called_by_foreign_key())
        return PointerGetDatum(trigger.after);
    if (fcinfo->flinfo->fn_extra == nullptr)
        fcinfo->flinfo->fn_extra =
            make_defaulter(trigger.table, trigger.data->tg_trigger, fcinfo->flinfo->fn_mcxt);
    Defaulter *self = static_cast<Defaulter *>(fcinfo->flinfo->fn_extra);
    if (trigger.before != nullptr && same_value(trigger, self->project) &&
        same_value(trigger, self->environment))
        return PointerGetDatum(trigger.after);
    const Value project = value_of(trigger, trigger.after, self->project);
    if (project.null)
        refuse_no_project(self->projects, self->project_key);
    Value tenant = {0, self->tenant_type, true};
    if (self->tenant != InvalidAttrNumber)
        tenant = value_of(trigger, trigger.after, self->tenant);
    if (self->tenant != InvalidAttrNumber && is_refused_anyway(tenant))
        return PointerGetDatum(trigger.after);
    const Value environment = value_of(trigger, trigger.after, self->environment);
    Value found = find(self, tenant, project, environment);
    if (!environment.null)
        return PointerGetDatum(trigger.after);
    int column = self->environment;
    require_fits(trigger, self->environment, found.datum);
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger.after, trigger.descriptor, 1, &column,
                                                     &found.datum, &found.null));
}

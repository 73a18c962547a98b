// check_transition('column', 'rules'): BEFORE UPDATE, refuses (55000) a change of the column that is no
// transition of the rules; core/transitions.hpp says how they are written. Enums and text. A NULL on
// either side is no transition. Rows may be inserted in any state: imports and restores do.

#include "models/row_trigger.hpp"
#include "pg/entry.hpp"

using namespace tenancy;
using namespace tenancy::models;

namespace {

// The labels of an enum, separated by commas; "" for other types.
const char *labels_of(Oid type)
{
    if (get_typtype(type) != TYPTYPE_ENUM)
        return "";
    StringInfoData labels;
    initStringInfo(&labels);
    CatCList *list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
    for (int i = 0; i < list->n_members; ++i)
        appendStringInfo(&labels, "%s%s", i == 0 ? "" : ",",
                         NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(&list->members[i]->tuple))->enumlabel));
    ReleaseCatCacheList(list);
    return labels.data;
}

// The reason against it, or nullptr.
const char *refusal(const char *rules, const char *labels, const char *from, const char *to)
{
    bool allowed = false;
    const char *detail = pg::core_text([&] {
        std::string reason;
        allowed = core::check_transition(rules, labels, from, to, reason);
        return reason;
    });
    return allowed ? nullptr : detail;
}

} // namespace

TENANCY_FUNCTION(tenancy_check_transition)
{
    const RowTrigger trigger = row_trigger(fcinfo, "check_transition", false);
    const Trigger *self = trigger.data->tg_trigger;
    if (self->tgnargs != 2)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("check_transition() needs a column and the rules of its transitions"),
                        errhint("... EXECUTE FUNCTION tenancy.check_transition('status', 'draft -> open "
                                "<-> paused; any -> closed');")));
    const AttrNumber column = column_of(trigger.table, self->tgargs[0]);
    if (same_value(trigger, column))
        return PointerGetDatum(trigger.after);
    const Value from = value_of(trigger, trigger.before, column);
    const Value to = value_of(trigger, trigger.after, column);
    if (from.null || to.null)
        return PointerGetDatum(trigger.after);
    const char *before = value_text(from);
    const char *after = value_text(to);
    const char *detail = refusal(self->tgargs[1], labels_of(to.type), before, after);
    if (detail != nullptr)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("%s of \"%s\" cannot go from %s to %s", self->tgargs[0],
                               RelationGetRelationName(trigger.table), before, after),
                        errdetail_internal("%s", detail),
                        errhint("The transitions are: %s.", self->tgargs[1]),
                        errtable(trigger.table)));
    return PointerGetDatum(trigger.after);
}

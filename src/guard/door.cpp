#include "guard/door.hpp"

#include "pg/call_guard.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

const DoorSign *open_door = nullptr;

struct Visitor {
    AttrNumber column;
    Oid output;      // of a type that is no text: what it prints is compared; else invalid
    const char *key;
    DoorVisit visit;
    void *argument;
};

// What char(n) prints is filled up with blanks.
bool is_same(const char *printed, const char *key)
{
    const std::size_t length = strlen(key);
    return strncmp(printed, key, length) == 0 && strspn(printed + length, " ") == strlen(printed + length);
}

// A row found by equality, or any row where only its text tells.
bool look_at(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
    const Visitor *visitor = static_cast<const Visitor *>(argument);
    if (OidIsValid(visitor->output)) {
        bool null = false;
        const Datum value = heap_getattr(tuple, visitor->column, descriptor, &null);
        if (null || !is_same(OidOutputFunctionCall(visitor->output, value), visitor->key))
            return true;
    }
    return visitor->visit(tuple, descriptor, visitor->argument);
}

void look(Oid table, const char *column, Visitor *visitor)
{
    visitor->column = pg::column_number(table, column);
    if (visitor->column <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of %s is gone", column,
                               quote_qualified_identifier(
                                   get_namespace_name(get_rel_namespace(table)), get_rel_name(table))),
                        errhint("SELECT tenancy.use_tenant_table('your_table', 'id');")));
    Oid type = InvalidOid;
    Oid collation = InvalidOid;
    int32 modifier = -1;
    get_atttypetypmodcoll(table, visitor->column, &type, &modifier, &collation);
    type = getBaseType(type);
    if (type == TEXTOID || type == VARCHAROID) {
        ScanKeyData key;
        ScanKeyEntryInitialize(&key, 0, visitor->column, BTEqualStrategyNumber, InvalidOid, collation,
                               F_TEXTEQ, CStringGetTextDatum(visitor->key));
        pg::scan_keys(table, pg::unique_index_on(table, visitor->column), &key, 1, look_at, visitor);
        return;
    }
    bool varlena = false;
    getTypeOutputInfo(type, &visitor->output, &varlena);
    pg::scan_keys(table, InvalidOid, nullptr, 0, look_at, visitor);
}

} // namespace

void through_door(Door door, Oid table, const char *column, const char *key, DoorVisit visit,
                  void *argument)
{
    check_doors();
    Visitor visitor = {InvalidAttrNumber, InvalidOid, key, visit, argument};
    open_door = &doors[static_cast<int>(door)];
    pg::run_finally(
        [&] {
            TENANCY_FAULT_POINT("through_door");
            look(table, column, &visitor);
        },
        [] { open_door = nullptr; });
}

void check_doors()
{
    if (unlikely(open_door != nullptr))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("a statement began while the door %s() was open", open_door->function),
                        errdetail("The type of a column that it compares runs statements."),
                        errhint("Let the column be of type text.")));
}

} // namespace tenancy::guard

using namespace tenancy;

// door_signs() -> text[]: function and what it tells, by turns.
TENANCY_FUNCTION(tenancy_door_signs)
{
    Datum signs[2 * lengthof(guard::doors)];
    int count = 0;
    for (const guard::DoorSign &sign : guard::doors) {
        signs[count++] = CStringGetTextDatum(sign.function);
        signs[count++] = CStringGetTextDatum(sign.tells);
    }
    PG_RETURN_ARRAYTYPE_P(construct_array(signs, count, TEXTOID, -1, false, TYPALIGN_INT));
}

#include "guard/own_temporary.hpp"

namespace tenancy::guard {

namespace {

bool made_by_this_transaction(Oid relation)
{
    if (get_rel_persistence(relation) != RELPERSISTENCE_TEMP ||
        !isTempNamespace(get_rel_namespace(relation)))
        return false;
    Relation found = RelationIdGetRelation(relation);
    if (!RelationIsValid(found))
        return false;
    const bool made = found->rd_createSubid != InvalidSubTransactionId;
    RelationClose(found);
    return made;
}

bool drops_own(const DropStmt *drop)
{
    if (drop->removeType != OBJECT_TABLE && drop->removeType != OBJECT_INDEX)
        return false;
    const ListCell *cell;
    foreach (cell, drop->objects) {
        const RangeVar *name = makeRangeVarFromNameList(static_cast<List *>(lfirst(cell)));
        const bool missing = !OidIsValid(RangeVarGetRelid(name, NoLock, true));
        if (missing ? !drop->missing_ok : !is_own_temporary(name))
            return false;
    }
    return true;
}

// Temporary children of a lasting table take part in statements on it.
bool keeps_to_itself(const AlterTableStmt *alter)
{
    const ListCell *cell;
    foreach (cell, alter->cmds) {
        const AlterTableCmd *command = static_cast<const AlterTableCmd *>(lfirst(cell));
        if (command->subtype == AT_AddInherit || command->subtype == AT_DropInherit ||
            command->subtype == AT_AttachPartition || command->subtype == AT_DetachPartition)
            return false;
    }
    return true;
}

bool analyzes_own(const VacuumStmt *analyze)
{
    if (analyze->is_vacuumcmd || analyze->rels == NIL)
        return false;
    const ListCell *cell;
    foreach (cell, analyze->rels) {
        const RangeVar *name = static_cast<const VacuumRelation *>(lfirst(cell))->relation;
        if (name == nullptr || !is_own_temporary(name))
            return false;
    }
    return true;
}

bool comments_on_own(const CommentStmt *comment)
{
    List *name = reinterpret_cast<List *>(comment->object);
    switch (comment->objtype) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
        return is_own_temporary(makeRangeVarFromNameList(name));
    case OBJECT_COLUMN:
        return list_length(name) > 1 && is_own_temporary(makeRangeVarFromNameList(list_truncate(
                                            list_copy(name), list_length(name) - 1)));
    default:
        return false;
    }
}

bool is_lasting_type(const char *name)
{
    // Nobody's functions find these without saying where they are.
    const Oid views = get_namespace_oid("information_schema", true);
    CatCList *found = SearchSysCacheList1(TYPENAMENSP, CStringGetDatum(name));
    bool lasting = false;
    for (int i = 0; i < found->n_members; ++i) {
        const Oid schema =
            reinterpret_cast<Form_pg_type>(GETSTRUCT(&found->members[i]->tuple))->typnamespace;
        lasting = lasting || (!isAnyTempNamespace(schema) && schema != views);
    }
    ReleaseCatCacheList(found);
    return lasting;
}

// The relation that the statement names anew.
const char *new_name(const Node *statement)
{
    if (IsA(statement, CreateStmt))
        return reinterpret_cast<const CreateStmt *>(statement)->relation->relname;
    if (IsA(statement, CreateTableAsStmt))
        return reinterpret_cast<const CreateTableAsStmt *>(statement)->into->rel->relname;
    if (IsA(statement, CreateSeqStmt)) // of an identity column, too
        return reinterpret_cast<const CreateSeqStmt *>(statement)->sequence->relname;
    if (!IsA(statement, RenameStmt))
        return nullptr;
    // ALTER INDEX and ALTER SEQUENCE rename tables as well.
    const RenameStmt *rename = reinterpret_cast<const RenameStmt *>(statement);
    return rename->renameType == OBJECT_COLUMN || rename->renameType == OBJECT_ATTRIBUTE ||
                   rename->renameType == OBJECT_TABCONSTRAINT
               ? nullptr
               : rename->newname;
}

} // namespace

const char *shadowed_type(const Node *statement)
{
    const char *name = new_name(statement);
    // The array type of a table is called _name.
    return name != nullptr && (is_lasting_type(name) || is_lasting_type(psprintf("_%s", name)))
               ? name
               : nullptr;
}

bool all_own(const List *names)
{
    const ListCell *cell;
    foreach (cell, names)
        if (!is_own_temporary(static_cast<const RangeVar *>(lfirst(cell))))
            return false;
    return true;
}

bool is_own_temporary(const RangeVar *name)
{
    const Oid relation = RangeVarGetRelid(name, NoLock, true);
    return OidIsValid(relation) && made_by_this_transaction(relation);
}

bool makes_own(const Node *statement)
{
    if (IsA(statement, CreateTableAsStmt)) {
        const CreateTableAsStmt *create = reinterpret_cast<const CreateTableAsStmt *>(statement);
        return create->objtype == OBJECT_TABLE && create->into->onCommit == ONCOMMIT_DROP &&
               create->into->rel->relpersistence == RELPERSISTENCE_TEMP;
    }
    if (!IsA(statement, CreateStmt))
        return false;
    const CreateStmt *create = reinterpret_cast<const CreateStmt *>(statement);
    return create->oncommit == ONCOMMIT_DROP &&
           create->relation->relpersistence == RELPERSISTENCE_TEMP &&
           all_own(create->inhRelations);
}

bool alters_own(const Node *statement)
{
    switch (nodeTag(statement)) {
    case T_IndexStmt:
        return is_own_temporary(reinterpret_cast<const IndexStmt *>(statement)->relation);
    case T_AlterTableStmt: {
        const AlterTableStmt *alter = reinterpret_cast<const AlterTableStmt *>(statement);
        return is_own_temporary(alter->relation) && keeps_to_itself(alter);
    }
    case T_RenameStmt: {
        const RangeVar *name = reinterpret_cast<const RenameStmt *>(statement)->relation;
        return name != nullptr && is_own_temporary(name);
    }
    case T_DropStmt:
        return drops_own(reinterpret_cast<const DropStmt *>(statement));
    case T_VacuumStmt:
        return analyzes_own(reinterpret_cast<const VacuumStmt *>(statement));
    case T_CommentStmt:
        return comments_on_own(reinterpret_cast<const CommentStmt *>(statement));
    default:
        return false;
    }
}

} // namespace tenancy::guard

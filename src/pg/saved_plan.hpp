// Plans kept across calls, for triggers that run one query for every row.
//
// saved_plan(object, kind, query, ...) gives the plan of `query`, prepared at the first call and kept
// in this backend. The key is the object (a trigger, a table) and the kind of query, numbered below;
// an entry whose text or types have changed meanwhile is prepared again: CREATE OR REPLACE TRIGGER
// keeps a trigger's oid, and renamed things keep theirs.
// REQUIRES: SPI_connect'ed. A plan is good until the end of the transaction; do not free it.
// A plan is planned for whoever runs it first, with or without policies: run all of one key as the same
// kind of user (the table's owner under SECURITY_NOFORCE_RLS, say).
// Errors: those of the query, with its text as context.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::pg {

// Kinds, so that no two users of this file mean different queries by one key.
inline constexpr int plan_soft_delete = 1;
inline constexpr int plan_restore_rows = 2;
inline constexpr int plan_insert_module = 3;
inline constexpr int plan_default_environment = 4; // and 5
inline constexpr int plan_module_question = 10;    // and the kind of question
inline constexpr int plan_fill_tenant = 100;       // and one for each table on the way

SPIPlanPtr saved_plan(Oid trigger_or_object, int kind, const char *query, int count,
                      const Oid *types);

} // namespace tenancy::pg

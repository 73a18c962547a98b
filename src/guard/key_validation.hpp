// Foreign keys are checked against the rows that are there when they are added or validated, by a
// query of the table's owner: under FORCE ROW LEVEL SECURITY it sees none, and the key would count as
// valid whatever the rows say.
//
// check_key_validation  55000 for ALTER TABLE that adds or validates a foreign key while row-level
//                       security of a protected or shared table, on either side, is in force for the
//                       current user, or attaches a partition whose rows it hides. NOT VALID is allowed, and so is CREATE TABLE: no rows.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

void check_key_validation(const Node *statement);

} // namespace tenancy::guard

// Shared between the parts of classification; not for other rooms.
#pragma once

#include "core/classification.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// The last word is settings, config, preferences or the like: booking_settings, "bookingSettings"; and neither a
// reference elsewhere nor a unique key with more columns than the tenant's says that there are more per tenant.
bool named_like_settings(const Derivations &derivations, const Table &table, const Column &tenant);
bool unique_by(const Table &table, const Column &column);
// What tools that migrate schemas keep for themselves: schema_migrations, _prisma_migrations, ...
bool named_like_migrations(const Table &table);
// owner_type and owner_id, "ownerType" and "ownerId", the id being in no foreign key: how they are
// called, or "".
std::string polymorphic_owner(const Derivations &derivations, const Table &table);

// The columns that begin these paths.
std::string first_columns(const std::vector<Path> &paths);
// Where all of these paths (more than one) begin by the same hops, the question is a parent's: reason and next command say which.
bool ask_the_parent(const Derivations &derivations, const std::vector<Path> &open, Subject &subject);
// Kind, reason and next command of a table with the paths in its question.
void classify_by_paths(const Derivations &derivations, bool decided, Subject &subject);

std::string add_column_sql(const Derivations &derivations, const Table &table);
std::string protect_sql(const Derivations &derivations, const Table &table, const char *rest = "");
// Tables without a path: who refers to them, or to whom they belong.
void explain_pathless(const Derivations &derivations, const std::string &schema_name, Classification &out);
// Asked for by another name than the schema's, or for another table's tenants.
void note_names(const Derivations &derivations, const std::string &schema_name,
                Classification &out);
// SELECT * FROM tenancy.conflicts(...), with the column where it must be said.
std::string conflicts_call_sql(const Derivations &derivations, const Table &table);
std::string unassigned_call_sql(const Derivations &derivations, const Table &table);

} // namespace tenancy::core

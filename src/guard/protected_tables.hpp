// Which tables are protected, as the statement guard asks: by the guard triggers that stand on them.
//
// The catalog is the registry: a protected table carries tenancy.write_guard(), a shared one
// tenancy.shared_guard(), and partitions and inheritance children count with their parents. Nothing
// to keep in step, nothing to lose in a dump. Answers are cached until any relation changes.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

enum class Protection : std::uint8_t { none, tenant, shared };

// REQUIRES: the relation is locked by the caller, and the extension is installed.
Protection protection_of(Oid relation);

} // namespace tenancy::guard

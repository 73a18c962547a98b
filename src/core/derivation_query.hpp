// The joins beneath the questions of derivation_sql.hpp; not for other rooms.
#pragma once

#include "core/derivation_sql.hpp"

#include <utility>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

std::string joined(const std::vector<std::string> &texts, const char *between);
// Are the tenants that this column names surely in the tenant table? A validated reference is enough.
bool names_living_tenants(const Derivations &derivations, const Table &table, const std::string &column);
// May a row at the end of the path be without a tenant? One of the tenant table never is.
bool may_lack_tenant(const Derivations &derivations, const Path &path);

// The table as t, its parents as t1, t2, ... Conditions are SQL over them; "true" and "false" are known.
class Query {
  public:
    using Texts = std::vector<std::string>;

    Query(const Derivations &derivations, const Question &question);

    const std::string &from() const { return from_; }
    const std::string &own() const { return own_; }                // the row's tenant, "" without a column
    const Texts &paths() const { return paths_; }                  // the tenant that each path gives
    const Texts &references() const { return references_; }        // the tenant that each reference leads to
    const std::string &missing() const { return missing_; }        // it lacks its tenant
    const std::string &unknown() const { return unknown_; }        // its tenant is none; "" when it cannot be
    Texts crossings() const;                                       // a reference leads to another tenant
    std::string none() const;                                      // no path gives a tenant
    std::string lacks(Lack reason) const;                          // it lacks its tenant for this reason, whatever its keys
    // Rows that have a tenant or can be given one, as hit; lacks: it has none yet; split: its parents
    // disagree; taken: as Lack says. "" where no unique key can be in the way.
    std::string placed() const;

  private:
    std::string some() const;
    std::string differ(const char *sign) const;
    std::string value(const std::string &alias, const std::string &column) const;
    std::string living(const std::string &alias, const Table &table, const std::string &name,
                       const std::string &column);
    std::string join(const Path &path);
    std::string present(const Question &question);
    Texts taken() const;

    const Derivations &derivations_;
    const Question &question_;
    std::string from_, own_, unknown_, missing_, present_;
    Texts paths_, references_;
    std::map<std::pair<std::string, const ForeignKey *>, std::string> aliases_;
};

} // namespace tenancy::core

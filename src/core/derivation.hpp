// Derivations: how a row's tenant follows from its foreign keys.
//
// A path leads from a table, foreign key by foreign key, to the first table that has the tenant: the
// tenant table itself, or one with a tenant column of the key's type. Only roots of partition and
// inheritance families start a path; a hop may end in a partition. Tables that are shared give no
// tenant. Values point into the schema, which must outlive them.
#pragma once

#include "core/schema.hpp"

#include <deque>
#include <set>
#include <span>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct Path {
    std::vector<const ForeignKey *> hops; // never empty
    std::vector<const Table *> tables;    // from where, and where each hop leads
    std::string column, column_sql;       // the tenant of the last
    int nullable_hops = 0;                // hops through references that may be NULL

    const Table &end() const { return *tables.back(); }
    bool required() const { return nullable_hops == 0; }
};

// Does `path` give a tenant only where `known` gives the same? Keys of several columns that carry the
// parent's own reference along make it so: (task_id, project_id) -> tasks.project_id -> projects says
// nothing that project_id -> projects does not.
bool implied(const Path &path, const Path &known);

struct FoundPaths {
    std::vector<Path> paths; // shortest first, among equals those through required references
    bool capped = false;     // there are, or may be, more
};

class Derivations {
  public:
    // Per table: this many paths, found in this many steps at most.
    static constexpr std::size_t max_paths = 16, max_steps = 4096;

    Derivations(const Schema &schema, std::string tenant_column, std::string tenant_column_sql);
    Derivations(const Derivations &) = delete;
    Derivations &operator=(const Derivations &) = delete;

    const Schema &schema() const { return schema_; }
    const std::string &tenant_column() const { return tenant_column_; } // as asked for
    const std::string &tenant_column_sql() const { return tenant_column_sql_; }
    // Does its name alone say that it is the tenant's?
    bool column_speaks() const { return column_speaks_; }
    // The column by which a table names the tenant; nullptr when it has none that can. Where the one that was
    // asked for is missing, a reference to the tenant table of a name that only differs in how it is
    // written: organization_id for "organizationId".
    const Column *tenant_of(const Table &table) const;
    // Its references in the order of their columns, each once.
    std::span<const ForeignKey *const> references(TableId table) const;
    const Table &root_of(const Table &table) const;
    // Made of one that carries the tenant too, by leaving that out: what remains names one row.
    bool reduced(const ForeignKey &key) const;
    // NOT NULL in every column?
    bool required(const ForeignKey &key) const;
    // Do foreign keys lead from it to a tenant, by any number of hops?
    bool reaches_tenant(TableId table) const { return distance_.contains(table); }
    // Has it children that are no partitions? A reference to it means ONLY its own rows.
    bool inherited(const Table &table) const { return inherited_.contains(table.oid); }

    // Rows of `table` without a column for the tenant have it by these paths; who passes through it
    // takes them too.
    void decide(TableId table, std::vector<Path> paths);
    const std::vector<Path> *decided(TableId table) const;

    FoundPaths paths(const Table &from, std::size_t at_most = max_paths) const;
    // The best path that begins with this reference, though it may lead back to the table itself.
    std::optional<Path> path_by(const ForeignKey &reference) const;

  private:
    bool derives(const ForeignKey &key) const;
    void reduce(const ForeignKey &key);
    void measure();

    const Schema &schema_;
    std::string tenant_column_, tenant_column_sql_;
    std::deque<ForeignKey> reduced_; // their addresses stay
    std::map<TableId, std::vector<const ForeignKey *>> references_;
    std::map<TableId, std::string> tenants_; // of tables that have one: the column
    std::map<TableId, std::size_t> distance_; // hops to the nearest table that has the tenant
    std::map<TableId, std::vector<Path>> decided_;
    std::set<TableId> inherited_;
    bool column_speaks_ = false;
};

} // namespace tenancy::core

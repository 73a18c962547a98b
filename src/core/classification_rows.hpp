// Questions about small tables, answered from their rows.
//
// Planning a question that joins 16 paths takes longer than reading every table of it once. So small
// tables are read whole, each once, and what count_sql() asks of them is counted here: the same numbers,
// by the same definitions. Tables whose keys are not surely equal when their texts are keep to SQL.
// Values point into the derivations and the questions, which must outlive them.
#pragma once

#include "core/classification.hpp"

#include <unordered_map>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

using Value = std::optional<std::string>;
using Row = std::vector<Value>;

class RowsInHand {
  public:
    explicit RowsInHand(const Derivations &derivations) : derivations_(derivations) {}

    // Takes it in, unless it has to be left to SQL. All questions before all rows.
    void want(const Question &question);
    std::vector<TableId> tables() const; // to be read
    std::vector<TableId> tables_of(const Question &question) const; // {} when it is left to SQL
    // One array of texts for each row, in a column.
    std::string read_sql(TableId table) const;
    // A table with more rows than this is not small: reading them costs more than the questions do.
    std::int64_t max_rows(TableId table) const;

    // Errors: 22023 other columns than read_sql() asks for.
    void take(TableId table, std::vector<Row> rows);
    // Nothing while a table of it is missing, but for a table without rows.
    std::optional<Counts> count(const Question &question) const;

  private:
    using Texts = std::vector<std::string>;
    using Keys = std::unordered_map<std::string, const Row *>;
    struct Held {
        Texts columns;
        std::int64_t questions = 0; // that need it
        bool read = false;
        std::vector<Row> rows;
        mutable std::map<std::vector<std::size_t>, Keys> by;
    };
    // A path as positions of columns.
    struct Hop {
        std::vector<std::size_t> from;
        const Keys *to;
    };
    struct Walk {
        std::vector<Hop> hops;
        std::size_t tenant;
        const Keys *tenants;   // nullptr when every tenant in it exists
        bool may_lack = false; // a row at its end may be without a tenant

        const Row *follow(const Row &row) const;
        bool gives(const Row &end) const; // its tenant exists
    };

    bool readable(const Question &question) const;
    std::vector<std::pair<TableId, std::string>> uses(const Question &question) const;
    std::vector<std::size_t> positions(TableId table, const Texts &names) const;
    const Keys &keys(TableId table, const Texts &names) const;
    Walk ending(const Table &table, const std::string &column, bool living) const;
    Walk walk(const Path &path, bool living) const;

    const Derivations &derivations_;
    std::map<TableId, Held> held_;
};

} // namespace tenancy::core

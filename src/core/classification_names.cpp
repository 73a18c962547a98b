// What the names of tables and columns tell: settings, and owners without a foreign key.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// Words of a name: booking_settings, bookingSettings and "Booking Settings" have two.
std::string last_word(const std::string &name)
{
    std::size_t begin = 0;
    for (std::size_t i = 1; i < name.size(); ++i) {
        const bool upper = name[i] >= 'A' && name[i] <= 'Z';
        if (name[i] == '_' || name[i] == ' ')
            begin = i + 1;
        else if (upper && name[i - 1] >= 'a' && name[i - 1] <= 'z')
            begin = i;
    }
    return simplified(name.substr(std::min(begin, name.size())));
}

} // namespace

bool named_like_settings(const Derivations &derivations, const Table &table, const Column &tenant)
{
    for (const ForeignKey *key : derivations.references(table.oid))
        if (key->parent != derivations.schema().tenant_table.oid)
            return false;
    for (const Index &index : table.indexes)
        if (index.unique && index.columns.size() > 1 && std::find(index.columns.begin(), index.columns.end(), tenant.name) != index.columns.end())
            return false;
    static const char *const words[] = {"setting",  "settings",      "config",         "configs",
                                        "configuration", "configurations", "preference", "preferences"};
    const std::string word = last_word(table.name);
    return std::any_of(std::begin(words), std::end(words), [&](auto *one) { return word == one; });
}

bool named_like_migrations(const Table &table)
{
    static const char *const names[] = {"schemamigrations",   "arinternalmetadata",        "prismamigrations",  "flywayschemahistory",
                                        "databasechangelog",  "databasechangeloglock",     "alembicversion",    "knexmigrations",
                                        "knexmigrationslock", "djangomigrations",          "goosedbversion",    "efmigrationshistory",
                                        "sequelizemeta",      "doctrinemigrationversions", "drizzlemigrations", "typeormmigrations"};
    const std::string name = simplified(table.name);
    return std::any_of(std::begin(names), std::end(names), [&](auto *one) { return name == one; });
}

bool unique_by(const Table &table, const Column &column)
{
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) {
        return index.unique && index.valid && !index.partial && index.columns.size() == 1 &&
               index.columns.front() == column.name;
    });
}

std::string polymorphic_owner(const Derivations &derivations, const Table &table)
{
    const auto stem = [](const Column &column, const char *last) {
        const std::string plain = simplified(column.name);
        return last_word(column.name) == last ? plain.substr(0, plain.size() - std::string(last).size()) : "";
    };
    const auto keys = derivations.references(table.oid);
    for (const Column &type : table.columns)
        for (const Column &id : table.columns)
            if (!stem(type, "type").empty() && stem(type, "type") == stem(id, "id") &&
                std::none_of(keys.begin(), keys.end(), [&](const ForeignKey *key) {
                    const auto &columns = key->child_columns;
                    return std::find(columns.begin(), columns.end(), id.name) != columns.end();
                }))
                return type.sql + " and " + id.sql;
    return "";
}

} // namespace tenancy::core

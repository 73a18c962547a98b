// What classification tells people to run, and what it tells them of the whole.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

// , 'tenantId' where it must be said.
std::string column_argument(const Derivations &derivations, const char *name = "")
{
    return derivations.tenant_column() == "tenant_id"
               ? ""
               : std::string(", ") + name + quoted_literal(derivations.tenant_column());
}

} // namespace

std::string add_column_sql(const Derivations &derivations, const Table &table)
{
    return "ALTER TABLE " + table.sql + " ADD COLUMN " + derivations.tenant_column_sql() + " " +
           key_type_name(derivations.schema().key_type) + ";";
}

std::string protect_sql(const Derivations &derivations, const Table &table, const char *rest)
{
    const Column *own = derivations.tenant_of(table);
    const std::string &column = own == nullptr ? derivations.tenant_column() : own->name;
    return "SELECT tenancy.protect(" + quoted_literal(table.sql) +
           (column == "tenant_id" ? "" : ", " + quoted_literal(column)) + rest + ");";
}

std::string conflicts_call_sql(const Derivations &derivations, const Table &table)
{
    return "SELECT * FROM tenancy.conflicts(" + quoted_literal(table.sql) +
           column_argument(derivations, "tenant_column => ") + ");";
}

std::string unassigned_call_sql(const Derivations &derivations, const Table &table)
{
    return "SELECT * FROM tenancy.unassigned(" + quoted_literal(table.schema) +
           column_argument(derivations) + ");";
}

std::string set_derivation_sql(const Derivations &derivations, const Table &table,
                               const std::vector<Path> &paths)
{
    std::string list;
    const std::vector<std::string> texts = path_texts(paths, table.schema);
    for (const std::string &text : texts)
        list += (list.empty() ? "" : ", ") + quoted_literal(text);
    return "SELECT tenancy.set_derivation(" + quoted_literal(table.sql) + ", ARRAY[" + list + "]" +
           (derivations.column_speaks() ? "" : ", " + quoted_literal(derivations.tenant_column())) + ");";
}

// Asked for by another name than the schema's, or for another table's tenants.
void note_names(const Derivations &derivations, const std::string &schema_name,
                Classification &out)
{
    const Schema &schema = derivations.schema();
    std::map<std::string, std::size_t> alike;
    for (const Subject &subject : out.subjects) {
        if (subject.table->column(derivations.tenant_column()) != nullptr)
            alike.clear();
        if (subject.table->column(derivations.tenant_column()) != nullptr)
            break;
        for (const Column &column : subject.table->columns)
            if (simplified(column.name) == simplified(derivations.tenant_column()))
                ++alike[column.name];
    }
    for (const auto &[name, times] : alike)
        out.notes.push_back("no table of schema \"" + schema_name + "\" has a column \"" + derivations.tenant_column() + "\", but " +
                            std::to_string(times) + " have \"" + name + "\": SELECT * FROM tenancy.classify(" +
                            quoted_literal(schema_name) + ", " + quoted_literal(name) + ");");
    std::map<TableId, const ForeignKey *> others;
    for (const ForeignKey &key : schema.foreign_keys) {
        const Table *child = schema.table(key.child), *parent = schema.table(key.parent);
        if (child != nullptr && parent != nullptr && child->schema == schema_name && child->parents.empty() &&
            key.child_columns == std::vector{derivations.tenant_column()} && parent->oid != schema.tenant_table.oid && !parent->of_extension)
            others.emplace(key.parent, &key);
    }
    for (const auto &[oid, key] : others) {
        const Table &parent = *schema.table(oid);
        out.notes.push_back("column " + derivations.tenant_column_sql() + " refers to " + parent.sql + ", the tenant table is " + schema.tenant_table.sql +
                            ": SELECT tenancy.use_tenant_table(" + quoted_literal(parent.sql) + ", " + quoted_literal(key->parent_columns.front()) + ");");
    }
}

} // namespace tenancy::core

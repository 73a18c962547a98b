// Schemas for derivations: the tenant table is app.tenants; every table gets an id.
#pragma once

#include "core/classification.hpp"
#include "core/derivation_text.hpp"

#include "schema_builder.hpp"

namespace tenancy::core {

struct DerivationBuilder : SchemaBuilder {
    explicit DerivationBuilder(KeyType type = KeyType::uuid) : SchemaBuilder(type)
    {
        TableBuilder tenants = plain("tenants");
        schema.tenant_table = {tenants.oid(), tenants.name(), "id", "id"};
    }
    TableBuilder plain(const std::string &name, const std::string &in = "app", char kind = 'r')
    {
        TableBuilder out = table(in, name, kind).column("id", key_type_name(schema.key_type)).not_null();
        out.key({"id"});
        out->indexes.back().primary = true;
        return out;
    }
    TableBuilder direct(const std::string &name, bool nullable = false, const std::string &in = "app")
    {
        TableBuilder out = plain(name, in).column("tenant_id", key_type_name(schema.key_type));
        return nullable ? out : out.not_null();
    }
    // A column that refers to the other table's id.
    ForeignKey &refer(TableBuilder &child, const std::string &column, const TableBuilder &parent,
                      bool nullable = false)
    {
        child.column(column, key_type_name(schema.key_type));
        if (!nullable)
            child.not_null();
        return reference(child, {column}, parent, {"id"});
    }
    Derivations derivations(const std::string &column = "tenant_id") const
    {
        return Derivations(schema, column, quoted(column));
    }
    Texts paths(const TableBuilder &from) const
    {
        return path_texts(derivations().paths(*from.operator->()).paths, "app");
    }
    Subject subject(const std::string &name, const std::vector<Rule> &rules = {}) const
    {
        static std::vector<std::unique_ptr<Derivations>> kept; // subjects point into them
        Derivations &made = *kept.emplace_back(new Derivations(derivations()));
        const auto stale = apply_rules(made, rules);
        for (Subject &one : classify(made, "app", stale).subjects)
            if (one.table->name == name)
                return one;
        throw std::out_of_range("not classified: " + name);
    }
};

} // namespace tenancy::core

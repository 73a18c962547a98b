// Schemas to adopt, for the tests: the tenant table is app.tenants, what is adopted is schema app.
#pragma once

#include "core/adoption.hpp"

#include "derivation_builder.hpp"
#include "online_runner.hpp"

namespace tenancy::core {

struct AdoptionBuilder : DerivationBuilder {
    explicit AdoptionBuilder(KeyType type = KeyType::uuid) : DerivationBuilder(type)
    {
        request.schema_name = "app";
        request.column = request.column_sql = "tenant_id";
    }
    AdoptionRequest request;

    Plan plan() const { return plan_adoption(schema, request); }
    Plan plan_of(const Schema &other) const { return plan_adoption(other, request); }

    // A part of a partitioned table, with columns and indexes as its parent has them now.
    TableBuilder part(const std::string &name, const TableBuilder &whole, char kind = 'r')
    {
        TableBuilder out = table(whole->schema, name, kind).partition_of(whole);
        out->columns = whole->columns;
        for (const Index &index : whole->indexes) {
            out->indexes.push_back(index);
            out->indexes.back().name = name + "_" + std::to_string(out->indexes.size());
        }
        return out;
    }
    // What the server makes of references of and to partitioned tables.
    void spread_references()
    {
        const std::vector<ForeignKey> all = schema.foreign_keys;
        for (const ForeignKey &key : all) {
            for (const Table *member : schema.family(key.child))
                if (member->oid != key.child && schema.tables.at(key.child).kind == 'p') {
                    ForeignKey own = key;
                    own.child = member->oid;
                    own.inherited = true;
                    schema.foreign_keys.push_back(own);
                }
            for (const Table *member : schema.family(key.parent))
                if (member->oid != key.parent && schema.tables.at(key.parent).kind == 'p') {
                    ForeignKey own = key;
                    own.name += "_" + std::to_string(member->oid);
                    own.sql = quoted(own.name);
                    own.parent = member->oid;
                    own.inherited = true;
                    schema.foreign_keys.push_back(own);
                }
        }
    }
};

inline Texts phases_of(const Plan &plan)
{
    Texts out;
    for (const Step &step : plan.steps)
        if (out.empty() || out.back() != step.phase)
            out.push_back(step.phase);
    return out;
}

inline const Step *step_with(const Plan &plan, const std::string &part)
{
    static std::deque<Step> kept; // plans are often made in passing
    for (const Step &step : plan.steps)
        if (step.sql.find(part) != std::string::npos)
            return &kept.emplace_back(step);
    return nullptr;
}

} // namespace tenancy::core

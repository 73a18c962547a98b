// Databases for the tests of lint, built in code. A fixture begins with nothing to find: table() makes tables that are
// isolated by hand, protected() such as protect() leaves; app is the application's role, owner owns the tables.
//
//   TableBuilder notes = table("notes"); notes->force = false;
//   CHECK_TEXTS(found("rls_not_forced"), {"warning s.notes"});
#pragma once

#include "core/lint.hpp"

#include "schema_builder.hpp"

namespace tenancy::core {

struct LintFixture {
    SchemaBuilder built;
    Surroundings around;
    LintRequest request{"", "app.current_tenant_id", true, std::nullopt};

    LintFixture()
    {
        built.schema.server_version = 180099;
        around.database = "shop";
        around.database_owner = "postgres";
        around.preload = "pg_tenancy,";
        role("postgres").superuser = true;
        role("owner");
        role("app").application = true;
        role("app").login = true;
    }

    Role &role(const std::string &name)
    {
        for (Role &one : around.roles)
            if (one.name == name)
                return one;
        Role added;
        added.name = name;
        added.sql = quoted(name);
        return around.roles.emplace_back(added);
    }
    // A member of each, and of what these are members of.
    void grant(const std::string &name, const std::string &member)
    {
        Texts all = role(name).reaches;
        all.push_back(name);
        role(member).member_of.push_back(name);
        role(member).reaches.insert(role(member).reaches.end(), all.begin(), all.end());
    }
    void grant_on(const TableBuilder &table, const std::string &to, const std::string &may) { around.table_grants[table.oid()].push_back({to, may}); }

    TableBuilder bare(const std::string &name, char kind = 'r')
    {
        TableBuilder made = built.table("s", name, kind).tenant().column("id", "uuid").not_null().column("note", "text").key({"tenant_id", "id"});
        grant_on(made, "app", "DELETE INSERT SELECT UPDATE");
        return made;
    }
    TableBuilder table(const std::string &name, char kind = 'r')
    {
        TableBuilder made = bare(name, kind);
        made->row_security = made->force = true;
        return made.policy("floor", false, '*', "(tenant_id = app.tenant())").policy("rows", true, '*', "(tenant_id = app.tenant())");
    }
    TableBuilder protected_table(const std::string &name)
    {
        TableBuilder made = bare(name);
        built.to_tenants(made);
        return made.secured();
    }
    View &view(const std::string &name, const std::string &owner, const std::vector<TableId> &reads)
    {
        View added;
        added.oid = 90000 + static_cast<TableId>(around.views.size());
        added.schema = "s";
        added.sql = "s." + quoted(name);
        added.owner = owner;
        added.reads = reads;
        return around.views.emplace_back(added);
    }
    Function &function(const std::string &name, const std::string &arguments = "")
    {
        Function added;
        added.oid = 95000 + static_cast<std::int64_t>(around.functions.size());
        added.name = name;
        added.sql = "s." + quoted(name) + "(" + arguments + ")";
        added.owner = "owner";
        added.language = "sql";
        added.volatility = 's';
        added.parallel = 's';
        added.grants = {{"", "EXECUTE"}};
        return around.functions.emplace_back(added);
    }
    void uses(const TableBuilder &table, const std::string &policy, const std::vector<std::int64_t> &functions, const std::vector<TableId> &relations = {})
    {
        around.policy_uses.push_back({table.oid(), policy, functions, relations});
    }

    LintResult run() const { return lint(built.schema, around, request); }
    // "level object" of a rule's findings, or of all, with the rule before it.
    Texts found(const std::string &rule = {}) const
    {
        Texts out;
        for (const Finding &one : run().findings)
            if (rule.empty() || one.rule == rule)
                out.push_back((rule.empty() ? one.rule + " " : "") + level_name(one.level) + " " + one.object);
        return out;
    }
    Finding only(const std::string &rule) const
    {
        std::vector<Finding> all;
        for (const Finding &one : run().findings)
            if (one.rule == rule)
                all.push_back(one);
        BOOST_REQUIRE_MESSAGE(all.size() == 1, rule << " has " << all.size() << " findings");
        return all.front();
    }
    std::string to_run(const std::string &rule) const { return only(rule).remediation; }
    Texts questions(const std::string &rule) const
    {
        Texts out;
        for (const RowQuestion &one : run().questions)
            if (one.finding.rule == rule)
                out.push_back(std::string(level_name(one.finding.level)) + " " + one.finding.object + ": " + one.sql);
        return out;
    }
};

} // namespace tenancy::core

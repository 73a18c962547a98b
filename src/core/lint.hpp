// Lint: what is wrong, or weaker than it should be, with the isolation of tenants in a database.
//
// Pure: findings follow from a snapshot of the schema, from what stands around it, and from the request. What only
// rows can tell comes back as a question, a query that counts: its finding holds where the answer is not 0.
// A rule is its entry in lint_rules(), a page docs/lint/RULE.md, and a positive and a negative test.
// lint_as_json: {"findings": [...], "questions": [{"sql", "finding"}]}; errors 22023 malformed input.
#pragma once

#include "core/surroundings.hpp"

#include <span>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// error: rows cross, or will at the next mistake of nobody in particular. warning: a second line is missing, or
// existence can be learned. info: worth knowing; right in many databases.
enum class Level { info, warning, error };
const char *level_name(Level level) noexcept;

struct Finding {
    std::string rule;
    Level level = Level::info;
    std::string object; // as SQL; with the rule, what a waiver names: no two findings have both alike
    std::string title;
    std::string detail;
    std::string remediation; // the command to run
    std::vector<std::pair<std::string, std::string>> metadata;
};

struct RowQuestion {
    std::string sql; // counts
    Finding finding; // %s in its detail is the count
};

struct LintRequest {
    std::string tenant_column;   // "": what protects a table, refers to the tenants, or is called tenant_id
    std::string context_setting; // app.current_tenant_id
    bool installed = false;      // the extension
    std::optional<std::set<std::string>> enrolled; // none: the roles of the application are
};

struct LintResult {
    std::vector<Finding> findings; // by level, rule, object
    std::vector<RowQuestion> questions;
};

struct LintContext;
struct LintRule {
    const char *name;
    const char *family; // rls | policies | roles | routes | oracles | data | speed | server
    Level level;        // the worst it gives
    const char *title;
    void (*check)(const LintContext &context, const LintRule &rule, LintResult &out);
};

std::span<const LintRule> lint_rules();
LintResult lint(const Schema &schema, const Surroundings &around, const LintRequest &request);
std::string lint_rules_as_json(); // [{"rule", "family", "level", "title"}]
std::string lint_as_json(std::string_view snapshot, std::string_view surroundings, std::string_view request);

} // namespace tenancy::core

// What the facts of a report come to.

#include "core/report_parts.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace tenancy::core {

namespace {

std::string counted(std::size_t number, const char *one, const char *many)
{
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

void add(std::string &list, const std::string &entry)
{
    if (!list.empty())
        list += ", ";
    list += entry;
}

// A finding's object is a table, or something "ON" one.
std::string_view table_of(std::string_view object)
{
    const auto at = object.rfind(" ON ");
    return at == std::string_view::npos ? object : object.substr(at + 4);
}

std::string guards_problem(const ReportTable &table)
{
    std::string out;
    if (!table.row_security)
        add(out, "row-level security is off");
    if (!table.forced)
        add(out, "not forced for its owner");
    // A canary's policy holds for some roles only, and that is what is said of it.
    if (table.kind == "canary")
        add(out, "enforced for some roles only");
    else if (!table.isolated)
        add(out, "its restrictive policy is gone");
    if (!table.guarded)
        add(out, "a guard is not ENABLE ALWAYS");
    return out;
}

void judge_tables(const ReportFacts &facts, ReportVerdict &out)
{
    std::unordered_map<std::string_view, std::size_t> errors, escapes;
    for (const ReportFinding &finding : facts.findings)
        if (finding.level == "error")
            ++errors[table_of(finding.object)];
    for (const ProofCell &cell : facts.proof)
        if (cell.outcome != "held" && cell.outcome != "left out")
            ++escapes[cell.target];
    for (const ReportTable &table : facts.tables) {
        std::string problem = guards_problem(table);
        if (!problem.empty())
            out.reasons.push_back({Grade::error, table.sql + ": " + problem, "tables"});
        if (const auto found = errors.find(table.sql); found != errors.end())
            add(problem, counted(found->second, "error of lint", "errors of lint"));
        if (const auto found = escapes.find(table.sql); found != escapes.end())
            add(problem, counted(found->second, "cell of the proof is not held", "cells of the proof are not held"));
        out.held += problem.empty() ? 1 : 0;
        out.table_problems.push_back(std::move(problem));
    }
    out.tables = facts.tables.size() + facts.open_tables.size();
    if (!facts.open_tables.empty()) {
        std::string names;
        for (std::size_t i = 0; i < facts.open_tables.size() && i < 3; ++i)
            add(names, facts.open_tables[i].sql);
        out.reasons.push_back({Grade::error, counted(facts.open_tables.size(), "table has", "tables have") + " a tenant column and no protection: " + names + (facts.open_tables.size() > 3 ? ", ..." : ""), "open"});
    }
}

void judge_findings(const ReportFacts &facts, ReportVerdict &out)
{
    // By rule: how often.
    std::map<std::string, std::pair<const ReportFinding *, std::size_t>> errors, warnings;
    for (const ReportFinding &finding : facts.findings) {
        if (finding.level == "waived") {
            ++out.waived;
        } else if (finding.level == "info") {
            ++out.infos;
        } else {
            const bool error = finding.level == "error";
            ++(error ? out.errors : out.warnings);
            auto &[first, times] = (error ? errors : warnings)[finding.rule];
            first = first ? first : &finding;
            ++times;
        }
    }
    const auto tell = [&out](const auto &rules, Grade grade, const char *section) {
        for (const auto &[rule, found] : rules)
            out.reasons.push_back({grade, found.first->title + " (" + rule + "): " + found.first->object + (found.second > 1 ? " and " + std::to_string(found.second - 1) + " more" : ""), section});
    };
    tell(errors, Grade::error, "errors");
    tell(warnings, Grade::warning, "warnings");
}

void judge_proof(const ReportFacts &facts, ReportVerdict &out)
{
    out.cells = facts.proof.size();
    std::unordered_map<std::string_view, std::unordered_set<std::string_view>> tried;
    std::unordered_set<std::string_view> operations;
    // What has no row was not tried: it would be said to be left out.
    if (facts.proof_state == "run") {
        for (const ReportTable &table : facts.tables)
            if (!table.part && table.kind != "shared")
                tried[table.sql];
        for (const ProofCell &cell : facts.proof)
            if (const auto table = tried.find(cell.target); table != tried.end() && is_for_every_table(cell.operation)) {
                table->second.insert(cell.operation);
                operations.insert(cell.operation);
            }
        for (const auto &[target, some] : tried)
            out.cells_missing += operations.size() - some.size();
        out.cells += out.cells_missing;
    }
    for (const ProofCell &cell : facts.proof)
        ++(cell.outcome == "held" ? out.cells_held : cell.outcome == "left out" ? out.cells_left_out : cell.outcome == "crossed" ? out.cells_crossed : out.cells_missing);
    if (out.cells_crossed > 0)
        out.reasons.push_back({Grade::error, counted(out.cells_crossed, "attack", "attacks") + " of the proof crossed tenants", "proof"});
    // What was not tried proves nothing.
    if (out.cells_missing > 0)
        out.reasons.push_back({Grade::error, counted(out.cells_missing, "cell", "cells") + " of the proof " + (out.cells_missing == 1 ? "is" : "are") + " missing", "proof"});
    if (facts.proof_state == "run" && out.cells == 0)
        out.reasons.push_back({Grade::error, "the proof was run and has no cells", "proof"});
    // What would lock a table is for staging, and left out everywhere else.
    const auto others = std::count_if(facts.proof.begin(), facts.proof.end(), [](const ProofCell &cell) { return cell.outcome == "left out" && cell.detail.find("it takes a lock") != 0; });
    if (others > 0)
        out.reasons.push_back({Grade::warning, counted(static_cast<std::size_t>(others), "cell", "cells") + " of the proof " + (static_cast<std::size_t>(others) == 1 ? "was" : "were") + " left out", "proof"});
    if (facts.proof_state == "not available")
        out.reasons.push_back({Grade::warning, "the proof was asked for, and this version has none", "proof"});
}

void judge_rest(const ReportFacts &facts, ReportVerdict &out)
{
    if (!facts.enforcement)
        out.reasons.push_back({Grade::error, "tenancy.enforcement is off: no session is guarded", "status"});
    if (facts.tables.empty())
        out.reasons.push_back({Grade::error, "no table is protected", "tables"});
    if (facts.roles.empty())
        out.reasons.push_back({Grade::warning, "no role is enrolled: sessions of applications are not guarded", "roles"});
    for (const ReportRole &role : facts.roles)
        if (!role.preloaded && role.can_login)
            out.reasons.push_back({Grade::warning, role.name + " does not load the library when it connects", "roles"});
    if (!facts.tenants.trouble.empty())
        out.reasons.push_back({Grade::warning, "tenants' rows could not be counted: " + facts.tenants.trouble, "tenants"});
    std::size_t missing = 0;
    for (const ReportStatus &status : facts.status)
        missing += status.state == "missing" && status.topic != "enforcement" ? 1 : 0;
    if (missing > 0)
        out.reasons.push_back({Grade::warning, "status() finds " + counted(missing, "thing", "things") + " missing", "status"});
}

std::string sentence(const ReportFacts &facts, const ReportVerdict &found)
{
    const std::string of = std::to_string(found.held) + " of " + counted(found.tables, "table", "tables");
    std::string out = facts.tables.empty() ? "Nothing is protected" : found.grade == Grade::error ? "Isolation is not assured: it holds for " + of : "Isolation holds for " + of;
    out += "; " + counted(found.errors, "error", "errors") + ", " + counted(found.warnings, "warning", "warnings");
    if (found.waived > 0)
        out += ", " + std::to_string(found.waived) + " waived";
    if (facts.proof_state == "run")
        out += "; proof: " + std::to_string(found.cells_held) + " of " + counted(found.cells, "cell", "cells") + " held";
    else
        out += ", proof not run";
    if (!facts.data)
        out += ", rows not examined";
    return out + ".";
}

} // namespace

const char *grade_name(Grade grade) noexcept
{
    return grade == Grade::error ? "error" : grade == Grade::warning ? "warning" : "ok";
}

ReportVerdict judge_report(const ReportFacts &facts)
{
    ReportVerdict out;
    judge_tables(facts, out);
    judge_findings(facts, out);
    judge_proof(facts, out);
    judge_rest(facts, out);
    std::stable_sort(out.reasons.begin(), out.reasons.end(), [](const ReportReason &a, const ReportReason &b) { return a.grade > b.grade; });
    out.grade = out.reasons.empty() ? Grade::ok : out.reasons.front().grade;
    out.sentence = sentence(facts, out);
    return out;
}

} // namespace tenancy::core

// The proof: every protected table by every operation that was tried against it.

#include "core/report_parts.hpp"

#include <unordered_map>

namespace tenancy::core {

namespace {

using Cells = std::unordered_map<std::string_view, std::unordered_map<std::string_view, const ProofCell *>>;

const char *style_of(const std::string &outcome)
{
    return outcome == "held" ? "y" : outcome == "crossed" ? "n" : outcome == "left out" ? "i" : "w";
}

// Names in the order in which they come first.
struct Axis {
    std::vector<std::string_view> names;
    std::unordered_map<std::string_view, bool> seen;
    void add(std::string_view name)
    {
        if (seen.try_emplace(name, true).second)
            names.push_back(name);
    }
};

// What nobody tried is missing, whoever forgot it; a table without such a key has none.
std::string outcome_of(const Cells &cells, std::string_view target, std::string_view operation, bool expected)
{
    const auto &row = cells.find(target)->second;
    const auto cell = row.find(operation);
    return cell != row.end() ? cell->second->outcome : expected && is_for_every_table(operation) ? "missing" : "";
}

std::string matrix(const Axis &targets, const Axis &operations, const Cells &cells, const std::unordered_map<std::string_view, bool> &expected)
{
    std::string header = "<tr><th scope=\"col\">Table</th>", rows;
    for (const std::string_view operation : operations.names)
        header += "<th scope=\"col\" class=\"op\">" + html_text(cut_to(operation, 60)) + "</th>";
    for (const std::string_view target : targets.names) {
        rows += "<tr><th scope=\"row\">" + html_name(target) + "</th>";
        for (const std::string_view operation : operations.names) {
            const std::string outcome = outcome_of(cells, target, operation, expected.count(target) > 0);
            if (outcome.empty()) {
                rows += "<td></td>";
                continue;
            }
            rows += std::string("<td><span class=\"") + style_of(outcome) + "\"><span class=\"sr\">" + html_text(outcome) + "</span></span></td>";
        }
        rows += "</tr>\n";
    }
    std::string out = html_table("Tables by operations", header + "</tr>\n", rows);
    return out.replace(out.find("<table>"), 7, "<table class=\"matrix\">");
}

std::string cell_row(const ProofCell &cell, bool with_target)
{
    std::string out = "<tr>";
    if (with_target)
        out += "<th scope=\"row\">" + html_name(cell.target) + "</th><td>" + html_text(cell.operation) + "</td>";
    else
        out += "<th scope=\"row\">" + html_text(cell.operation) + "</th>";
    out += std::string("<td><span class=\"") + style_of(cell.outcome) + "\">" + html_text(cell.outcome) + "</span></td><td>" + html_text(cell.sqlstate) + "</td><td class=\"num\">" +
           (cell.rows ? html_number(*cell.rows) : "") + "</td><td>" + (cell.statement.empty() ? "" : html_name(cell.statement));
    if (!cell.detail.empty())
        out += std::string(cell.statement.empty() ? "" : "<br>") + "<bdi>" + html_text(cell.detail) + "</bdi>";
    return out + "</td></tr>\n";
}

constexpr const char *cell_header = "<th scope=\"col\">Operation</th><th scope=\"col\">Outcome</th><th scope=\"col\">SQLSTATE</th><th scope=\"col\" class=\"num\">Rows</th><th scope=\"col\">Statement</th></tr>\n";

} // namespace

std::string_view attack_of(std::string_view operation)
{
    for (const std::string_view by_key : {"refer by ", "cascade by "})
        if (operation.substr(0, by_key.size()) == by_key)
            return operation.substr(0, by_key.size() - 4);
    return operation;
}

bool is_for_every_table(std::string_view operation)
{
    return attack_of(operation).size() == operation.size() && operation != "refer" && operation != "cascade" && operation != "insert on conflict" && operation != "rows";
}

std::string report_proof_section(const ReportFacts &facts, const ReportVerdict &verdict)
{
    std::string out = "<section>\n<h2 id=\"proof\">Proof</h2>\n";
    if (facts.proof_state != "run") {
        out += facts.proof_state == "not available" ? "<p>It was asked for, and this version of the extension has none.</p>\n" : "<p>It was not run. It attacks each protected table in every way we know, in subtransactions that are undone:</p>\n";
        return out + html_command(facts.proof_state == "not available" ? "" : "SELECT tenancy.report(proof => true);") + "</section>\n";
    }
    Axis targets, operations;
    Cells cells;
    std::unordered_map<std::string_view, bool> expected;
    std::string broken, left_out;
    for (const ProofCell &cell : facts.proof) {
        targets.add(cell.target);
        if (cell.target != "session")
            operations.add(attack_of(cell.operation));
        // Of several attacks in one cell the worst is shown.
        const ProofCell *&shown = cells[cell.target][attack_of(cell.operation)];
        if (!shown || (shown->outcome == "held" && cell.outcome != "held") || cell.outcome == "crossed")
            shown = &cell;
        if (cell.outcome != "held")
            (cell.outcome == "left out" ? left_out : broken) += cell_row(cell, true);
    }
    for (const ReportTable &table : facts.tables)
        if (!table.part && table.kind != "shared" && !facts.proof.empty()) {
            targets.add(table.sql);
            cells.try_emplace(table.sql);
            expected[table.sql] = true;
        }
    Axis tables;
    for (const std::string_view target : targets.names)
        if (target != "session")
            tables.add(target);
    out += "<p>Each cell is an attack as an enrolled role that works for one tenant, on rows of another: " + html_number(static_cast<std::int64_t>(verdict.cells)) + " in all, " + html_number(static_cast<std::int64_t>(verdict.cells_held)) +
           " held, " + html_number(static_cast<std::int64_t>(verdict.cells_crossed)) + " crossed, " + html_number(static_cast<std::int64_t>(verdict.cells_missing)) + " missing, " +
           html_number(static_cast<std::int64_t>(verdict.cells_left_out)) + " left out.</p>\n";
    if (facts.proof.empty())
        return out + "</section>\n";
    const std::string header = std::string("<tr><th scope=\"col\">Table</th>") + cell_header;
    if (!broken.empty())
        out += "<h3>Not held</h3>\n" + html_table("Cells that did not hold", header, broken);
    out += "<p class=\"dim\"><span class=\"y\">held</span> &#160; <span class=\"n\">crossed</span> &#160; <span class=\"w\">missing</span> &#160; <span class=\"i\">left out</span></p>\n" + matrix(tables, operations, cells, expected);
    if (!left_out.empty())
        out += html_details("Left out, and why", html_table("Cells that were left out", header, left_out), false);
    std::unordered_map<std::string_view, std::pair<std::string, std::int64_t>> evidence;
    for (const ProofCell &cell : facts.proof) {
        auto &[list, count] = evidence[cell.target];
        list += cell_row(cell, false);
        ++count;
    }
    std::string all;
    for (const std::string_view target : targets.names) {
        const auto &[list, count] = evidence[target];
        if (count == 0)
            continue;
        all += html_details(html_name(target) + " <span class=\"dim\">" + html_number(count) + "</span>", html_table(cut_to(target, 100), std::string("<tr>") + cell_header, list), false);
    }
    return out + "<h3>Evidence</h3>\n" + all + "</section>\n";
}

} // namespace tenancy::core

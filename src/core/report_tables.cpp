// Tables and what guards them.

#include "core/report_parts.hpp"

namespace tenancy::core {

namespace {

std::string mark(bool good, const char *yes, const char *no)
{
    return std::string("<td><span class=\"") + (good ? "y" : "n") + "\">" + (good ? yes : no) + "</span></td>";
}

std::string kind(const ReportTable &table)
{
    return table.part ? table.kind + ", part" : table.kind;
}

std::string row(const ReportTable &table, const std::string &problem)
{
    std::string out = std::string(problem.empty() ? "<tr>" : "<tr class=\"bad\">") + "<th scope=\"row\">" + html_name(table.name);
    if (!problem.empty())
        out += "<span class=\"why\">" + html_text(problem) + "</span>";
    out += "</th><td>" + html_text(kind(table)) + "</td>";
    out += mark(table.row_security, "on", "off") + mark(table.forced, "forced", "not forced");
    out += table.kind == "canary" ? "<td><span class=\"w\">some roles</span></td>" : mark(table.isolated, "stands", "gone");
    out += mark(table.guarded, "always", "not always");
    if (table.column.empty())
        out += "<td><span class=\"i\">none</span></td>";
    else
        out += "<td class=\"col\">" + html_name(table.column) + (table.nullable ? " <span class=\"dim\">nullable</span>" : "") + "</td>";
    out += "<td>" + (table.global_rows.empty() ? "<span class=\"i\">none</span>" : html_text(table.global_rows)) + "</td>";
    return out + "<td class=\"num\">" + html_number(table.rows) + "</td></tr>\n";
}

constexpr std::size_t columns = 9;

// Those that hold, or those that do not, by schema; the facts come in that order.
std::string rows(const ReportFacts &facts, const ReportVerdict &verdict, bool holds)
{
    std::string out;
    const std::string *schema = nullptr;
    for (std::size_t i = 0; i < facts.tables.size(); ++i) {
        const ReportTable &table = facts.tables[i];
        if (verdict.table_problems[i].empty() != holds)
            continue;
        if (!schema || *schema != table.schema) {
            out += schema ? "</tbody>\n<tbody>\n" : "<tbody>\n";
            out += "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"" + std::to_string(columns) + "\">Schema " + html_name(table.schema) + "</th></tr>\n";
            schema = &table.schema;
        }
        out += row(table, verdict.table_problems[i]);
    }
    return schema ? out + "</tbody>\n" : out;
}

std::string open_tables(const ReportFacts &facts)
{
    std::string out = "<h3 id=\"open\">With a tenant column, and not protected</h3>\n", list, commands;
    for (const OpenTable &table : facts.open_tables) {
        list += "<tr class=\"bad\"><th scope=\"row\">" + html_name(table.sql) + "</th><td class=\"col\">" + html_name(table.column) + "</td><td class=\"num\">" + html_number(table.rows) + "</td></tr>\n";
        commands += (commands.empty() ? "" : "\n") + table.command;
    }
    out += html_table("Tables that are not protected", "<tr><th scope=\"col\">Table</th><th scope=\"col\">Tenant column</th><th scope=\"col\" class=\"num\">Rows, about</th></tr>\n", list);
    return out + html_command(commands);
}

} // namespace

std::string report_tables_section(const ReportFacts &facts, const ReportVerdict &verdict)
{
    std::string out = "<section>\n<h2 id=\"tables\">Tables and their guards</h2>\n";
    if (facts.tables.empty())
        out += "<p>No table is protected.</p>\n" + html_command("SELECT tenancy.protect_schema('your_schema', 'tenant_id');");
    const std::string header = "<tr><th scope=\"col\">Table</th><th scope=\"col\">Kind</th><th scope=\"col\">Row-level security</th><th scope=\"col\">For the owner</th><th scope=\"col\">Restrictive policy</th>"
                               "<th scope=\"col\">Guard triggers</th><th scope=\"col\">Tenant column</th><th scope=\"col\">Rows of no tenant</th><th scope=\"col\" class=\"num\">Rows, about</th></tr>\n";
    if (const std::string broken = rows(facts, verdict, false); !broken.empty())
        out += "<h3>Isolation is not assured</h3>\n" + html_table("Tables where isolation is not assured", header, broken);
    if (!facts.open_tables.empty())
        out += open_tables(facts);
    if (const std::string sound = rows(facts, verdict, true); !sound.empty()) {
        const bool all = verdict.held == verdict.tables && verdict.held <= 200;
        const std::string table = html_table("Tables where isolation holds", header, sound);
        out += all ? table : html_details("<h3>Isolation holds: " + html_number(static_cast<std::int64_t>(verdict.held)) + "</h3>", table, verdict.held <= 200);
    }
    return out + "</section>\n";
}

} // namespace tenancy::core

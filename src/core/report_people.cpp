// Who works with the database: roles, tenants; and what status() says to the person in charge.

#include "core/report_parts.hpp"

namespace tenancy::core {

namespace {

std::string joined(const std::vector<std::string> &list)
{
    std::string out;
    for (const std::string &one : list)
        out += (out.empty() ? "" : ", ") + one;
    return out;
}

std::string sizes(const ReportTenants &tenants)
{
    std::vector<Bar> bars;
    std::string rows, description;
    // The others together are no tenant: a bar of theirs would say what is not so.
    const auto add = [&](const std::string &label, const std::string &key, std::int64_t number, const char *style) {
        bars.push_back({label, std::to_string(number), style ? std::vector<BarPart>{{style, number}} : std::vector<BarPart>{}});
        rows += "<tr><th scope=\"row\"><bdi>" + html_text(cut_to(label, 200)) + "</bdi></th><td>" + (key.empty() ? "" : html_name(key)) + "</td><td class=\"num\">" + html_number(number) + "</td></tr>\n";
    };
    for (const TenantSize &tenant : tenants.biggest)
        add(tenant.name.empty() ? tenant.key : tenant.name, tenant.key, tenant.rows, "bar");
    if (tenants.rest_tenants > 0)
        add(std::to_string(tenants.rest_tenants) + (tenants.rest_tenants == 1 ? " other tenant" : " other tenants"), "", tenants.rest_rows, nullptr);
    if (tenants.nobodys_rows > 0)
        add("no tenant", "", tenants.nobodys_rows, nullptr);
    if (bars.empty())
        return "<p>Protected tables hold no rows.</p>\n";
    description = "Rows in protected tables; the biggest is " + cut_to(bars.front().label, 60) + " with " + bars.front().value + " rows.";
    return html_bars("sizes", "Tenants by rows in protected tables", description, bars) +
           html_details("The same as a table", html_table("Tenants by rows", "<tr><th scope=\"col\">Tenant</th><th scope=\"col\">Key</th><th scope=\"col\" class=\"num\">Rows</th></tr>\n", rows), false);
}

} // namespace

std::string report_roles_section(const ReportFacts &facts)
{
    std::string out = "<section>\n<h2 id=\"roles\">Roles</h2>\n", rows;
    if (facts.roles.empty())
        return out + "<p>No role is enrolled: sessions of applications are not guarded.</p>\n" + html_command("SELECT tenancy.enroll('your_app_role');") + "</section>\n";
    for (const ReportRole &role : facts.roles) {
        rows += "<tr><th scope=\"row\">" + html_name(role.name) + "</th><td>" + (role.can_login ? "connects" : "by SET ROLE") + "</td><td><span class=\"" + (role.preloaded ? "y\">yes" : "n\">no") + "</span></td><td>";
        rows += role.powers.empty() ? "<span class=\"y\">none</span>" : "<span class=\"n level\">" + html_text(joined(role.powers)) + "</span>";
        rows += "</td></tr>\n";
    }
    return out + "<p>Enrolled roles, as which applications work; their sessions are guarded.</p>\n" +
           html_table("Enrolled roles", html_header({"Role", "Reached", "Library loaded at connection", "Powers that no policy stands before"}), rows) + "</section>\n";
}

std::string report_tenants_section(const ReportFacts &facts)
{
    const ReportTenants &tenants = facts.tenants;
    std::string out = "<section>\n<h2 id=\"tenants\">Tenants</h2>\n<p>They stand in " + html_name(tenants.table) + ": ";
    bool first = true;
    for (const auto &[status, number] : tenants.by_status) {
        out += (first ? "" : ", ") + html_number(number) + " " + html_text(status);
        first = false;
    }
    out += first ? "none.</p>\n" : ".</p>\n";
    if (!tenants.trouble.empty())
        return out + "<p><span class=\"w level\">Their rows could not be counted: <bdi>" + html_text(tenants.trouble) + "</bdi></span></p>\n</section>\n";
    if (!tenants.counted)
        return out + "<p>Their rows were not counted: <code>tenancy.report(data =&gt; true)</code> does.</p>\n</section>\n";
    return out + sizes(tenants) + "</section>\n";
}

std::string report_status_section(const ReportFacts &facts)
{
    std::string rows;
    for (const ReportStatus &status : facts.status) {
        const char *style = status.state == "ok" ? "y" : status.state == "missing" ? "w" : "i";
        rows += "<tr><th scope=\"row\">" + html_text(status.topic) + "</th><td><span class=\"" + style + "\">" + html_text(status.state) + "</span></td><td><bdi>" + html_text(status.detail) + "</bdi>" + html_command(status.command) +
                "</td></tr>\n";
    }
    return "<section>\n<h2 id=\"status\">Status</h2>\n" + html_table("Rows of status()", html_header({"Topic", "State", "Detail, and the next command"}), rows) + "</section>\n";
}

} // namespace tenancy::core

// Sections of the report's page, each a string of HTML, and what they share. For report*.cpp alone.
//
// Every text of the facts passes html_text() or html_lines() where it is put into the page, nowhere before: what a
// function here takes as a std::string_view called `text` is raw, and what one returns is HTML.
#pragma once

#include "core/report.hpp"
#include "core/report_text.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

extern const char report_style[]; // CSS; light, dark, printed, narrow

// 1234567 -> "1 234 567", with references of narrow no-break spaces; -1 -> "not known".
std::string html_number(std::int64_t number);
// <code>, isolated from the direction of what stands around; cut at 200 characters, whole in the title.
std::string html_name(std::string_view text);
// A command to copy; nothing where there is none.
std::string html_command(std::string_view text);
// A table that scrolls by itself where the page is narrow. header: <tr>...</tr>, rows: the same, or whole <tbody>.
std::string html_table(std::string_view label, const std::string &header, const std::string &rows);
// <th scope="col"> for each.
std::string html_header(const std::vector<std::string_view> &texts);
// <details>; the summary is HTML.
std::string html_details(const std::string &summary, const std::string &body, bool open);

struct BarPart {
    const char *style; // a class of report_style
    std::int64_t number;
};
struct Bar {
    std::string label; // raw
    std::string value; // raw: the numbers as text
    std::vector<BarPart> parts;
};
// A bar chart as inline SVG whose text keeps its size when it gets narrower.
std::string html_bars(std::string_view id, std::string_view title, std::string_view description, const std::vector<Bar> &bars);

std::string report_tables_section(const ReportFacts &facts, const ReportVerdict &verdict);
std::string report_findings_section(const ReportFacts &facts, const ReportVerdict &verdict);
std::string report_proof_section(const ReportFacts &facts, const ReportVerdict &verdict);
std::string report_roles_section(const ReportFacts &facts);
std::string report_tenants_section(const ReportFacts &facts);
std::string report_status_section(const ReportFacts &facts);

// "refer by KEY" -> "refer": attacks that only tables with such a key know are one column of the matrix.
std::string_view attack_of(std::string_view operation);
// Is it an attack that every protected table has to have stood? Not those by keys, and none for want of a row.
bool is_for_every_table(std::string_view operation);

} // namespace tenancy::core

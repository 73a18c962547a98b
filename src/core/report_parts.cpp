#include "core/report_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

constexpr std::size_t longest_name = 200, longest_title = 1000, longest_label = 34;

// Of a whole, in steps of a hundredth of a percent: "12.34%".
std::string percent(std::int64_t part, std::int64_t whole)
{
    const double share = whole > 0 ? 10000.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
    const auto hundredths = static_cast<std::int64_t>(share + 0.5);
    const std::int64_t rest = hundredths % 100;
    return std::to_string(hundredths / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest) + "%";
}

} // namespace

std::string html_number(std::int64_t number)
{
    if (number < 0)
        return "<span class=\"dim\">not known</span>";
    const std::string digits = std::to_string(number);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0)
            out += "&#x202F;";
        out += digits[i];
    }
    return out;
}

std::string html_name(std::string_view text)
{
    const std::string shown = cut_to(text, longest_name);
    std::string out = "<bdi class=\"c\"";
    if (shown.size() < text.size())
        out += " title=\"" + html_text(cut_to(text, longest_title)) + "\"";
    return out + ">" + html_text(shown) + "</bdi>";
}

std::string html_command(std::string_view text)
{
    return text.empty() ? std::string() : "<pre dir=\"ltr\">" + html_lines(text) + "</pre>\n";
}

std::string html_table(std::string_view label, const std::string &header, const std::string &rows)
{
    const std::string body = rows.find("<tbody") == 0 ? rows : "<tbody>\n" + rows + "</tbody>\n";
    return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + html_text(label) + "\">\n<table>\n<thead>\n" + header + "</thead>\n" + body + "</table>\n</div>\n";
}

std::string html_header(const std::vector<std::string_view> &texts)
{
    std::string out = "<tr>";
    for (const std::string_view text : texts)
        out += "<th scope=\"col\">" + html_text(text) + "</th>";
    return out + "</tr>\n";
}

std::string html_details(const std::string &summary, const std::string &body, bool open)
{
    return std::string(open ? "<details open>\n" : "<details>\n") + "<summary>" + summary + "</summary>\n" + body + "</details>\n";
}

std::string html_bars(std::string_view id, std::string_view title, std::string_view description, const std::vector<Bar> &bars)
{
    constexpr std::size_t step = 36;
    std::int64_t whole = 0;
    for (const Bar &bar : bars) {
        std::int64_t length = 0;
        for (const BarPart &part : bar.parts)
            length += part.number;
        whole = std::max(whole, length);
    }
    const std::string name = html_text(id);
    std::string out = "<figure>\n<svg role=\"img\" aria-labelledby=\"" + name + "-t " + name + "-d\" width=\"100%\" height=\"" + std::to_string(bars.size() * step + 2) + "\">\n<title id=\"" + name + "-t\">" +
                      html_text(title) + "</title>\n<desc id=\"" + name + "-d\">" + html_text(description) + "</desc>\n";
    std::size_t top = 0;
    for (const Bar &bar : bars) {
        const std::string y = std::to_string(top + 14), below = std::to_string(top + 20);
        out += "<text x=\"0\" y=\"" + y + "\">" + html_text(cut_to(bar.label, longest_label)) + "<title>" + html_text(cut_to(bar.label, longest_title)) + "</title></text>";
        out += "<text class=\"v\" x=\"100%\" y=\"" + y + "\">" + html_text(bar.value) + "</text>";
        if (!bar.parts.empty())
            out += "<rect class=\"track\" x=\"0\" y=\"" + below + "\" width=\"100%\" height=\"8\"/>";
        std::int64_t from = 0;
        for (const BarPart &part : bar.parts) {
            if (part.number <= 0)
                continue;
            out += std::string("<rect class=\"") + part.style + "\" x=\"" + percent(from, whole) + "\" y=\"" + below + "\" width=\"" + percent(part.number, whole) + "\" height=\"8\"/>";
            from += part.number;
        }
        out += "\n";
        top += step;
    }
    return out + "</svg>\n<figcaption>" + html_text(title) + "</figcaption>\n</figure>\n";
}

} // namespace tenancy::core

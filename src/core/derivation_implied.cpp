// Paths that say the same.

#include "core/derivation.hpp"

#include <algorithm>
#include <span>

namespace tenancy::core {

namespace {

struct Step {
    TableId parent;
    std::vector<std::pair<std::string, std::string>> columns; // here, there; sorted
    bool operator==(const Step &) const = default;
};

// A step from a parent by columns that the step to it has brought along starts one table earlier.
std::vector<Step> shortened(std::span<const ForeignKey *const> hops)
{
    std::vector<Step> out;
    for (const ForeignKey *hop : hops) {
        Step step{hop->parent, {}};
        for (std::size_t i = 0; i < hop->child_columns.size(); ++i)
            step.columns.emplace_back(hop->child_columns[i], hop->parent_columns[i]);
        while (!out.empty()) {
            Step earlier{step.parent, {}};
            for (const auto &[here, there] : step.columns)
                for (const auto &[before, brought] : out.back().columns)
                    if (brought == here)
                        earlier.columns.emplace_back(before, there);
            if (earlier.columns.size() != step.columns.size())
                break;
            out.pop_back();
            step = std::move(earlier);
        }
        std::sort(step.columns.begin(), step.columns.end());
        out.push_back(std::move(step));
    }
    return out;
}

} // namespace

bool implied(const Path &path, const Path &known)
{
    if (path.end().oid != known.end().oid || path.column != known.column)
        return false;
    const bool always = known.required() && std::all_of(known.hops.begin(), known.hops.end(), [](const ForeignKey *hop) { return hop->validated; });
    // From any table that both come through in the same way.
    for (std::size_t i = 0; i < std::min(path.hops.size(), known.hops.size()); ++i) {
        const std::span rest_of_known(known.hops.begin() + static_cast<std::ptrdiff_t>(i), known.hops.end());
        const std::span rest(path.hops.begin() + static_cast<std::ptrdiff_t>(i), path.hops.end());
        const std::vector<Step> steps = shortened(rest_of_known);
        if ((always || steps.size() == rest_of_known.size()) && steps == shortened(rest))
            return true;
        if (path.hops[i] != known.hops[i])
            break;
    }
    return false;
}

} // namespace tenancy::core

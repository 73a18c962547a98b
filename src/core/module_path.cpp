#include "core/module_path.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// Without its last segment; "" for a path of one.
std::string_view folder_of(std::string_view path) noexcept
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view last_segment(std::string_view path) noexcept
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

[[noreturn]] void refuse_long_path(std::size_t bytes)
{
    throw Error("22023", "module path is too long",
                "It has " + std::to_string(bytes) + " bytes; at most " +
                    std::to_string(max_path_bytes) + " are allowed.",
                "Give the path relative to the project's root.");
}

[[noreturn]] void refuse_climbing(std::string_view path)
{
    throw Error("22023", "module path \"" + std::string(path) + "\" leaves the project",
                "It climbs above the project's root.",
                "Give the path relative to the project's root, without leading \"..\".");
}

} // namespace

bool is_normalized(std::string_view path) noexcept
{
    if (path.size() > max_path_bytes)
        return false;
    char before = '/';
    for (std::size_t at = 0; at < path.size(); before = path[at++]) {
        if (before != '/')
            continue;
        if (path[at] == '/')
            return false;
        if (path[at] == '.') {
            const std::string_view segment = path.substr(at, path.find('/', at) - at);
            if (segment == "." || segment == "..")
                return false;
        }
    }
    return path.empty() || before != '/';
}

std::string normalize_path(std::string_view path)
{
    if (is_normalized(path))
        return std::string(path);
    // Before anything is copied or quoted: a path is somebody's input.
    if (path.size() > 4 * max_path_bytes)
        refuse_long_path(path.size());
    std::string out;
    out.reserve(path.size());
    for (std::size_t at = 0; at < path.size();) {
        std::size_t end = path.find('/', at);
        if (end == std::string_view::npos)
            end = path.size();
        const std::string_view segment = path.substr(at, end - at);
        at = end + 1;
        if (segment.empty() || segment == ".")
            continue;
        if (segment == "..") {
            if (out.empty())
                refuse_climbing(path);
            out.resize(folder_of(out).size());
            continue;
        }
        if (!out.empty())
            out += '/';
        out += segment;
    }
    if (out.size() > max_path_bytes)
        refuse_long_path(out.size());
    return out;
}

std::string_view module_root(std::string_view normalized) noexcept
{
    const bool file = last_segment(normalized).find('.') != std::string_view::npos;
    return file ? folder_of(normalized) : normalized;
}

std::string module_name(std::string_view root, int attempt)
{
    std::string_view above = root;
    for (int i = 0; i < attempt; ++i) {
        above = folder_of(above);
        if (above.empty()) // attempt i was the whole root
            return std::string(root) + "-" + std::to_string(1LL + attempt - i);
    }
    const std::string_view folder = folder_of(above);
    return std::string(folder.empty() ? root : root.substr(folder.size() + 1));
}

std::vector<std::string_view> path_prefixes(std::string_view normalized)
{
    std::vector<std::string_view> out;
    for (; !normalized.empty(); normalized = folder_of(normalized))
        out.push_back(normalized);
    out.push_back({});
    return out;
}

void ModuleRoots::add(std::string_view root, std::string_view id, bool is_default)
{
    add_rootless(id, is_default);
    modules_.emplace(root, Module{std::string(id), is_default});
    longest_ = std::max(longest_, root.size());
}

void ModuleRoots::add_rootless(std::string_view id, bool is_default)
{
    ids_.emplace(id);
    if (is_default && !has_default_) {
        default_id_ = id;
        has_default_ = true;
    }
}

PathAnswer ModuleRoots::find(std::string_view path) const
{
    // No folder below the longest root need be looked up.
    std::string_view root = path;
    if (root.size() > longest_) {
        const std::size_t slash = path.rfind('/', longest_);
        root = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
    for (;; root = folder_of(root)) {
        const auto found = modules_.find(root);
        if (found != modules_.end() &&
            (!found->second.is_default || root == path || root == module_root(path)))
            return {PathAnswer::Kind::module, found->second.id, found->first};
        if (root.empty())
            break;
    }
    const std::string_view own = module_root(path);
    if (own.empty())
        return {};
    return {PathAnswer::Kind::create, {}, own};
}

} // namespace tenancy::core

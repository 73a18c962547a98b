#include "core/module_path.hpp"

#include "core/error.hpp"

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

std::string normalize_path(std::string_view path)
{
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
    for (int i = 0; i <= attempt; ++i) {
        const std::string_view folder = folder_of(above);
        if (folder.empty())
            return i == attempt ? std::string(root)
                                : std::string(root) + "-" + std::to_string(attempt - i + 1);
        above = folder;
    }
    return std::string(root.substr(above.size() + 1));
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
    if (!modules_.emplace(root, Module{std::string(id), is_default}).second)
        return;
    ids_.emplace(id);
    if (is_default && !has_default_) {
        default_id_ = id;
        has_default_ = true;
    }
}

PathAnswer ModuleRoots::find(std::string_view path) const
{
    const std::string_view own = module_root(path);
    for (std::string_view root = path;; root = folder_of(root)) {
        const auto found = modules_.find(root);
        if (found != modules_.end() && (!found->second.is_default || root == path || root == own))
            return {PathAnswer::Kind::module, found->second.id, found->first};
        if (root.empty())
            break;
    }
    if (own.empty())
        return {};
    return {PathAnswer::Kind::create, {}, own};
}

} // namespace tenancy::core

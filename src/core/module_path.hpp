// Paths of modules inside a project, and which module a path belongs to. Purely lexical.
//
// normalize_path  "./src//auth/" = "/src/auth" = "src/x/../auth" = "src/auth": relative to the
//                 project's root, which is "". Segments are separated by '/', case matters.
//                 Error 22023: the path climbs above the root, or has more than max_path_bytes
//                 (or four times as many in the spelling that was given).
// is_normalized   whether normalize_path would return the path as it is; allocates nothing.
// module_root     where a module created for a normalised path stands: the path, or its folder when
//                 the last segment has a dot and so is a file's name.
// module_name     its name, the last segment of the root; further attempts where that is taken:
//                 with more of the path in front, then the whole root with -2, -3, ...
//                 REQUIRES: a normalised root other than "", attempt >= 0.
// path_prefixes   the path and every folder above it, longest first, the root "" last.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// A root is the last column of a unique B-tree key, which must stay under 2,704 bytes.
inline constexpr std::size_t max_path_bytes = 1024;

std::string normalize_path(std::string_view path);
bool is_normalized(std::string_view path) noexcept;
std::string_view module_root(std::string_view normalized) noexcept;
std::string module_name(std::string_view root, int attempt);
std::vector<std::string_view> path_prefixes(std::string_view normalized);

// A hash that finds a std::string by a std::string_view, without a copy.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept
    {
        return std::hash<std::string_view>{}(text);
    }
};

// What a path comes to: a module there is, a module to be created at `root`, or the default module,
// which is where files in the project's root and the root itself go.
struct PathAnswer {
    enum class Kind { module, create, use_default } kind = Kind::use_default;
    std::string_view id;   // of the module; lives as long as the ModuleRoots does
    std::string_view root; // where it stands (lives as long) or is to stand (a part of the path)
};

// The modules of one project. Ids are bytes, whatever they mean to the caller.
class ModuleRoots {
  public:
    // Of two modules with one root, which tables of others may have, the first answers for it.
    void add(std::string_view root, std::string_view id, bool is_default);
    // One without a root answers for no path.
    void add_rootless(std::string_view id, bool is_default);
    bool has(std::string_view id) const { return ids_.find(id) != ids_.end(); }
    const std::string *default_id() const { return has_default_ ? &default_id_ : nullptr; }

    // The module with the longest root that is the path or a folder above it. The default module
    // answers for its own root alone: for that path, and for files right in it. REQUIRES:
    // normalised. Allocates nothing: it runs for every row.
    PathAnswer find(std::string_view path) const;

  private:
    struct Module {
        std::string id;
        bool is_default;
    };
    std::unordered_map<std::string, Module, TextHash, std::equal_to<>> modules_;
    std::unordered_set<std::string, TextHash, std::equal_to<>> ids_;
    std::string default_id_;
    std::size_t longest_ = 0; // bytes of the longest root
    bool has_default_ = false;
};

} // namespace tenancy::core

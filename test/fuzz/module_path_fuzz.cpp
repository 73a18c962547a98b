// Fuzz target of core/module_path: against a second, naive implementation of the same rules.
//
// Input: lines. The first is the path, the others are roots of modules, of the default module with
// '!' in front.
#include "core/module_path.hpp"

#include "core/error.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <optional>
#include <set>

using namespace tenancy::core;
using fuzz::require;
using Texts = std::vector<std::string>;

namespace {

struct NaiveModule {
    std::string root, id;
    bool is_default;
};

std::string join(const Texts &segments)
{
    std::string out;
    for (std::size_t i = 0; i < segments.size(); ++i)
        out += (i == 0 ? "" : "/") + segments[i];
    return out;
}

// Nothing where the path is refused.
std::optional<std::string> naive_normalize(const std::string &path)
{
    Texts stack;
    bool refused = path.size() > 4096;
    for (const std::string &segment : fuzz::split(path, '/')) {
        if (segment == "..") {
            if (stack.empty())
                refused = true;
            else
                stack.pop_back();
        } else if (segment != "" && segment != ".")
            stack.push_back(segment);
    }
    if (refused || join(stack).size() > 1024)
        return {};
    return join(stack);
}

bool is_file(const std::string &path)
{
    return fuzz::split(path, '/').back().find('.') != path.npos;
}

std::string naive_folder(const std::string &path)
{
    Texts segments = fuzz::split(path, '/');
    segments.pop_back();
    return join(segments);
}

std::string naive_root(const std::string &path)
{
    return is_file(path) ? naive_folder(path) : path;
}

// Whether a path is a folder, or something in it.
bool is_in(const std::string &path, const std::string &folder)
{
    return folder.empty() || path == folder || (path + "/").starts_with(folder + "/");
}

const NaiveModule *naive_find(const std::vector<NaiveModule> &modules, const std::string &path)
{
    const NaiveModule *best = nullptr;
    const std::string root = naive_root(path);
    for (const NaiveModule &module : modules) {
        const bool right_in_it = module.root == path || module.root == root;
        if (module.is_default ? !right_in_it : !is_in(path, module.root))
            continue;
        if (best == nullptr || module.root.size() > best->root.size())
            best = &module;
    }
    return best;
}

// What normalize_path makes of a path, nothing where it refuses.
std::optional<std::string> normalize(const std::string &path)
{
    try {
        return normalize_path(path);
    } catch (const Error &error) {
        require(error.sqlstate() == std::string_view("22023"), "a refused path is 22023");
        require(!error.hint().empty(), "a refusal has a hint");
        return {};
    }
}

void check_normal_form(const std::string &path, const std::string &normal)
{
    require(normalize(normal) == normal, "normalising twice is normalising once");
    require(is_normalized(normal), "what was normalised is normalised");
    require(is_normalized(path) == (path == normal), "is_normalized tells whether nothing changes");
    require(normal.size() <= max_path_bytes, "a normal form is not longer than the limit");
    if (!normal.empty())
        for (const std::string &segment : fuzz::split(normal, '/'))
            require(segment != "" && segment != "." && segment != "..", "segments are names");
}

void check_parts(const std::string &path)
{
    const std::string root(module_root(path));
    require(root == naive_root(path), "module_root is the path or its folder");
    require(is_in(path, root), "module_root ends at a segment");

    Texts expected{""};
    if (!path.empty())
        for (const std::string &segment : fuzz::split(path, '/'))
            expected.push_back(expected.back() + (expected.size() == 1 ? "" : "/") + segment);
    std::reverse(expected.begin(), expected.end());
    const std::vector<std::string_view> prefixes = path_prefixes(path);
    require(Texts(prefixes.begin(), prefixes.end()) == expected, "path_prefixes are all folders");

    if (root.empty())
        return;
    const Texts segments = fuzz::split(root, '/');
    std::set<std::string> names;
    for (std::size_t attempt = 0; attempt < segments.size() + 3; ++attempt) {
        if (attempt > 8 && attempt + 3 < segments.size())
            continue; // of a path of hundreds, the first and the last
        const std::string name = module_name(root, static_cast<int>(attempt));
        require(names.insert(name).second, "attempts at a name differ");
        if (attempt < segments.size())
            require(name == join(Texts(segments.end() - 1 - static_cast<std::ptrdiff_t>(attempt),
                                       segments.end())),
                    "a name is the last segments of the root");
        else
            require(name == root + "-" + std::to_string(attempt - segments.size() + 2),
                    "the names after it are the root and a number");
    }
}

void check_find(const std::vector<NaiveModule> &modules, const std::string &path)
{
    ModuleRoots roots;
    std::vector<NaiveModule> distinct;
    const NaiveModule *first_default = nullptr;
    distinct.reserve(modules.size());
    for (const NaiveModule &module : modules) {
        roots.add(module.root, module.id, module.is_default);
        bool taken = false;
        for (const NaiveModule &other : distinct)
            taken = taken || other.root == module.root;
        require(roots.has(module.id), "every module is known");
        if (module.is_default && first_default == nullptr)
            first_default = &module;
        if (taken)
            continue; // the first answers for the root
        distinct.push_back(module);
    }
    const std::string *default_id = roots.default_id();
    require((default_id == nullptr) == (first_default == nullptr) &&
                (default_id == nullptr || *default_id == first_default->id),
            "default_id is that of the first default module");

    const PathAnswer answer = roots.find(path);
    const NaiveModule *expected = naive_find(distinct, path);
    if (expected != nullptr)
        require(answer.kind == PathAnswer::Kind::module && answer.id == expected->id &&
                    answer.root == expected->root,
                "find agrees with a search of all modules");
    else if (naive_root(path).empty())
        require(answer.kind == PathAnswer::Kind::use_default && answer.id.empty() &&
                    answer.root.empty(),
                "what lies in the project's root is the default module's");
    else
        require(answer.kind == PathAnswer::Kind::create && answer.id.empty() &&
                    answer.root == naive_root(path),
                "what no module has gets one");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const Texts lines = fuzz::split(fuzz::text(data, size), '\n');
    const std::optional<std::string> path = normalize(lines.front());
    require(path == naive_normalize(lines.front()), "both normalise alike");
    if (!path) {
        require(!is_normalized(lines.front()), "what is refused is not normalised");
        return 0;
    }
    check_normal_form(lines.front(), *path);
    check_parts(*path);

    std::vector<NaiveModule> modules;
    const auto add = [&](const std::string &root, bool is_default) {
        modules.push_back({root, "id" + std::to_string(modules.size()), is_default});
    };
    for (std::size_t i = 1; i < std::min<std::size_t>(lines.size(), 30); ++i) {
        const bool is_default = lines[i].starts_with('!');
        if (const auto root = normalize(lines[i].substr(is_default ? 1 : 0)))
            add(*root, is_default);
    }
    check_find(modules, *path);
    // Roots above the path itself and beside it, chosen by the input's bytes.
    std::size_t choice = 0;
    for (std::size_t i = 0; i < size; ++i)
        choice = choice * 31 + data[i];
    for (const std::string_view prefix : path_prefixes(*path)) {
        if (modules.size() > 40)
            break;
        if (choice % 3 != 0)
            add(std::string(prefix), choice % 3 == 2);
        if (choice % 5 == 0 && !prefix.empty())
            add(std::string(prefix) + "x", choice % 7 == 0);
        choice = choice / 3 + size;
    }
    check_find(modules, *path);
    return 0;
}

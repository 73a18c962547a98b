// Which module a path belongs to: ModuleRoots of core/module_path.hpp.
#include "core/module_path.hpp"

#include "allocations.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

struct Roots {
    ModuleRoots roots;

    void add(const char *root, bool is_default = false)
    {
        roots.add(root, "id of " + std::string(root), is_default);
    }
    // "= root" of the module found, "+ root" of one to be made, or "default".
    std::string find(std::string_view path) const
    {
        BOOST_TEST(is_normalized(path), path);
        const PathAnswer answer = roots.find(path);
        switch (answer.kind) {
        case PathAnswer::Kind::module:
            BOOST_TEST(answer.id == "id of " + std::string(answer.root));
            return "= " + std::string(answer.root);
        case PathAnswer::Kind::create:
            BOOST_TEST(answer.id == "");
            return "+ " + std::string(answer.root);
        default:
            BOOST_TEST(answer.id == "");
            BOOST_TEST(answer.root == "");
            return "default";
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(module_roots)

BOOST_FIXTURE_TEST_CASE(nothing_is_there_yet, Roots)
{
    BOOST_TEST(find("src/auth") == "+ src/auth");
    BOOST_TEST(find("src/auth/login.ts") == "+ src/auth");
    BOOST_TEST(find("src") == "+ src");
    BOOST_TEST(find("README.md") == "default");
    BOOST_TEST(find("") == "default");
    BOOST_TEST(roots.default_id() == nullptr);
    BOOST_TEST(!roots.has(""));
}

BOOST_FIXTURE_TEST_CASE(roots_end_at_segments, Roots)
{
    add("src/auth");
    for (const char *path : {"src/auth", "src/auth/x", "src/auth/x/y.ts", "src/auth/x.ts"})
        BOOST_TEST(find(path) == "= src/auth", path);
    BOOST_TEST(find("src/authx") == "+ src/authx");
    BOOST_TEST(find("src/authx/y.ts") == "+ src/authx");
    BOOST_TEST(find("src/auth.ts") == "+ src");
    BOOST_TEST(find("src/aut") == "+ src/aut");
    BOOST_TEST(find("src") == "+ src");
    BOOST_TEST(find("src/Auth") == "+ src/Auth");
    BOOST_TEST(find("x/src/auth") == "+ x/src/auth");
    BOOST_TEST(find("auth") == "+ auth");
}

BOOST_FIXTURE_TEST_CASE(the_longest_root_wins, Roots)
{
    add("src");
    add("src/auth/oauth/providers");
    add("src/auth");
    BOOST_TEST(find("src/auth/oauth/providers/x.ts") == "= src/auth/oauth/providers");
    BOOST_TEST(find("src/auth/oauth/x") == "= src/auth");
    BOOST_TEST(find("src/auth/oauth/providers2") == "= src/auth");
    BOOST_TEST(find("src/x.ts") == "= src");
    BOOST_TEST(find("src") == "= src");
    BOOST_TEST(find("README.md") == "default");
    // A module may stand for one file.
    add("src/auth/login.ts");
    BOOST_TEST(find("src/auth/login.ts") == "= src/auth/login.ts");
    BOOST_TEST(find("src/auth/login.tsx") == "= src/auth");
}

BOOST_FIXTURE_TEST_CASE(a_default_module_swallows_nothing, Roots)
{
    add("src", true);
    for (const char *path : {"src", "src/main.ts", "src/.env"})
        BOOST_TEST(find(path) == "= src", path);
    BOOST_TEST(find("src/auth") == "+ src/auth");
    BOOST_TEST(find("src/auth/x.ts") == "+ src/auth");
    BOOST_TEST(find("srcx") == "+ srcx");
    BOOST_TEST(find("README.md") == "default"); // its caller asks for default_id()
    BOOST_TEST(*roots.default_id() == "id of src");

    add("src/auth");
    BOOST_TEST(find("src/auth/x.ts") == "= src/auth");
    add("src/main.ts");
    BOOST_TEST(find("src/main.ts") == "= src/main.ts");
    BOOST_TEST(find("src/other.ts") == "= src");
}

BOOST_FIXTURE_TEST_CASE(a_default_module_at_the_projects_root, Roots)
{
    add("", true);
    BOOST_TEST(find("") == "= ");
    BOOST_TEST(find("README.md") == "= ");
    BOOST_TEST(find("src") == "+ src");
    BOOST_TEST(find("src/main.ts") == "+ src");
}

BOOST_FIXTURE_TEST_CASE(a_module_of_the_whole_project, Roots)
{
    add("");
    for (const char *path : {"", "README.md", "src", "src/auth/x.ts"})
        BOOST_TEST(find(path) == "= ", path);
    add("src", true);
    BOOST_TEST(find("src/main.ts") == "= src");
    BOOST_TEST(find("src/auth/x.ts") == "= "); // not the default's, though its root is longer
}

BOOST_FIXTURE_TEST_CASE(the_first_of_a_root_answers_for_it, Roots)
{
    roots.add("src", "first", false);
    roots.add("src", "second", true);
    BOOST_TEST(roots.find("src").id == "first");
    BOOST_TEST(roots.find("src/auth/x").id == "first");
    BOOST_TEST(roots.has("first"));
    BOOST_TEST(roots.has("second"));
    BOOST_TEST(*roots.default_id() == "second");
    roots.add("lib", "third", true);
    roots.add("app", "fourth", true);
    BOOST_TEST(*roots.default_id() == "second");
    BOOST_TEST(roots.has("fourth"));
}

BOOST_FIXTURE_TEST_CASE(ids_are_bytes_and_outlive_growth, Roots)
{
    const std::string id("\0\xff\0", 3);
    roots.add("src", id, true);
    BOOST_TEST(roots.has(id));
    BOOST_TEST(!roots.has(std::string_view(id).substr(0, 2)));
    BOOST_TEST(!roots.has("src"));
    BOOST_TEST(*roots.default_id() == id);
    const PathAnswer answer = roots.find("src/x.ts");
    for (int i = 0; i < 1000; ++i)
        roots.add("m" + std::to_string(i), std::to_string(i), false);
    BOOST_TEST(answer.id == id);
    BOOST_TEST(answer.root == "src");
    BOOST_TEST(roots.find("m999/x").id == "999");
}

BOOST_FIXTURE_TEST_CASE(what_runs_for_every_row_allocates_nothing, Roots)
{
    for (int i = 0; i < 50; ++i)
        roots.add("src/module" + std::to_string(i), "an id too long for a string's own buffer",
                  i == 0);
    std::size_t found = 0;
    const std::size_t before = allocations;
    for (const char *path : {"src/module42/some/file.ts", "src/module0/sub/file.ts",
                             "src/module0/x.ts", "no/such/module/of/a/long/path", "README.md", ""})
        found += is_normalized(path) && roots.find(path).kind == PathAnswer::Kind::module;
    found += roots.has("an id too long for a string's own buffer");
    const std::size_t after = allocations;
    BOOST_TEST(after == before);
    BOOST_TEST(found == 3);
}

BOOST_AUTO_TEST_CASE(a_module_without_root_answers_for_no_path)
{
    ModuleRoots roots;
    roots.add_rootless("first", false);
    roots.add_rootless("second", true);
    BOOST_TEST(roots.has("first"));
    BOOST_TEST(roots.has("second"));
    BOOST_REQUIRE(roots.default_id() != nullptr);
    BOOST_TEST(*roots.default_id() == "second");
    BOOST_TEST(static_cast<int>(roots.find("README.md").kind) == static_cast<int>(PathAnswer::Kind::use_default));
    BOOST_TEST(static_cast<int>(roots.find("lib").kind) == static_cast<int>(PathAnswer::Kind::create));
}

BOOST_AUTO_TEST_SUITE_END()

// Paths of modules, their roots and names: core/module_path.hpp.
#include "core/module_path.hpp"

#include "core/error.hpp"

#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

// What normalising makes of a path, or "22023: <detail>".
std::string normal(std::string_view path)
{
    try {
        return normalize_path(path);
    } catch (const Error &error) {
        BOOST_TEST(!is_normalized(path));
        BOOST_TEST(error.hint().find("relative to the project's root") != std::string::npos);
        return std::string(error.sqlstate()) + ": " + error.detail();
    }
}

// A path of so many bytes, in segments of 99.
std::string path_of(std::size_t bytes)
{
    std::string out(bytes, 'x');
    for (std::size_t at = 99; at + 1 < bytes; at += 100)
        out[at] = '/';
    return out;
}

const std::string climbs = "22023: It climbs above the project's root.";

} // namespace

BOOST_AUTO_TEST_SUITE(module_path)

BOOST_AUTO_TEST_CASE(spellings_of_one_path)
{
    for (const char *path :
         {"src/auth", "./src//auth/", "/src/auth", "src/x/../auth", "//src/auth", "src/./auth/.",
          "src/auth/x/..", "x/../src/auth", "x/y/../../src/auth/", "/./src/././auth//",
          "src/auth/../../src/auth"}) {
        BOOST_TEST(normal(path) == "src/auth", path);
        BOOST_TEST(is_normalized(path) == (std::string_view(path) == "src/auth"), path);
    }
}

BOOST_AUTO_TEST_CASE(spellings_of_the_root)
{
    for (const char *path : {"", "/", "//", "///", ".", "./", "/.", "./.", "a/..", "/a/../",
                             "a/b/../..", "./a/./.."}) {
        BOOST_TEST(normal(path) == "", path);
        BOOST_TEST(is_normalized(path) == (*path == '\0'), path);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_other_spelling)
{
    // Case, blanks, backslashes, characters and dots that are not "." or ".." alone are names.
    for (const char *path : {"a",
                             "Src/Auth",
                             "src/auth ",
                             " src",
                             " ",
                             "src\\auth",
                             "C:",
                             "~/src",
                             "...",
                             "a/.../b",
                             "a..b",
                             "..a",
                             "a..",
                             ".a",
                             "a.",
                             "....",
                             "a/..b/c",
                             "src/\xc3\xbc"
                             "ber/\xe6\xbc\xa2\xe5\xad\x97",
                             "\xf0\x9f\x98\x80/x",
                             "a\nb",
                             "%2e%2e/a"}) {
        BOOST_TEST(normal(path) == path, path);
        BOOST_TEST(is_normalized(path), path);
    }
    // The same letter, composed and decomposed: lexical means two.
    BOOST_TEST(normal("\xc3\xbc") != normal("u\xcc\x88"));
}

BOOST_AUTO_TEST_CASE(climbing_is_refused)
{
    for (const char *path :
         {"..", "../", "/..", "./..", "../a", "../../a", "a/../..", "a/../../a", "a/b/../../../a/b",
          "//..//", ".././a", "a/../../", "/../src/auth", "../..", ".../../.."})
        BOOST_TEST(normal(path) == climbs, path);
    BOOST_CHECK_EXCEPTION(normalize_path("a/../../b"), Error, [](const Error &error) {
        return error.what() == std::string("module path \"a/../../b\" leaves the project") &&
               error.sqlstate() == std::string("22023");
    });
}

BOOST_AUTO_TEST_CASE(length_is_that_of_the_normal_form)
{
    const std::string longest = path_of(max_path_bytes);
    BOOST_TEST(normal(longest) == longest);
    BOOST_TEST(is_normalized(longest));
    BOOST_TEST(normal("/" + longest + "/") == longest);
    BOOST_TEST(normal("./" + longest) == longest);
    BOOST_TEST(normal(longest + "/y/..") == longest);

    const std::string refusal = " bytes; at most 1024 are allowed.";
    BOOST_TEST(normal(path_of(max_path_bytes + 1)) == "22023: It has 1025" + refusal);
    BOOST_TEST(!is_normalized(path_of(max_path_bytes + 1)));
    BOOST_TEST(normal(longest + "/y") == "22023: It has 1026" + refusal);
    BOOST_TEST(normal(std::string(1025, 'x')) == "22023: It has 1025" + refusal);
    // Bytes, not characters.
    std::string umlauts;
    while (umlauts.size() < 1024)
        umlauts += "\xc3\xbc";
    BOOST_TEST(normal(umlauts) == umlauts);
    BOOST_TEST(normal(umlauts + "x") == "22023: It has 1025" + refusal);

    // The spelling may be four times as long, whatever it comes to.
    const std::size_t limit = 4 * max_path_bytes;
    BOOST_TEST(normal(std::string(limit, '/')) == "");
    BOOST_TEST(normal(std::string(limit - 1, '/') + "a") == "a");
    BOOST_TEST(normal(std::string(limit + 1, '/')) == "22023: It has 4097" + refusal);
    BOOST_TEST(normal("../" + std::string(limit, 'x')) == "22023: It has 4099" + refusal);
    BOOST_TEST(normal("../" + std::string(limit - 3, 'x')) == climbs);
}

BOOST_AUTO_TEST_CASE(module_root_is_a_folder)
{
    const auto root = [](const char *path) { return std::string(module_root(path)); };
    BOOST_TEST(root("src/auth") == "src/auth");
    BOOST_TEST(root("src/auth/login.ts") == "src/auth");
    BOOST_TEST(root("src") == "src");
    BOOST_TEST(root("README.md") == "");
    BOOST_TEST(root("") == "");
    BOOST_TEST(root("Makefile") == "Makefile"); // no dot: a folder, as far as words can tell
    // A dot anywhere in the last segment makes it a file's name, in another segment it does not.
    for (const char *path : {"a/.env", "a/x.", "a/v1.2", "a/...", "a/x..y"})
        BOOST_TEST(root(path) == "a", path);
    BOOST_TEST(root(".github") == "");
    BOOST_TEST(root(".github/workflows") == ".github/workflows");
    BOOST_TEST(root("v1.2/src") == "v1.2/src");
}

BOOST_AUTO_TEST_CASE(names_of_a_module)
{
    const auto names = [](const char *root) {
        std::string out;
        for (int attempt = 0; attempt < 6; ++attempt)
            out += (attempt == 0 ? "" : " ") + module_name(root, attempt);
        return out;
    };
    BOOST_TEST(names("src") == "src src-2 src-3 src-4 src-5 src-6");
    BOOST_TEST(names("src/auth") == "auth src/auth src/auth-2 src/auth-3 src/auth-4 src/auth-5");
    BOOST_TEST(names("a/b/c/d") == "d c/d b/c/d a/b/c/d a/b/c/d-2 a/b/c/d-3");
    // Names that look like further attempts are none.
    BOOST_TEST(names("a/a-2") == "a-2 a/a-2 a/a-2-2 a/a-2-3 a/a-2-4 a/a-2-5");
    BOOST_TEST(module_name("src", 2147483647) == "src-2147483648");
}

BOOST_AUTO_TEST_CASE(no_attempt_at_a_name_repeats_another)
{
    for (const std::string root : {"a", "a/a", "a/a/a", "a-2/a-2", "x/y/z/1/2/3"}) {
        std::set<std::string> seen;
        for (int attempt = 0; attempt < 50; ++attempt)
            BOOST_TEST(seen.insert(module_name(root, attempt)).second, root << " " << attempt);
    }
}

BOOST_AUTO_TEST_CASE(prefixes_of_a_path)
{
    using Views = std::vector<std::string_view>;
    BOOST_TEST((path_prefixes("a/bc/d.ts") == Views{"a/bc/d.ts", "a/bc", "a", ""}));
    BOOST_TEST((path_prefixes("a") == Views{"a", ""}));
    BOOST_TEST((path_prefixes("") == Views{""}));
}

BOOST_AUTO_TEST_SUITE_END()

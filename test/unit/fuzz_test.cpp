// The fuzz targets of test/fuzz, without libFuzzer: on their corpus, and on inputs made of it and
// of the words that mean something to them. The same ones every time.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

extern "C" int fuzz_key_ring(const std::uint8_t *data, std::size_t size);
extern "C" int fuzz_module_path(const std::uint8_t *data, std::size_t size);
extern "C" int fuzz_token(const std::uint8_t *data, std::size_t size);
extern "C" int fuzz_transitions(const std::uint8_t *data, std::size_t size);

namespace {

using Texts = std::vector<std::string>;
using Target = int (*)(const std::uint8_t *, std::size_t);

constexpr int random_inputs = 20'000;

Texts read_corpus(const std::string &target)
{
    std::map<std::string, std::string> by_name;
    for (const auto &file : std::filesystem::directory_iterator(TENANCY_FUZZ_CORPUS "/" + target)) {
        std::ifstream in(file.path(), std::ios::binary);
        by_name[file.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    Texts out;
    for (const auto &[name, content] : by_name)
        out.push_back(content);
    return out;
}

// What the target says against the input; "" if nothing.
std::string complaint(Target target, const std::string &input)
{
    // A copy of exactly this size, so that a sanitizer sees a step past its end.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    try {
        target(bytes.data(), bytes.size());
        return "";
    } catch (const std::exception &error) {
        return error.what() + std::string(", for: ") + input;
    }
}

void run(Target target, const std::string &name, const Texts &words)
{
    const Texts corpus = read_corpus(name);
    BOOST_TEST(corpus.size() >= 12);
    BOOST_TEST(complaint(target, "") == "");
    for (const std::string &input : corpus)
        BOOST_TEST(complaint(target, input) == "");

    std::mt19937_64 random(1);
    const auto below = [&](std::size_t limit) {
        return static_cast<std::size_t>(random() % limit);
    };
    std::string first;
    for (int i = 0; i < random_inputs && first.empty(); ++i) {
        std::string input = below(4) == 0 ? corpus[below(corpus.size())] : "";
        for (std::size_t changes = below(24); changes > 0; --changes) {
            const std::string word = below(8) == 0 ? std::string(1, static_cast<char>(random()))
                                                   : words[below(words.size())];
            const std::size_t at = below(4) == 0 ? below(input.size() + 1) : input.size();
            input.replace(at, below(8) == 0 ? below(4) : 0, word);
        }
        first = complaint(target, input);
    }
    BOOST_TEST(first == "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(fuzz)

BOOST_AUTO_TEST_CASE(key_ring)
{
    run(fuzz_key_ring, "key_ring",
        {"{",
         "}",
         "[",
         "]",
         ",",
         ":",
         "\"",
         "\"kid\":\"b\"",
         "\"d\":1",
         "\"use\":\"sig\"",
         "\"key_ops\":[\"verify\"]",
         "{}",
         "null",
         "HS256",
         "ES256",
         "EdDSA",
         "oct",
         "EC",
         "OKP",
         "A",
         "_",
         "=",
         "\n"});
}

BOOST_AUTO_TEST_CASE(module_path)
{
    run(fuzz_module_path, "module_path",
        {"/", "/", "/", ".", "..", "...", "/../", "/./", "//", "a", "b", "a/b", "src", "x.ts", "\n",
         "\n!", "\xc3\xbc"});
}

BOOST_AUTO_TEST_CASE(token)
{
    run(fuzz_token, "token",
        {"c",
         "h",
         "\n",
         ".",
         "{",
         "}",
         "[",
         "]",
         ",",
         ":",
         "\"",
         "-",
         "e9",
         "0",
         "1",
         ".5",
         "null",
         "{\"exp\":1700003600}",
         ",\"aud\":\"db\"",
         ",\"tenant_id\":7",
         ",\"iat\":1700000000",
         ",\"sub\":\"\\u0000\"",
         ",\"typ\":\"jwt\""});
}

BOOST_AUTO_TEST_CASE(transitions)
{
    run(fuzz_transitions, "transitions",
        {"->",          " -> ", " -> ", "<->", " <-> ", "|",      " | ",     ";",
         "; ",          "any",  "a",    "b",   "c",     "d",      " ",       "\n",
         "in-progress", "-",    "<",    ">",   ",",     "a -> b", "; c -> d"});
}

BOOST_AUTO_TEST_SUITE_END()

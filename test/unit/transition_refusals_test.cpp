// Texts that are no rules of transitions: core/transitions.hpp.
#include "core/transitions.hpp"

#include "core/error.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

// The detail of the refusal, or "accepted".
std::string problem(std::string_view rules)
{
    try {
        const Transitions transitions(rules);
        return "accepted";
    } catch (const Error &error) {
        BOOST_TEST(error.sqlstate() == std::string_view("22023"));
        BOOST_TEST(error.hint() == "Write them like 'draft -> open <-> paused; any -> closed'.");
        BOOST_TEST(std::string(error.what()).starts_with("not rules of transitions: \""));
        return error.detail();
    }
}

// "s0<separator>s1..." of so many different states
std::string many(std::size_t states, const std::string &separator)
{
    std::string out = "s0";
    for (std::size_t i = 1; i < states; ++i)
        out += separator + "s" + std::to_string(i);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(transition_refusals)

BOOST_AUTO_TEST_CASE(everything_else_is_refused)
{
    for (const char *rules :
         {"", " ", "\n", ";", ";;", " ; ", "a", "any", "a;", "a; b", "a b", "a -> b c", "a b -> c",
          "a -> b c -> d", "a ->", "a -> ;", "-> b", "->", "<->", "a <->", "<-> b", "a -> -> b",
          "a -> b ->", "a -> b <->", "a -> b;; b -> c", "; a -> b", "a -> b; ;", "a -> b; c", "|",
          "a |", "a | b", "| a -> b", "a | -> b", "a -> | b", "a -> b |", "a || b -> c", "a | | b",
          "a | | b -> c", "a -> b | | c", "a -> b |; c -> d", "any -> any", "a -> any", "a <-> any",
          "any <-> a", "a -> b | any", "a | any <-> b", "a -> b -> any", "any -> b <-> any",
          // arrows people might write instead
          "a > b", "a < b", "a <- b", "a <-b", "a<-b", "a => b", "a=>b", "a >> b", "a -->",
          "a --> b", "a-->b", "a <--> b", "a<-->b", "a ->> b", "a->>b", "a ->- b", "a->-b",
          "a - > b", "a < - > b", "a <-> > b", "a <> b", "a to b", "a \xe2\x86\x92 b",
          "a\xe2\x86\x92"
          "b",
          "-", "- -> b", "a -> -", "-a -> b", "a -> b-", "a--b", "a-|b -> c",
          // alternatives they might write instead
          "a, b -> c", "a,b -> c", "a -> b, c", "a -> b,c", ", -> a", "a -> b,", "a / b"})
        BOOST_TEST(problem(rules) != "accepted", "accepted: '" << rules << "'");
}

BOOST_AUTO_TEST_CASE(refusals_say_what_is_wrong)
{
    BOOST_TEST(problem("") == "A state is missing at the end.");
    BOOST_TEST(problem("a ->") == "A state is missing at the end.");
    BOOST_TEST(problem("-> b") == "A state is missing before \"->\".");
    BOOST_TEST(problem("a -> | b") == "A state is missing before \"|\".");
    BOOST_TEST(problem(";") == "A state is missing before \";\".");
    BOOST_TEST(problem("a") == "\"a\" leads nowhere.");
    BOOST_TEST(problem("a > b") == "\"a\" leads nowhere.");
    BOOST_TEST(problem("a -> b c") == "\"c\" is not expected there.");
    BOOST_TEST(problem("a -> b, c") == "\",\" is not expected there.");
    BOOST_TEST(problem("any <-> a") == "Nothing can lead to any state.");
    BOOST_TEST(problem("a-->b") == "\"a-\" is no state: a hyphen stands at its end or beginning.");
}

BOOST_AUTO_TEST_CASE(limits)
{
    const std::string longest = "a -> " + std::string(max_rules_bytes - 5, 'b');
    BOOST_TEST(problem(longest) == "accepted");
    BOOST_TEST(problem(longest + "b") == "They have 8193 bytes; at most 8192 are allowed.");
    const std::string too_many = "There are more than 256 states.";
    BOOST_TEST(problem(many(max_states, " -> ")) == "accepted");
    BOOST_TEST(problem(many(max_states + 1, " -> ")) == too_many);
    BOOST_TEST(problem(many(max_states, " | ") + " -> s0") == "accepted");
    BOOST_TEST(problem(many(max_states, " | ") + " -> x") == too_many);
    BOOST_TEST(problem(many(max_states + 2, " | ")) == too_many);
    BOOST_TEST(problem("any | " + many(max_states, " | ") + " -> s0") == "accepted");
    // The largest that is accepted
    const Transitions all(many(max_states, "|") + "->" + many(max_states, "|"));
    BOOST_TEST(all.after("s7").size() == max_states - 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_quotes_no_part_of_a_character)
{
    // Three bytes each, from every phase: a cut after 200 bytes falls into a character.
    for (const char *start : {"", "a", "ab"}) {
        std::string rules = start;
        while (rules.size() < 400)
            rules += "\xe6\xbc\xa2";
        for (const std::string &text : {rules, rules + " " + rules, "x " + rules}) {
            try {
                const Transitions transitions(text);
                BOOST_ERROR("accepted");
            } catch (const Error &error) {
                for (const std::string &said : {std::string(error.what()), error.detail()})
                    for (std::size_t at = 0; at < said.size(); ++at)
                        if (said[at] == '\xe6') {
                            BOOST_TEST(said.substr(at, 3) == "\xe6\xbc\xa2");
                            at += 2;
                        } else
                            BOOST_TEST(static_cast<unsigned char>(said[at]) < 0x80);
                BOOST_TEST(std::string(error.what()).size() < 250);
                BOOST_TEST(error.detail().size() < 250);
            }
        }
    }
    // Whole where nothing forbids it
    for (const std::string &start : {std::string(199, 'a') + " ", std::string(200, 'a')})
        BOOST_CHECK_EXCEPTION(Transitions(start + "\xe6\xbc\xa2"), Error, [&](const Error &error) {
            return error.what() == "not rules of transitions: \"" + start + "...\"";
        });
}

BOOST_AUTO_TEST_SUITE_END()

// Random schemas are adopted, interrupted anywhere, and adopted again: the end is the same, and final.

#include "adoption_builder.hpp"

#include <random>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(adoption_random)

namespace {

const Texts odd_names = {"users", "Order", "a b", "x\"y", "it's", "back\\slash", "$step$", "100%", "select",
                         std::string(63, 'n'), std::string(62, 'm') + "q", "a", "a_b", "\xc3\xa4rger\xe2\x82\xac",
                         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"};

class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_); }
    bool one_in(std::size_t n) { return below(n) == 0; }

  private:
    std::mt19937 engine_;
};

struct Case {
    AdoptionBuilder built;
    unsigned dirt; // one question to rows in so many finds some; 0: none
};

void add_references(Dice &dice, AdoptionBuilder &built, std::vector<TableBuilder> &tables)
{
    std::vector<TableId> children;
    std::size_t serial = 0;
    for (std::size_t i = 0; i < tables.size(); ++i)
        for (std::size_t n = dice.below(4); n > 0; --n) {
            TableBuilder &parent = tables[dice.one_in(3) ? dice.below(tables.size()) : dice.below(i + 1)];
            const std::string column = dice.one_in(3) ? odd_names[dice.below(odd_names.size())] + std::to_string(serial) : "ref" + std::to_string(serial);
            ++serial;
            if (column.size() > 63)
                continue;
            ForeignKey &key = built.refer(tables[i], column, parent, dice.one_in(2));
            key.name = dice.one_in(3) ? std::string(50 + dice.below(8), 'k') + std::to_string(serial) : "fk" + std::to_string(serial);
            key.sql = quoted(key.name);
            key.on_delete = "acnr"[dice.below(4)];
            key.deferrable = dice.one_in(5);
            key.validated = !dice.one_in(10);
            key.crossing = dice.one_in(12) ? 'o' : dice.one_in(12) ? 'a' : 'n';
            if (dice.one_in(15))
                key.on_update = 'n';
        }
}

Case random_case(unsigned seed)
{
    Dice dice(seed);
    const KeyType types[] = {KeyType::uuid, KeyType::text, KeyType::bigint};
    Case out{AdoptionBuilder(types[dice.below(3)]), dice.one_in(2) ? 0u : 3u};
    AdoptionBuilder &built = out.built;
    const std::string type = key_type_name(built.schema.key_type);
    Texts names = odd_names;
    std::vector<TableBuilder> tables;
    for (std::size_t count = 2 + dice.below(6); tables.size() < count;) {
        const std::size_t pick = dice.below(names.size());
        const bool partitioned = dice.one_in(4);
        TableBuilder one = built.plain(names[pick], "app", partitioned ? 'p' : 'r');
        names.erase(names.begin() + static_cast<std::ptrdiff_t>(pick));
        if (dice.one_in(3)) {
            one.column("tenant_id", type);
            if (dice.one_in(3))
                one.not_null();
            if (dice.one_in(2))
                built.to_tenants(one);
        } else if (dice.one_in(3)) {
            built.refer(one, "owner", TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid)), dice.one_in(2));
        }
        tables.push_back(one);
    }
    add_references(dice, built, tables);
    std::size_t serial = 0;
    for (TableBuilder &one : tables) {
        if (one->kind == 'p')
            for (std::size_t n = dice.below(3); n > 0; --n) {
                TableBuilder part = built.part("part" + std::to_string(serial++), one, dice.one_in(4) ? 'p' : 'r');
                if (part->kind == 'p' && dice.one_in(2))
                    built.part("leaf" + std::to_string(serial++), part);
            }
        else if (dice.one_in(8))
            built.part("heir" + std::to_string(serial++), one)->partition = false;
        if (one->kind == 'r' && one->column("tenant_id") != nullptr && dice.one_in(3)) {
            one.index({"tenant_id", "id"}, true);
            one->indexes.back().valid = false; // left by a build that failed
        }
        if (dice.one_in(6))
            built.request.fallbacks[one.oid()] = "the'one";
        if (FoundPaths found = built.derivations().paths(*one.operator->()); found.paths.size() > 1 && dice.one_in(2))
            built.request.rules.push_back({one.oid(), path_texts(found.paths, "app")});
    }
    if (dice.one_in(3))
        built.request.not_null = dice.one_in(2);
    built.spread_references();
    for (auto &[oid, table] : built.schema.tables)
        for (Index &index : table.indexes)
            index.name = "i" + std::to_string(serial++);
    return out;
}

// The same question is answered the same way, however often it is asked.
std::function<long(const std::string &)> answers(unsigned seed, unsigned dirt)
{
    return [seed, dirt](const std::string &question) {
        const std::size_t hash = std::hash<std::string>()(question + std::to_string(seed));
        return dirt != 0 && hash % dirt == 0 ? 7L : 0L;
    };
}

// The lines of one that the other does not have.
std::string difference(const std::string &one, const std::string &other)
{
    std::string out;
    for (const auto &[from, in, sign] : {std::tuple(one, other, "+ "), std::tuple(other, one, "- ")})
        for (std::size_t at = 0; at < from.size(); at = from.find('\n', at) + 1) {
            const std::string line = from.substr(at, from.find('\n', at) - at);
            if (in.find(line + "\n") == std::string::npos)
                out += sign + line + "\n";
        }
    return out;
}

Schema finish(const AdoptionBuilder &built, OnlineRunner &runner)
{
    BOOST_REQUIRE(runner.run(built.plan_of(runner.schema)));
    return runner.schema;
}

void interrupted(const Case &given, unsigned seed, const std::string &whole, int at)
{
    OnlineRunner runner(given.built.schema);
    runner.rows = answers(seed, given.dirt);
    (void)runner.run(given.built.plan(), at);
    // Twice: the repair can be interrupted, too.
    (void)runner.run(given.built.plan_of(runner.schema), at % 3);
    (void)finish(given.built, runner);
    // With a column here and none there yet, circles may need a rule: that is told, and nothing is guessed.
    if (runner.state() != whole && !noted(given.built.plan_of(runner.schema), "without a rule"))
        BOOST_ERROR("after " << at << ":\n" << difference(runner.state(), whole));
}

} // namespace

BOOST_AUTO_TEST_CASE(an_interrupted_adoption_ends_as_one_that_was_not)
{
    for (unsigned seed = 0; seed < 300; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed)
        {
            const Case given = random_case(seed);
            OnlineRunner runner(given.built.schema);
            runner.rows = answers(seed, given.dirt);
            const Plan plan = given.built.plan();
            BOOST_REQUIRE(runner.run(plan));
            const std::string whole = runner.state();
            const Plan again = given.built.plan_of(runner.schema);
            if (given.dirt == 0)
                for (const Step &step : again.steps)
                    BOOST_TEST((step.optional || step.phase == "backfill"), step.sql);
            for (const Step &step : again.steps)
                if (given.dirt == 0 && given.built.request.not_null.value_or(false))
                    BOOST_TEST(false, step.sql);
            BOOST_REQUIRE(runner.run(again));
            if (runner.state() != whole)
                BOOST_ERROR("again:\n" << difference(runner.state(), whole));
            const int last = plan.steps.empty() ? 0 : transactions(plan).back().first;
            if (seed < 40)
                for (int at = 0; at < last; ++at)
                    interrupted(given, seed, whole, at);
            else
                for (int n = 0; n < 4; ++n)
                    interrupted(given, seed, whole, static_cast<int>((seed * 7919u + static_cast<unsigned>(n) * 104729u) % static_cast<unsigned>(last + 1)));
        }
}

BOOST_AUTO_TEST_CASE(phases_come_in_their_order_and_once)
{
    const Texts order = {"columns", "fill", "backfill", "keys", "not_null", "references"};
    for (unsigned seed = 0; seed < 300; ++seed) {
        const Plan plan = random_case(seed).built.plan();
        std::size_t at = 0;
        for (const std::string &phase : phases_of(plan)) {
            const auto found = std::find(order.begin() + static_cast<std::ptrdiff_t>(at), order.end(), phase);
            BOOST_REQUIRE_MESSAGE(found != order.end(), phase << " in seed " << seed);
            at = static_cast<std::size_t>(found - order.begin()) + 1;
        }
        for (const Step &step : plan.steps)
            BOOST_TEST((!step.alone || !step.check)); // nobody would ask
    }
}

BOOST_AUTO_TEST_SUITE_END()

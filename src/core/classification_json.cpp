// Classification over the border: requests come in and verdicts go out as JSON.

#include "core/classification_rows.hpp"
#include "core/derivation_text.hpp"
#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

std::vector<std::string> texts(const Json &from)
{
    std::vector<std::string> out;
    for (const Json &item : from.get_ref<const Json::array_t &>()) {
        if (item.is_null())
            throw Error("22004", "a derivation path is NULL", "",
                        "SELECT tenancy.set_derivation(target, NULL); takes a rule back.");
        out.push_back(item.get<std::string>());
    }
    return out;
}

struct Request {
    std::string schema_name, column, column_sql;
    std::vector<Rule> rules;
    TableId only = 0;
    int max_rows = 0;
    bool questions = false;
};

Request read_request(const Json &from)
{
    Request out;
    out.schema_name = from.at("schema").get<std::string>();
    out.column = from.at("column").get<std::string>();
    out.column_sql = from.at("column_sql").get<std::string>();
    for (const Json &rule : from.at("rules").get_ref<const Json::array_t &>())
        out.rules.push_back({rule.at("target").get<TableId>(), texts(rule.at("paths"))});
    out.only = from.at("only").get<TableId>();
    out.max_rows = from.at("max_rows").get<int>();
    out.questions = from.at("questions").get<bool>();
    return out;
}

Counts read_counts(const Json &from)
{
    const auto count = [&](const char *name) { return from.value(name, std::int64_t{0}); };
    return {count("rows"),    count("null_tenants"), count("derivable"), count("conflicting"),
            count("orphans"), count("waiting"),      count("unknown"),   count("crossing"),
            count("tenants"), count("taken"),        count("taken_split")};
}

Json counts_json(const Subject &subject, const Counts &counts)
{
    Json out = {{"rows", counts.rows}};
    if (!subject.question.rows_only)
        out.update({{"null_tenants", counts.null_tenants},
                    {"derivable", counts.derivable},
                    {"conflicting", counts.conflicting},
                    {"orphans", counts.orphans},
                    {"crossing", counts.crossing}});
    return out;
}

// Why rows lack their tenant, and which.
Json lacks_json(const Derivations &derivations, const Subject &subject, const Counts &counts)
{
    Json out = Json::array();
    const Question &question = subject.question;
    const auto lack = [&](const char *reason, std::int64_t rows, Lack kind) {
        if (rows > 0)
            out.push_back({{"reason", reason}, {"rows", rows}, {"sql", lack_sql(derivations, question, kind)}});
    };
    const bool pathless = question.paths.empty();
    if (subject.kind == TableKind::root)
        return out;
    lack("tenant does not exist", counts.unknown, Lack::unknown);
    if (subject.kind == TableKind::guarded)
        return out;
    if (question.rows_only) {
        if (subject.pathless && counts.rows > 0)
            out.push_back({{"reason", "no path"}, {"rows", counts.rows}, {"sql", "SELECT t.*\nFROM " + subject.table->sql + " AS t"}});
        return out;
    }
    lack("derivable", counts.derivable - counts.taken, Lack::derivable);
    lack("key is taken", counts.taken + counts.taken_split, Lack::taken);
    lack(question.decided ? "parents disagree, the rule decides" : "parents disagree", counts.conflicting - counts.taken_split,
         Lack::conflicting);
    lack("parents have no tenant yet", counts.waiting, Lack::waiting);
    lack(pathless ? "no path" : "parents are NULL", counts.orphans - counts.waiting, Lack::parents_null);
    return out;
}

void take_rows(const Json &from, RowsInHand &hand)
{
    for (const auto &[oid, table] : from.items()) {
        std::vector<Row> rows;
        for (const Json &row : table) {
            Row &made = rows.emplace_back();
            for (const Json &value : row)
                made.push_back(value.is_null() ? Value() : Value(value.get<std::string>()));
        }
        TableId known = 0;
        if (std::from_chars(oid.data(), oid.data() + oid.size(), known).ec == std::errc())
            hand.take(known, std::move(rows));
    }
}

Json reads_json(const RowsInHand &hand)
{
    Json out = Json::array();
    for (const TableId table : hand.tables())
        out.push_back({{"oid", table}, {"sql", hand.read_sql(table)}, {"max_rows", hand.max_rows(table)}});
    return out;
}

Json subject_json(const Derivations &derivations, Subject &subject, const Json *answer, const RowsInHand &hand, bool questions)
{
    std::optional<Counts> known;
    if (answer != nullptr && !answer->at("counts").is_null())
        known = read_counts(answer->at("counts"));
    else if (answer == nullptr && subject.countable)
        known = hand.count(subject.question);
    const bool counted = known.has_value();
    const Counts counts = known.value_or(Counts());
    if (counted)
        verdict(derivations, counts, subject);
    else if (answer != nullptr)
        subject.reason += (subject.reason.empty() ? "not counted: " : "; not counted: ") + answer->at("trouble").get<std::string>();
    const Question &question = subject.question;
    Json out = {{"oid", subject.table->oid},
                {"kind", table_kind_name(subject.kind)},
                {"column", question.column == nullptr ? Json(nullptr) : Json(question.column->name)},
                {"paths", path_texts(question.paths, subject.table->schema)},
                {"reason", subject.reason},
                {"next", subject.next_command.empty() ? Json(nullptr) : Json(subject.next_command)},
                {"counts", counted ? counts_json(subject, counts) : Json(nullptr)}};
    if (questions && subject.countable) {
        out["count_sql"] = count_sql(derivations, question);
        for (const TableId table : hand.tables_of(question))
            out["needs"].push_back(std::to_string(table));
    }
    if (counted)
        out["lacks"] = lacks_json(derivations, subject, counts);
    return out;
}

} // namespace

std::string classification_as_json(std::string_view snapshot, std::string_view request)
{
    const Schema schema = read_schema(snapshot);
    try {
        const Json given = Json::parse(request);
        const Request asked = read_request(given);
        Derivations derivations(schema, asked.column, asked.column_sql);
        const std::vector<StaleRule> stale = apply_rules(derivations, asked.rules);
        Classification found = classify(derivations, asked.schema_name, stale, asked.only);
        std::map<TableId, const Json *> answers;
        if (const Json &all = given.at("answers"); !all.is_null())
            for (const Json &answer : all)
                answers.emplace(answer.at("oid").get<TableId>(), &answer);
        RowsInHand hand(derivations);
        if (asked.questions)
            for (const Subject &subject : found.subjects)
                if (subject.countable)
                    hand.want(subject.question);
        const bool first = asked.questions && given.at("answers").is_null();
        if (!first && given.contains("rows"))
            take_rows(given.at("rows"), hand);
        Json tables = Json::array(), out;
        for (Subject &subject : found.subjects) {
            if (asked.only != 0 && subject.countable)
                out["conflicts_sql"] = conflicts_sql(derivations, subject.question, asked.max_rows);
            const auto answer = answers.find(subject.table->oid);
            tables.push_back(subject_json(derivations, subject, answer == answers.end() ? nullptr : answer->second, hand, first));
        }
        if (first)
            out["reads"] = reads_json(hand);
        out["notes"] = found.notes;
        out["tables"] = std::move(tables);
        return out.dump();
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a request for a classification", problem.what());
    }
}

std::string rule_as_json(std::string_view snapshot, std::string_view request)
{
    const Schema schema = read_schema(snapshot);
    try {
        const Json given = Json::parse(request);
        const Json &target = given.at("target");
        const std::string kind = target.at("kind").get<std::string>();
        const TargetName name{target.at("oid").get<TableId>(), target.at("name").get<std::string>(), kind.empty() ? ' ' : kind.front()};
        const std::vector<std::string> paths = texts(given.at("paths"));
        const Json &said = given.at("column");
        require_derivable(Derivations(schema, "", ""), name);
        const Table &table = *schema.table(name.oid);
        std::string column = said.is_null() ? tenant_column_meant(schema, table, paths) : said.get<std::string>();
        const Derivations derivations(schema, column, column);
        Json out = Json::array();
        for (const std::string &text : paths) {
            const Json kept = path_text(read_path(derivations, table, text), table.schema);
            if (std::find(out.begin(), out.end(), kept) != out.end())
                throw Error("22023", "path " + kept.get<std::string>() + " is there twice", "",
                            "The first path that gives a tenant wins: name each once.");
            out.push_back(kept);
        }
        return out.dump();
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a request for a rule", problem.what());
    }
}

} // namespace tenancy::core

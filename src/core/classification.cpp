// What the schema alone tells of a table.

#include "core/classification_parts.hpp"

#include "core/derivation_text.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

const char *table_kind_name(TableKind kind)
{
    static const char *const names[] = {"root",   "direct",   "derived",   "hybrid",
                                        "shared", "settings", "ambiguous", "protected"};
    return names[static_cast<std::size_t>(kind)];
}

std::vector<StaleRule> apply_rules(Derivations &derivations, const std::vector<Rule> &rules)
{
    std::vector<StaleRule> stale;
    for (const Rule &rule : rules) {
        const Table *table = derivations.schema().table(rule.target);
        if (table == nullptr)
            continue; // dropped since
        try {
            std::vector<Path> paths;
            for (const std::string &text : rule.paths)
                paths.push_back(read_path(derivations, *table, text, true));
            derivations.decide(rule.target, std::move(paths));
        } catch (const Error &error) {
            stale.push_back({rule.target, error.what()});
        }
    }
    return stale;
}

namespace {

// What protected tables and settings share with direct ones: references that should stay inside.
std::vector<Path> inner_references(const Derivations &derivations, const Table &table,
                                   const Column &column)
{
    std::vector<Path> out;
    for (const ForeignKey *key : derivations.references(table.oid)) {
        if (key->parent == derivations.schema().tenant_table.oid || derivations.reduced(*key))
            continue;
        std::optional<Path> path = derivations.path_by(*key);
        if (!path)
            continue;
        bool carried = false; // the tenant is part of the key
        for (std::size_t i = 0; i < key->child_columns.size(); ++i)
            carried = carried || (key->child_columns[i] == column.name && path->hops.size() == 1 &&
                                  key->parent_columns[i] == path->column);
        if (!carried)
            out.push_back(std::move(*path));
    }
    return out;
}

// Tables whose rows are not read: of an application's role, whose code would run, or on another server.
// Each with all that it is a part of.
using Untrusted = std::map<TableId, const Table *>;

Untrusted untrusted_tables(const Schema &schema)
{
    Untrusted out;
    for (const auto &[oid, table] : schema.tables) {
        if (!table.of_application && table.kind != 'f')
            continue;
        std::vector<const Table *> open{&table};
        for (std::size_t i = 0; i < open.size(); ++i)
            if (out.emplace(open[i]->oid, &table).second)
                for (const TableId parent : open[i]->parents)
                    if (const Table *above = schema.table(parent))
                        open.push_back(above);
    }
    return out;
}

const Table *not_to_read(const Untrusted &untrusted, const Subject &subject)
{
    const auto search = [&](const Table &table) {
        const auto found = untrusted.find(table.oid);
        return found == untrusted.end() ? nullptr : found->second;
    };
    if (const Table *found = search(*subject.table))
        return found;
    for (const auto *paths : {&subject.question.paths, &subject.question.references})
        for (const Path &path : *paths)
            for (const Table *table : path.tables)
                if (const Table *found = search(*table))
                    return found;
    return nullptr;
}

// A column of that name that cannot hold the tenant.
void of_wrong_type(const Derivations &derivations, const Column &column, Subject &subject)
{
    const std::string key = key_type_name(derivations.schema().key_type);
    subject.kind = TableKind::ambiguous;
    subject.question.rows_only = true;
    const bool collated = comparable(derivations.schema().key_type, column.type);
    subject.reason = "column " + column.sql + (collated ? " is compared by a nondeterministic collation"
                                                        : " is of type " + column.type + ", tenant ids are of type " + key);
    for (const ForeignKey *reference : derivations.references(subject.table->oid))
        if (reference->child_columns == std::vector{column.name}) {
            // Another application's key, or the tenants stand elsewhere: its type is right.
            const Table &parent = *derivations.schema().table(reference->parent);
            subject.reason += "; it refers to " + parent.sql;
            subject.next_command = "SELECT tenancy.use_tenant_table(" + quoted_literal(parent.sql) + ", " + quoted_literal(reference->parent_columns.front()) + ");";
            return;
        }
    subject.next_command = "ALTER TABLE " + subject.table->sql + " ALTER COLUMN " + column.sql + " TYPE " +
                           (collated ? column.type + " COLLATE \"C\";" : key + " USING " + column.sql + "::" + key + ";");
}

void with_column(const Derivations &derivations, const Column &column, bool referred, Subject &subject)
{
    Question &question = subject.question;
    question.references = inner_references(derivations, *subject.table, column);
    const bool unique = unique_by(*subject.table, column);
    subject.one_row = unique || (question.paths.empty() && !referred && named_like_settings(derivations, *subject.table, column));
    question.distinct_tenants =
        subject.one_row || (!referred && subject.table->rows <= max_rows_of_settings);
    if (!column.not_null && !subject.one_row)
        return;
    if (subject.kind == TableKind::direct)
        subject.next_command = protect_sql(derivations, *subject.table);
    if (subject.kind == TableKind::direct && subject.one_row) {
        subject.kind = TableKind::settings;
        subject.reason = unique ? "one row per tenant, by a unique key" : "one row per tenant, by its name";
    } else if (column.not_null) {
        subject.reason = "every row has its tenant";
    }
}

Subject subject_of(const Derivations &derivations, const Table &table, bool referred,
                   const Untrusted &untrusted, const std::string *stale)
{
    Subject out;
    Question &question = out.question;
    out.table = question.table = &table;
    const Protection now = protection_of(derivations.schema(), table);
    const Column *named = table.column(derivations.tenant_column());
    question.column = derivations.tenant_of(table);
    if (table.oid == derivations.schema().tenant_table.oid || table.kind == 'f' ||
        now.kind == Protection::Kind::shared) {
        const bool root = table.oid == derivations.schema().tenant_table.oid;
        out.kind = root ? TableKind::root : TableKind::shared;
        out.reason = root ? "the tenant table" : table.kind == 'f' ? "a foreign table: protect it on its own server" : "shared already";
        question.rows_only = true;
    } else if (now.kind == Protection::Kind::tenant) {
        out.kind = TableKind::guarded;
        out.reason = "protected by column " + column_sql(table, now.column);
        if (question.column != nullptr)
            question.references = inner_references(derivations, table, *question.column);
    } else if (question.column == nullptr && named != nullptr) {
        of_wrong_type(derivations, *named, out);
    } else {
        const auto *decided = derivations.decided(table.oid);
        if (decided != nullptr) {
            question.paths = *decided;
        } else if (question.column == nullptr || !question.column->not_null) {
            FoundPaths found = derivations.paths(table);
            question.paths = std::move(found.paths);
            out.capped = found.capped;
        }
        if (question.column != nullptr && question.column->not_null)
            question.paths.clear();
        classify_by_paths(derivations, decided != nullptr, out);
        if (question.column != nullptr)
            with_column(derivations, *question.column, referred, out);
    }
    if (stale != nullptr) {
        out.stale = true;
        out.kind = TableKind::ambiguous;
        out.reason = "its rule does not hold any more: " + *stale;
        out.next_command = question.paths.empty()
                               ? "SELECT tenancy.set_derivation(" + quoted_literal(table.sql) + ", NULL);"
                               : set_derivation_sql(derivations, table, question.paths);
    }
    if (const Table *other = not_to_read(untrusted, out)) {
        out.countable = false;
        if (other->of_application) {
            out.reason += (out.reason.empty() ? "" : "; ") + std::string("not counted: ") + other->sql + " belongs to " + other->owner + ", a role of an application";
            out.next_command = "ALTER TABLE " + other->sql + " OWNER TO a_role_that_is_not_enrolled;";
        }
    }
    return out;
}

} // namespace

Classification classify(const Derivations &derivations, const std::string &schema_name,
                        const std::vector<StaleRule> &stale, TableId only)
{
    Classification out;
    const Schema &schema = derivations.schema();
    if (schema.key_type == KeyType::unknown)
        throw Error("42804", "there is no tenant table", "It was dropped, or its key is of a type that tenant ids cannot have.",
                    "SELECT tenancy.use_tenant_table('the_table_with_one_row_per_tenant', 'id');");
    const Untrusted untrusted = untrusted_tables(schema);
    std::set<TableId> referred;
    for (const ForeignKey &key : schema.foreign_keys)
        if (key.child != key.parent)
            referred.insert(key.parent);
    for (const auto &[oid, table] : schema.tables) {
        const bool root = oid == schema.tenant_table.oid;
        if (only != 0 ? oid != only : table.schema != schema_name || !table.parents.empty() || (table.of_extension && !root))
            continue;
        const std::string *why = nullptr;
        for (const StaleRule &rule : stale)
            if (rule.target == oid)
                why = &rule.why;
        out.subjects.push_back(subject_of(derivations, table, referred.contains(oid), untrusted, why));
    }
    std::sort(out.subjects.begin(), out.subjects.end(), [](const Subject &a, const Subject &b) { return a.table->name < b.table->name; });
    explain_pathless(derivations, schema_name, out);
    note_names(derivations, schema_name, out);
    return out;
}

void require_derivable(const Derivations &derivations, const TargetName &target)
{
    const Table *part = derivations.schema().table(target.oid);
    if (part != nullptr && !part->parents.empty())
        throw Error("42809", part->sql + " is a part of " + derivations.root_of(*part).sql,
                    "A table is treated together with all that inherits from it.",
                    "SELECT tenancy.set_derivation(" + quoted_literal(derivations.root_of(*part).sql) + ", ...);");
    const Table &table = require_table(derivations.schema(), target, "given a rule");
    const Protection now = protection_of(derivations.schema(), table);
    const bool root = table.oid == derivations.schema().tenant_table.oid;
    if (root || now.kind == Protection::Kind::shared)
        throw Error("42809", "table " + table.sql + (root ? " is the tenant table" : " is shared"),
                    "Its rows do not belong to one tenant.",
                    root ? "SELECT tenancy.set_derivation('the_table_with_the_rows_of_tenants', ...);"
                         : "SELECT tenancy.unprotect(" + quoted_literal(table.sql) + ");");
}

} // namespace tenancy::core

// What the data adds to what the schema tells.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

std::string number(std::int64_t count, const char *one, const char *many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

void add(std::string &reason, const std::string &more)
{
    reason += (reason.empty() ? "" : "; ") + more;
}

// Rows without tenant, and what becomes of them.
std::string lacking(const Counts &counts, bool decided)
{
    std::string out = std::to_string(counts.null_tenants) + " of " +
                      number(counts.rows, "row", "rows") + " without tenant: " +
                      std::to_string(counts.derivable) + " derivable";
    if (counts.conflicting > 0)
        out += ", " + std::to_string(counts.conflicting) +
               (decided ? " conflicting that your rule decides" : " conflicting");
    if (counts.orphans > 0)
        out += ", " + number(counts.orphans, "orphan", "orphans");
    if (counts.waiting > 0)
        out += " (" + std::to_string(counts.waiting) + (counts.waiting == 1 ? " waits" : " wait") +
               " for a parent that has no tenant yet)";
    if (const std::int64_t taken = counts.taken + counts.taken_split; taken > 0)
        out += "; " + number(taken, "row would take a key", "rows would take keys") + " of another row";
    return out;
}

// No rule, and rows whose tenant depends on it.
void ask_about_parents(const Derivations &derivations, const Counts &counts, Subject &subject)
{
    if (subject.undecided && counts.conflicting == 0) {
        add(subject.reason, "they never disagree in " + number(counts.null_tenants, "row", "rows"));
    } else {
        if (!subject.undecided && !ask_the_parent(derivations, subject.question.paths, subject)) {
            subject.reason = "parents without a rule: " + first_columns(subject.question.paths);
            subject.next_command = set_derivation_sql(derivations, *subject.table, subject.question.paths);
        }
        add(subject.reason, "they disagree in " + number(counts.conflicting, "row", "rows") + ", which tenancy.conflicts() shows");
    }
    subject.kind = TableKind::ambiguous;
}

void of_settings(const Derivations &derivations, const Counts &counts, Subject &subject)
{
    const std::int64_t further = counts.rows - counts.null_tenants - counts.tenants;
    if (further == 0)
        return;
    if (further >= counts.tenants) {
        // The name has misled: tenants have several rows each.
        subject.kind = TableKind::direct;
        subject.reason = "every row has its tenant";
        subject.next_command = protect_sql(derivations, *subject.table);
        if (counts.null_tenants > 0) {
            subject.reason = lacking(counts, subject.question.decided);
            subject.next_command = unassigned_call_sql(derivations, *subject.table);
        }
        return;
    }
    const std::string column = subject.question.column->sql;
    add(subject.reason, "but " + number(further, "row", "rows") + " too many");
    subject.next_command = "SELECT " + column + ", count(*) FROM " + subject.table->sql + " GROUP BY 1 HAVING count(*) > 1;";
}

void of_tenant_column(const Derivations &derivations, const Counts &counts, Subject &subject)
{
    const Table &table = *subject.table;
    const Question &question = subject.question;
    const bool unsettled = subject.undecided || (counts.conflicting > 0 && !question.decided);
    const bool open = subject.kind == TableKind::direct || subject.kind == TableKind::ambiguous;
    if (counts.null_tenants == 0) {
        if (open) {
            subject.kind = TableKind::direct;
            subject.reason = "every row has its tenant";
            subject.next_command = protect_sql(derivations, table);
        }
    } else if (open && unsettled) {
        ask_about_parents(derivations, counts, subject);
    } else if (subject.kind == TableKind::direct && !question.decided && counts.derivable == 0 &&
               counts.conflicting == 0 && counts.waiting == 0 && counts.null_tenants < counts.rows) {
        subject.kind = TableKind::hybrid;
        subject.reason = number(counts.null_tenants, "row", "rows") +
                         " of no tenant beside rows of tenants: for everybody, or not assigned yet";
        subject.next_command = "SELECT * FROM " + table.sql + " WHERE " + question.column->sql +
                               " IS NULL LIMIT 10; -- for all tenants to read: " +
                               protect_sql(derivations, table, ", global_rows => 'read'");
    } else if (subject.kind != TableKind::guarded) {
        add(subject.reason, lacking(counts, question.decided));
        subject.next_command = unassigned_call_sql(derivations, table);
    }
    if (subject.kind == TableKind::direct && question.distinct_tenants && counts.null_tenants == 0 &&
        counts.tenants >= min_tenants_of_settings && counts.tenants == counts.rows) {
        subject.kind = TableKind::settings;
        subject.reason = "one row for each of " + std::to_string(counts.tenants) + " tenants, and nothing refers to it";
    } else if (subject.kind == TableKind::settings) {
        of_settings(derivations, counts, subject);
    }
    if (counts.unknown > 0)
        add(subject.reason, number(counts.unknown, "row names a tenant", "rows name tenants") + " not in " +
                                derivations.schema().tenant_table.sql);
    if (counts.crossing > 0) {
        add(subject.reason, number(counts.crossing, "reference crosses", "references cross") + " tenants");
        if (subject.kind != TableKind::ambiguous)
            subject.next_command = conflicts_call_sql(derivations, table);
    }
}

} // namespace

void verdict(const Derivations &derivations, const Counts &counts, Subject &subject)
{
    if (subject.question.rows_only || subject.stale)
        return;
    if (subject.question.column != nullptr) {
        of_tenant_column(derivations, counts, subject);
        return;
    }
    const bool unsettled = subject.undecided || (counts.conflicting > 0 && !subject.question.decided);
    if (counts.rows == 0) {
        add(subject.reason, "no rows");
        if (subject.kind == TableKind::derived)
            subject.next_command = protect_sql(derivations, *subject.table);
    } else if (unsettled) {
        ask_about_parents(derivations, counts, subject);
    } else if (subject.kind == TableKind::derived) {
        add(subject.reason, lacking(counts, subject.question.decided));
        subject.next_command = add_column_sql(derivations, *subject.table);
    }
}

} // namespace tenancy::core

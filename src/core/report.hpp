// The report: whether the isolation of tenants holds in a database, for people (a page) and for CI (JSON).
//
// Pure: the facts, which SQL collects as one JSON (tenancy.report_facts()), go in, and text comes out. The verdict is
// made here, once for both forms. The page is ASCII, needs no network, no script and no other file; what comes from
// the database is text on it (core/report_text.hpp). The JSON is the facts and a member "verdict", keys in order.
// Errors: 22023 malformed facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct ReportTable {
    std::string schema, name, sql;
    std::string kind;   // protected | canary | shared
    std::string column; // the tenant column; "": none
    std::string global_rows;
    bool part = false; // a partition or child
    bool row_security = false, forced = false, isolated = false, guarded = false;
    bool nullable = false;
    std::int64_t rows = -1; // estimate; -1: not known
};

// It has a tenant column, and nothing protects it.
struct OpenTable {
    std::string schema, name, sql, column, command;
    std::int64_t rows = -1;
};

struct ReportRole {
    std::string name;
    bool can_login = false, preloaded = false;
    std::vector<std::string> powers; // what no policy stands before
};

struct ReportFinding {
    std::string rule, family, object, title, detail, remediation;
    std::string level;  // error | warning | info | waived
    std::string worst;  // its level without the waiver
    std::string reason; // of the waiver, and who gave it, until when
    std::string waived_by, until;
    std::string ended; // when a waiver ended, which counts no more
};

struct ReportStatus {
    std::string topic, state, detail, command;
};

struct TenantSize {
    std::string key, name;
    std::int64_t rows = 0;
};

struct ReportTenants {
    std::string table;
    std::vector<std::pair<std::string, std::int64_t>> by_status;
    bool counted = false;
    std::string trouble; // why they could not be counted
    std::vector<TenantSize> biggest;
    std::int64_t rest_tenants = 0, rest_rows = 0, nobodys_rows = 0;
};

struct ProofCell {
    std::string target, operation, statement, sqlstate, detail;
    std::string outcome; // held | crossed | missing | left out
    std::optional<std::int64_t> rows;
};

struct ReportFacts {
    std::string generated_at, database, server_version, extension_version;
    bool enforcement = true;
    bool data = false; // rows were looked at
    std::size_t rules = 0;
    std::vector<ReportTable> tables;
    std::vector<OpenTable> open_tables;
    std::vector<ReportRole> roles;
    std::vector<ReportFinding> findings;
    std::vector<ReportStatus> status;
    ReportTenants tenants;
    std::string proof_state; // not run | not available | run
    std::vector<ProofCell> proof;
};
ReportFacts read_report_facts(std::string_view facts);

// ok: nothing is wrong. warning: isolation holds, and something is weaker than it should be. error: it is not assured.
enum class Grade { ok, warning, error };
const char *grade_name(Grade grade) noexcept;

struct ReportReason {
    Grade grade;
    std::string text;
    const char *section; // of the page
};

struct ReportVerdict {
    Grade grade = Grade::ok;
    std::string sentence;
    std::vector<ReportReason> reasons; // errors first
    std::vector<std::string> table_problems; // one for each table of the facts; "": it holds
    std::size_t tables = 0, held = 0; // tables that have a tenant column and are open are counted, too
    std::size_t errors = 0, warnings = 0, infos = 0, waived = 0;
    std::size_t cells = 0, cells_held = 0, cells_crossed = 0, cells_missing = 0, cells_left_out = 0;
};
ReportVerdict judge_report(const ReportFacts &facts);

std::string report_as_json(std::string_view facts);
std::string report_as_html(std::string_view facts);

} // namespace tenancy::core

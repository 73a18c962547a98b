#include "database.hpp"

#include <libpq-fe.h>

#include <memory>

namespace tenancy::command {

namespace {

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string trimmed(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

bool is_good(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

std::string field(const PGresult *result, int code)
{
    const char *value = PQresultErrorField(result, code);
    return value == nullptr ? "" : value;
}

// A connection that is lost leaves no fields.
std::string trouble_of(PGconn *connection, const PGresult *result)
{
    const std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    return message.empty() ? trimmed(PQerrorMessage(connection)) : message;
}

Database::Rows rows_of(const PGresult *result)
{
    Database::Rows out(static_cast<std::size_t>(PQntuples(result)));
    for (std::size_t row = 0; row < out.size(); ++row)
        for (int column = 0; column < PQnfields(result); ++column) {
            const int at = static_cast<int>(row);
            out[row].push_back(PQgetisnull(result, at, column) != 0 ? Database::Value() : Database::Value(PQgetvalue(result, at, column)));
        }
    return out;
}

} // namespace

Database::Database(const std::string &connection)
{
    // What stands behind dbname goes before what it says; an empty value is the environment's.
    const char *const names[] = {"dbname", "client_encoding", "fallback_application_name", nullptr};
    const char *const values[] = {connection.c_str(), "UTF8", "pg_tenancy", nullptr};
    connection_ = PQconnectdbParams(names, values, 1);
    if (PQstatus(connection_) != CONNECTION_OK) {
        const std::string trouble = trimmed(PQerrorMessage(connection_));
        PQfinish(connection_);
        throw Failure(trouble);
    }
    PQsetNoticeProcessor(connection_, [](void *, const char *) {}, nullptr);
    try {
        query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        // Names in printed expressions come with their schemas, and nothing of the database's runs for ours. The rest
        // is what the session may have otherwise, from the role, the database or PGOPTIONS, and queries count on.
        for (const char *setting : {"search_path = pg_catalog, pg_temp", "standard_conforming_strings = on", "quote_all_identifiers = off", "jit = off"})
            query(std::string("SET LOCAL ") + setting);
    } catch (...) {
        PQfinish(connection_);
        throw;
    }
}

Database::~Database()
{
    PQfinish(connection_);
}

int Database::server_version() const
{
    return PQserverVersion(connection_);
}

std::string Database::parameter(const char *name) const
{
    const char *value = PQparameterStatus(connection_, name);
    return value == nullptr ? "" : value;
}

Database::Rows Database::query(const std::string &sql, const std::vector<Value> &parameters)
{
    std::vector<const char *> values;
    for (const Value &value : parameters)
        values.push_back(value ? value->c_str() : nullptr);
    const Result result(PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0), &PQclear);
    if (is_good(result.get()))
        return rows_of(result.get());
    const std::string detail = field(result.get(), PG_DIAG_MESSAGE_DETAIL), hint = field(result.get(), PG_DIAG_MESSAGE_HINT);
    throw Failure(trouble_of(connection_, result.get()) + (detail.empty() ? "" : "\nDETAIL: " + detail) + (hint.empty() ? "" : "\nHINT: " + hint));
}

std::string Database::text(const std::string &sql, const std::vector<Value> &parameters)
{
    const Rows rows = query(sql, parameters);
    if (rows.size() != 1 || rows.front().empty() || !rows.front().front())
        throw Failure("the database answered nothing to: " + sql.substr(0, 80));
    return *rows.front().front();
}

std::optional<Database::Rows> Database::try_query(const std::string &sql, std::string &trouble)
{
    query("SAVEPOINT question");
    const Result result(PQexecParams(connection_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0), &PQclear);
    if (is_good(result.get())) {
        query("RELEASE question");
        return rows_of(result.get());
    }
    trouble = trouble_of(connection_, result.get());
    query("ROLLBACK TO question");
    query("RELEASE question");
    return std::nullopt;
}

} // namespace tenancy::command

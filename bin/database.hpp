// A connection of libpq that reads: one transaction, REPEATABLE READ READ ONLY, and what runs in it.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct pg_conn;

namespace tenancy::command {

// The database cannot be reached, or says no. The text is libpq's or the server's, with its hint.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Database {
  public:
    using Value = std::optional<std::string>; // of SQL as text; nothing: NULL
    using Rows = std::vector<std::vector<Value>>;

    explicit Database(const std::string &connection);
    ~Database();
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    int server_version() const; // 150020
    std::string parameter(const char *name) const;

    Rows query(const std::string &sql, const std::vector<Value> &parameters = {});
    std::string text(const std::string &sql, const std::vector<Value> &parameters = {}); // of one row and column

    // The same within a savepoint: what fails leaves the transaction as it was. Nothing, and `trouble` says why.
    std::optional<Rows> try_query(const std::string &sql, std::string &trouble);

  private:
    pg_conn *connection_ = nullptr;
};

} // namespace tenancy::command

// The one exception of the core: what the wall turns into an ereport.
//
// sqlstate: five characters. hint: the command to run, where there is one.
// No text may carry data of another tenant.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

class Error : public std::runtime_error {
  public:
    Error(const char *sqlstate, const std::string &message, std::string detail = {},
          std::string hint = {})
        : std::runtime_error(message), sqlstate_(sqlstate), detail_(std::move(detail)),
          hint_(std::move(hint))
    {
    }
    const char *sqlstate() const noexcept { return sqlstate_; }
    const std::string &detail() const noexcept { return detail_; }
    const std::string &hint() const noexcept { return hint_; }

  private:
    const char *sqlstate_;
    std::string detail_;
    std::string hint_;
};

} // namespace tenancy::core

// Answers to questions of three parts, kept while a statement runs; bounded: when there are too many it
// forgets them all. Parts are bytes; an empty part is one of its own, "not given".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

class Answers {
  public:
    static constexpr std::size_t most = 10000;

    // The answer, or nullptr; it lives until the next keep().
    const std::string *find(std::string_view a, std::string_view b, std::string_view c)
    {
        const auto found = answers_.find(key(a, b, c));
        return found == answers_.end() ? nullptr : &found->second;
    }
    void keep(std::string_view a, std::string_view b, std::string_view c, std::string_view answer)
    {
        if (answers_.size() >= most)
            answers_.clear();
        answers_[key(a, b, c)].assign(answer);
    }

  private:
    // Sizes in front: no two questions have one key.
    const std::string &key(std::string_view a, std::string_view b, std::string_view c)
    {
        key_.clear();
        for (const std::string_view part : {a, b, c}) {
            const auto size = static_cast<std::uint32_t>(part.size());
            key_.append(reinterpret_cast<const char *>(&size), sizeof size);
            key_ += part;
        }
        return key_;
    }

    std::unordered_map<std::string, std::string> answers_;
    std::string key_;
};

} // namespace tenancy::core

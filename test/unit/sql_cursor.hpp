// Reads SQL piece by piece, for tests: names must be quoted where they have to be, whole and not too long.
#pragma once

#include "schema_builder.hpp"

namespace tenancy::core {

struct SqlCursor {
    const std::string &sql;
    std::size_t at = 0;

    bool eat(const std::string &text)
    {
        if (sql.compare(at, text.size(), text) != 0)
            return false;
        at += text.size();
        return true;
    }
    void need(const std::string &text)
    {
        BOOST_REQUIRE_MESSAGE(eat(text), "no \"" << text << "\" at " << at << " of " << sql);
    }
    std::string name()
    {
        std::string out;
        if (!eat("\"")) {
            while (at < sql.size() && std::string(" ,().;:'\"").find(sql[at]) == std::string::npos)
                out += sql[at++];
            BOOST_REQUIRE_MESSAGE(quoted(out) == out && !out.empty(), "not quoted at " << at << " of " << sql);
            return out;
        }
        for (; sql.at(at) != '"' || (at + 1 < sql.size() && sql[at + 1] == '"'); ++at) {
            at += sql[at] == '"' ? 1 : 0;
            out += sql[at];
        }
        ++at;
        BOOST_REQUIRE_MESSAGE(out.size() <= 63, "longer than names are: " << sql);
        for (std::size_t i = 0; i < out.size(); ++i) { // whole characters only
            const auto byte = static_cast<unsigned char>(out[i]);
            for (int more = byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0; more > 0; --more)
                BOOST_REQUIRE_MESSAGE(++i < out.size() && (static_cast<unsigned char>(out[i]) & 0xC0) == 0x80, "half a character: " << sql);
            BOOST_REQUIRE_MESSAGE((byte & 0xC0) != 0x80, "half a character: " << sql);
        }
        return out;
    }
    std::pair<std::string, std::string> qualified()
    {
        const std::string schema_name = name();
        need(".");
        return {schema_name, name()};
    }
    std::string literal()
    {
        std::string out;
        const bool escaped = eat("E");
        need("'");
        for (; sql.at(at) != '\'' || (at + 1 < sql.size() && sql[at + 1] == '\''); ++at) {
            at += sql[at] == '\'' || (escaped && sql[at] == '\\') ? 1 : 0;
            out += sql.at(at);
        }
        ++at;
        return out;
    }
    Texts names()
    {
        Texts out;
        need("(");
        do
            out.push_back(name());
        while (eat(", "));
        need(")");
        return out;
    }
    void end() { BOOST_REQUIRE_MESSAGE(at == sql.size(), "more at " << at << " of " << sql); }
};

} // namespace tenancy::core

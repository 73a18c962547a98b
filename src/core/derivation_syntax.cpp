#include "core/derivation_syntax.hpp"

#include "core/error.hpp"

#include <string_view>

namespace tenancy::core {

namespace {

class Reader {
  public:
    explicit Reader(const std::string &text) : text_(text) {}

    std::vector<PathSegment> segments()
    {
        std::vector<PathSegment> out{segment()};
        while (skip("->"))
            out.push_back(segment());
        blanks();
        if (at_ != text_.size() || out.size() < 2)
            fail();
        return out;
    }

  private:
    PathSegment segment()
    {
        PathSegment out;
        for (bool more = true; more;) {
            if (skip("(")) {
                do
                    out.columns.push_back(name());
                while (skip(","));
                if (!skip(")"))
                    fail();
                break;
            }
            out.table.push_back(name());
            more = skip(".");
        }
        if (out.columns.empty()) {
            out.columns.push_back(out.table.back());
            out.table.pop_back();
        }
        if (out.table.size() > 2)
            fail();
        return out;
    }

    std::string name()
    {
        blanks();
        std::string out;
        if (at_ < text_.size() && text_[at_] == '"') {
            for (++at_; at_ < text_.size(); ++at_) {
                if (text_[at_] == '"' && (++at_ == text_.size() || text_[at_] != '"'))
                    return out.empty() ? fail() : out;
                out += text_[at_];
            }
            return fail();
        }
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            const bool upper = c >= 'A' && c <= 'Z', letter = c >= 'a' && c <= 'z';
            const bool digit = (c >= '0' && c <= '9') || c == '$';
            if (!upper && !letter && c != '_' && (c & 0x80) == 0 && (!digit || out.empty()))
                break;
            out += static_cast<char>(upper ? c | 0x20 : c);
        }
        return out.empty() ? fail() : out;
    }

    bool skip(std::string_view sign)
    {
        blanks();
        if (text_.compare(at_, sign.size(), sign) != 0)
            return false;
        at_ += sign.size();
        return true;
    }

    void blanks()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
            ++at_;
    }

    [[noreturn]] std::string fail() const
    {
        throw Error("42601", "not a derivation path: " + text_, "",
                    "bookings.request_id -> requests.tenant_id is one, and "
                    "items.booking_id -> bookings.request_id -> requests.tenant_id.");
    }

    const std::string &text_;
    std::size_t at_ = 0;
};

} // namespace

std::vector<PathSegment> path_segments(const std::string &text)
{
    return Reader(text).segments();
}

} // namespace tenancy::core

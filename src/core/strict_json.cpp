#include "core/strict_json.hpp"

#include <set>
#include <string>
#include <vector>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;
using Event = Json::parse_event_t;

// Ends the parser from within its callback.
struct Stop {
    const char *problem;
};

// Names of the members of every object that is open.
class OpenObjects {
  public:
    void see(int depth, Event event, const Json &value)
    {
        switch (event) {
        case Event::object_start:
            open_.emplace_back();
            [[fallthrough]];
        case Event::array_start:
            if (depth >= max_json_depth)
                throw Stop{"It is nested too deeply."};
            break;
        case Event::object_end:
            open_.pop_back();
            break;
        case Event::key:
            if (!open_.back().insert(value.get_ref<const std::string &>()).second)
                throw Stop{"An object has two members of the same name."};
            break;
        case Event::array_end:
        case Event::value:
            break;
        }
    }

  private:
    std::vector<std::set<std::string>> open_;
};

} // namespace

std::optional<nlohmann::json> parse_json_object(std::string_view text, JsonProblem &problem)
{
    // The parser skips the one and takes the other for the end of the text.
    if (text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos) {
        problem = {"It contains a byte order mark or a NUL byte.", 0};
        return {};
    }
    try {
        OpenObjects open;
        Json out =
            Json::parse(text.begin(), text.end(), [&open](int depth, Event event, Json &value) {
                open.see(depth, event, value);
                return true;
            });
        if (out.is_object())
            return out;
        problem = {"It is not a JSON object.", 0};
    } catch (const Stop &stop) {
        problem = {stop.problem, 0};
    } catch (const Json::parse_error &error) {
        problem = {"It is not JSON.", error.byte};
    } catch (const Json::exception &) {
        problem = {"A number in it is too large.", 0};
    }
    return {};
}

} // namespace tenancy::core

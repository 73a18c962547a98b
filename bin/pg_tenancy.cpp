// pg_tenancy: the command for people. Its help is in options.cpp.

#include "lint.hpp"

#include "core/error.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

using namespace tenancy;
using namespace tenancy::command;

namespace {

enum Exit { passed = 0, found = 1, misused = 2, unasked_at_all = 3 };

void print(const std::string &text)
{
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Failure("the output cannot be written");
}

// Line by line: what a server says may not move the cursor.
void complain(const std::string &text)
{
    std::string out = "pg_tenancy: ";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += one_line(std::string_view(text).substr(at, end - at)) + "\n";
        at = end + 1;
    }
    std::fputs(out.c_str(), stderr);
}

bool colours()
{
    const char *no = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && (no == nullptr || *no == '\0') && terminal != nullptr && std::string_view(terminal) != "dumb";
}

Baseline old_baseline(const Options &options)
{
    if (options.baseline.empty())
        return {};
    if (const std::optional<std::string> text = read_file(options.baseline))
        return parse_baseline(*text);
    if (!options.write_baseline)
        throw Usage("there is no file " + options.baseline + "; --write-baseline makes it");
    return {};
}

Exit run_lint(const Options &options)
{
    Baseline baseline = old_baseline(options);
    Run run;
    {
        Database database(options.connection);
        run = lint(database, options);
    }
    if (options.write_baseline) {
        baseline = new_baseline(run.findings, baseline, options.level, options.data);
        write_file(options.baseline, baseline_text(baseline));
    }
    run.stale = apply_baseline(baseline, options.data, run.findings);
    sort_findings(run.findings);
    print(options.format == Format::json ? as_json(run) : as_text(run, colours()));
    return failed(run) ? found : passed;
}

Exit run(const std::vector<std::string> &arguments)
{
    const Options options = parse_options(arguments);
    switch (options.verb) {
    case Options::Verb::help:
        print(help_text);
        return passed;
    case Options::Verb::version:
        print("pg_tenancy " TENANCY_VERSION "\n");
        return passed;
    case Options::Verb::lint:
        break;
    }
    return run_lint(options);
}

} // namespace

int main(int count, char **words)
{
    try {
        return run({words + 1, words + count});
    } catch (const Usage &problem) {
        complain(std::string(problem.what()) + "\nTry pg_tenancy --help.");
        return misused;
    } catch (const core::Error &problem) {
        complain(std::string(problem.what()) + (problem.detail().empty() ? "" : "\nDETAIL: " + problem.detail()));
        return unasked_at_all;
    } catch (const std::exception &problem) {
        complain(problem.what());
        return unasked_at_all;
    }
}

#include "lint.hpp"

#include "queries.hpp"

namespace tenancy::command {

namespace {

using Json = nlohmann::json;

void require_version(const Database &database)
{
    if (database.server_version() < 150000)
        throw Failure("the server is PostgreSQL " + database.parameter("server_version") + "; this command reads the catalogs of 15 to 18");
}

// The version; nothing: not installed.
std::string extension_of(Database &database)
{
    const Database::Rows rows = database.query("SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'pg_tenancy'");
    if (rows.empty())
        return "";
    // A lint() that is missing, or not granted, is told as what it is; its own error would name a function only.
    const std::string lint = "tenancy.lint(boolean,name,text,regrole[])";
    const Database::Rows may = database.query("SELECT has_schema_privilege('tenancy', 'USAGE') AND has_function_privilege(to_regprocedure($1), 'EXECUTE'), current_user", {lint});
    if (!may[0][0])
        throw Failure("pg_tenancy " + *rows[0][0] + " in this database has no lint()\nHINT: ALTER EXTENSION pg_tenancy UPDATE;");
    if (*may[0][0] != "t")
        throw Failure("role \"" + *may[0][1] + "\" may not call tenancy.lint(), and without it would be told half of what is there\nHINT: Connect as a superuser or a platform role.");
    return *rows[0][0];
}

// The oids of the roles that were named, as an array of SQL; NULL: none was.
Database::Value oids_of(Database &database, const std::vector<std::string> &roles)
{
    if (roles.empty())
        return std::nullopt;
    std::string out;
    for (const std::string &role : roles) {
        const Database::Rows rows = database.query("SELECT r.oid FROM pg_roles AS r WHERE r.rolname = $1", {role});
        if (rows.empty())
            throw Usage("there is no role \"" + role + "\"");
        out += (out.empty() ? "{" : ",") + *rows[0][0];
    }
    return out + "}";
}

std::vector<std::string> application_roles(const std::string &surroundings)
{
    std::vector<std::string> out;
    for (const core::Role &role : core::read_surroundings(surroundings).roles)
        if (role.application)
            out.push_back(role.name);
    return out;
}

void ask(Database &database, const Json &questions, std::vector<Finding> &findings)
{
    for (const Json &question : questions) {
        const std::string sql = question.at("sql").get<std::string>();
        const Finding finding = read_finding(question.at("finding"));
        std::string trouble;
        const auto rows = database.try_query(sql, trouble);
        if (!rows)
            findings.push_back(unasked(finding, trouble, sql));
        else if (const long long number = std::stoll(rows->at(0).at(0).value_or("0")); number > 0)
            findings.push_back(with_rows(finding, number));
    }
}

void with_extension(Database &database, const Options &options, const Database::Value &roles, Run &out)
{
    out.application_roles = application_roles(database.text("SELECT tenancy.surroundings(coalesce($1::oid[], tenancy.enrolled_oids()))", {roles}));
    const Database::Value column = options.tenant_column.empty() ? Database::Value() : options.tenant_column;
    out.findings = read_findings(Json::parse(database.text("SELECT coalesce(json_agg(l), '[]') FROM tenancy.lint($1::boolean, $2::name, $3::text, $4::oid[]::regrole[]) AS l",
                                                           {options.data ? "true" : "false", column, options.context_setting, roles})));
}

void without_extension(Database &database, const Options &options, const Database::Value &roles, Run &out)
{
    const std::string snapshot = database.text(snapshot_query);
    const std::string surroundings = database.text(surroundings_query, {roles});
    out.application_roles = application_roles(surroundings);
    const Json request{{"tenant_column", options.tenant_column}, {"context_setting", options.context_setting}, {"installed", false}};
    const Json found = Json::parse(core::lint_as_json(snapshot, surroundings, request.dump()));
    out.findings = read_findings(found.at("findings"));
    if (options.data) {
        // Rather an error than the rows of one tenant.
        database.query("SET LOCAL row_security = off");
        ask(database, found.at("questions"), out.findings);
    }
}

} // namespace

Run lint(Database &database, const Options &options)
{
    require_version(database);
    Run out;
    out.database = database.text("SELECT current_database()");
    out.server_version = database.parameter("server_version");
    out.extension = extension_of(database);
    out.level = options.level;
    out.data = options.data;
    const Database::Value roles = oids_of(database, options.roles);
    if (out.extension.empty())
        without_extension(database, options, roles, out);
    else
        with_extension(database, options, roles, out);
    return out;
}

} // namespace tenancy::command

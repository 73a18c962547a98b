#include "context/token_refusal.hpp"

namespace tenancy::context {

namespace {

const char *name_or_unknown(const char *name)
{
    return name == nullptr ? "(dropped)" : name;
}

// Something that could be a token: three parts.
bool is_like_a_token(const char *given)
{
    const char *dot = strchr(given, '.');
    return dot != nullptr && strchr(dot + 1, '.') != nullptr;
}

bool stands_in(const char *statement, const char *given)
{
    return statement != nullptr && strstr(statement, given) != nullptr;
}

} // namespace

void refuse_token(const char *reason, const char *kid)
{
    // LOG could be had by the client, with client_min_messages.
    ereport(LOG_SERVER_ONLY,
            (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
             errmsg("tenancy token refused: reason=%s kid=\"%s\" role=\"%s\" database=\"%s\"", reason, kid,
                    name_or_unknown(GetUserNameFromId(GetSessionUserId(), true)),
                    name_or_unknown(get_database_name(MyDatabaseId))),
             errhidestmt(true), errhidecontext(true)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION), errmsg("the token is refused"),
                    errhint("SELECT tenancy.authenticate($1); with a token that is valid here and now."),
                    errhidestmt(true), errhidecontext(true)));
    pg_unreachable();
}

void refuse_literal(const char *given)
{
    // EXECUTE runs in a portal of its own, whose text is that of PREPARE.
    const char *prepared = ActivePortal == nullptr ? nullptr : ActivePortal->sourceText;
    if (is_like_a_token(given) && (stands_in(debug_query_string, given) || stands_in(prepared, given)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the token is a part of the statement's text"),
                        errdetail("Others could read it in pg_stat_activity and in the log."),
                        errhint("SELECT tenancy.authenticate($1); with the token as a parameter."),
                        errhidestmt(true), errhidecontext(true)));
}

} // namespace tenancy::context

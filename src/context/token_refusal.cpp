#include "core/token_text.hpp"

#include "context/token_refusal.hpp"

#include "context/statement_texts.hpp"
#include "pg/entry.hpp"

namespace tenancy::context {

const StatementText *statement_texts = nullptr;

namespace {

const char *name_or_unknown(const char *name)
{
    return name == nullptr ? "(dropped)" : name;
}

std::string_view view_of(const text *given)
{
    return {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))};
}

// Something that could be a token: three parts.
bool is_like_a_token(std::string_view given)
{
    const std::size_t dot = given.find('.');
    return dot != std::string_view::npos && given.find('.', dot + 1) != std::string_view::npos;
}

bool stands_in(const char *statement, std::string_view given)
{
    return statement != nullptr && core::text_holds_token(statement, given);
}

// Is it in the text that the client sent, in one of the statements that run beneath, or in that of a
// prepared statement, which runs in a portal of its own?
bool stands_in_statements(std::string_view given)
{
    if (!is_like_a_token(given))
        return false;
    if (stands_in(debug_query_string, given) ||
        (ActivePortal != nullptr && stands_in(ActivePortal->sourceText, given)))
        return true;
    for (const StatementText *each = statement_texts; each != nullptr; each = each->outer)
        if (stands_in(each->text, given))
            return true;
    return false;
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

void refuse_literal(const text *given)
{
    if (pg::entry([given] { return stands_in_statements(view_of(given)); }))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the token is a part of the statement's text"),
                        errdetail("Others could read it in pg_stat_activity and in the log."),
                        errhint("SELECT tenancy.authenticate($1); with the token as a parameter."),
                        errhidestmt(true), errhidecontext(true)));
}

} // namespace tenancy::context

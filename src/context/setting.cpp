#include "context/setting.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/token_context.hpp"
#include "pg/compat.hpp"

#include <charconv>

namespace tenancy::context {

namespace {

// Between value and stamp in the stored text; a key never contains control characters.
constexpr char stamp_separator = '\x1f';
constexpr char token_mark = 't'; // after the stamp of a value that a token gave

char *stored_text = nullptr;
const SettingValue *stored_value = nullptr;
bool defining = false; // while DefineCustomStringVariable re-applies values set before the load
char *user_text = nullptr;
char *request_text = nullptr;
int new_tables = 0;
bool applying = false;

bool fill_value(char **new_text, void **extra, const core::TenantKey &key, LocalTransactionId stamp,
                bool from_token)
{
    char canonical[core::key_text_size];
    const std::size_t length = core::format_key(key, canonical);
    const std::size_t size = length + 13; // separator, ten digits, mark, zero
    SettingValue *value = static_cast<SettingValue *>(pg::guc_alloc(sizeof(SettingValue)));
    char *text = static_cast<char *>(pg::guc_alloc(size));
    if (value == nullptr || text == nullptr) {
        if (value != nullptr)
            pg::guc_release(value);
        if (text != nullptr)
            pg::guc_release(text);
        GUC_check_errcode(ERRCODE_OUT_OF_MEMORY);
        return false;
    }
    std::memcpy(text, canonical, length);
    text[length] = stamp_separator;
    char *end = std::to_chars(text + length + 1, text + size - 2, stamp).ptr;
    if (from_token)
        *end++ = token_mark;
    *end = '\0';
    *value = {key, stamp, from_token};
    pg::guc_release(*new_text);
    *new_text = text;
    *extra = value;
    return true;
}

// A parallel worker receives the leader's stored text: value, separator, stamp.
bool restore_in_worker(char **new_text, void **extra)
{
    const char *separator = std::strchr(*new_text, stamp_separator);
    core::TenantKey key;
    LocalTransactionId stamp = InvalidLocalTransactionId;
    std::size_t length = std::strlen(*new_text);
    bool from_token = false;
    if (separator != nullptr) {
        length = static_cast<std::size_t>(separator - *new_text);
        from_token =
            *std::from_chars(separator + 1, separator + std::strlen(separator), stamp).ptr == token_mark;
    }
    // The key type is read at first use: a worker may not look into catalogs this early.
    if (core::parse_key({*new_text, length}, core::KeyType::unknown, key) != nullptr)
        return false;
    return fill_value(new_text, extra, key, stamp, from_token);
}

bool refuse_source(GucSource source)
{
    if (source == PGC_S_SESSION || source == PGC_S_DEFAULT)
        return false;
    GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
    GUC_check_errdetail("The tenant of a session is set by the session itself, not by connection "
                        "options, ALTER ROLE, ALTER DATABASE, CREATE FUNCTION or a file.");
    GUC_check_errhint("%s at the start of each transaction.", entering());
    return true;
}

bool check_tenant(char **new_text, void **extra, GucSource source)
{
    *extra = nullptr;
    if (*new_text == nullptr || **new_text == '\0')
        return true;
    if (InitializingParallelWorker)
        return restore_in_worker(new_text, extra);
    if (refuse_source(source))
        return false;

    if (!defining && !setting_from_token() &&
        context_source == static_cast<int>(Source::token) && guarded_known()) {
        GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
        GUC_check_errmsg("the tenant is taken from a token");
        GUC_check_errhint("SELECT tenancy.authenticate($1);");
        return false;
    }

    const Installation *known = installation_known();
    const core::KeyType type =
        known != nullptr && known->installed ? known->key_type : core::KeyType::unknown;
    core::TenantKey key;
    const char *problem = core::parse_key(*new_text, type, key);
    if (problem != nullptr) {
        GUC_check_errcode(ERRCODE_INVALID_TEXT_REPRESENTATION);
        GUC_check_errdetail("%s", problem);
        GUC_check_errhint("SELECT * FROM tenancy.find_tenant('slug'); shows a tenant's id.");
        return false;
    }
    const LocalTransactionId transaction = current_transaction();
    if (!defining && guarded_known() && latch_conflicts(key, transaction)) {
        GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
        GUC_check_errmsg("a transaction works for one tenant");
        GUC_check_errdetail("Another tenant was set or used earlier in this transaction.");
        GUC_check_errhint("COMMIT; BEGIN; %s", entering());
        return false;
    }
    return fill_value(new_text, extra, key, defining ? InvalidLocalTransactionId : transaction,
                      setting_from_token());
}

void assign_tenant(const char *, void *extra)
{
    stored_value = static_cast<const SettingValue *>(extra);
    setting_changed(stored_value);
}

// A value that is not live is not shown: what SHOW tells is what policies see.
const char *show_tenant()
{
    static char shown[core::key_text_size];
    if (stored_value == nullptr || !value_is_live(*stored_value, guarded_known()))
        return "";
    core::format_key(stored_value->key, shown);
    return shown;
}

const struct config_enum_entry scope_options[] = {
    {"transaction", static_cast<int>(Scope::transaction), false},
    {"session", static_cast<int>(Scope::session), false},
    {nullptr, 0, false}};
const struct config_enum_entry missing_options[] = {
    {"error", static_cast<int>(Missing::error), false},
    {"empty", static_cast<int>(Missing::empty), false},
    {nullptr, 0, false}};
const struct config_enum_entry new_table_options[] = {
    {"report", 0, false}, {"protect", 1, false}, {"ignore", 2, false}, {nullptr, 0, false}};

// A value set before the library was loaded is live when this transaction set it: the server stacks
// the older value of a setting that a transaction changes.
void adopt_early_value(bool set_in_this_transaction)
{
    if (set_in_this_transaction && stored_value != nullptr)
        const_cast<SettingValue *>(stored_value)->stamp = current_transaction();
}

} // namespace

const SettingValue *current_setting_value() noexcept
{
    return stored_value;
}

LocalTransactionId current_transaction() noexcept
{
    if (MyProc == nullptr)
        return InvalidLocalTransactionId;
    const PGPROC *proc = MyProc;
    if (IsParallelWorker() && MyProc->lockGroupLeader != nullptr)
        proc = MyProc->lockGroupLeader;
    return pg::proc_lxid(proc);
}

void assign_setting(const char *text)
{
    const bool session = context_scope == static_cast<int>(Scope::session);
    set_config_option(tenant_setting_name, text == nullptr ? "" : text, PGC_USERSET, PGC_S_SESSION,
                      session ? GUC_ACTION_SET : GUC_ACTION_LOCAL, true, 0, false);
}

const char *user_setting() noexcept
{
    return user_text == nullptr ? "" : user_text;
}

const char *request_setting() noexcept
{
    return request_text == nullptr ? "" : request_text;
}

void define_settings()
{
    const struct config_generic *early = pg::find_setting(tenant_setting_name);
    const bool set_in_this_transaction = early != nullptr && early->stack != nullptr;
    defining = true;
    DefineCustomStringVariable(tenant_setting_name,
                               "The tenant this transaction works for.", nullptr, &stored_text, "",
                               PGC_USERSET, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, check_tenant,
                               assign_tenant, show_tenant);
    defining = false;
    adopt_early_value(set_in_this_transaction);

    DefineCustomStringVariable("app.current_user_id",
                               "The application's user, for audit and logs.", nullptr, &user_text,
                               "", PGC_USERSET, GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("app.request_id", "The application's request, for audit and logs.",
                               nullptr, &request_text, "", PGC_USERSET, GUC_NOT_IN_SAMPLE, nullptr,
                               nullptr, nullptr);
    DefineCustomEnumVariable("tenancy.context_scope",
                             "How long a guarded session's tenant lasts.",
                             "'transaction': until the transaction that set it ends. 'session': "
                             "until it is changed, for connections that are never shared.",
                             &context_scope, static_cast<int>(Scope::transaction), scope_options,
                             PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("tenancy.missing_context",
                             "What a statement without a tenant gets: an error or zero rows.",
                             nullptr, &missing_context, static_cast<int>(Missing::error),
                             missing_options, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("tenancy.new_tables",
                             "What watch_new_tables() does with a new table that has a tenant "
                             "column.",
                             nullptr, &new_tables, 0, new_table_options, PGC_SUSET, 0, nullptr,
                             nullptr, nullptr);
    DefineCustomBoolVariable("tenancy.applying",
                             "Set while protect() and its kind run: watch_new_tables() looks away.",
                             nullptr, &applying, false, PGC_USERSET, GUC_NO_SHOW_ALL, nullptr,
                             nullptr, nullptr);
    define_token_settings();
    define_enforcement();
    MarkGUCPrefixReserved("tenancy");
}

} // namespace tenancy::context

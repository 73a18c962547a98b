#include "core/schema.hpp"

#include "core/error.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

std::string text(const Json &from, const char *key)
{
    return from.at(key).get<std::string>();
}

std::optional<std::string> optional_text(const Json &from, const char *key)
{
    const Json &value = from.at(key);
    return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

char letter(const Json &from, const char *key)
{
    const std::string value = text(from, key);
    return value.empty() ? ' ' : value.front();
}

bool flag(const Json &from, const char *key)
{
    return from.at(key).get<bool>();
}

std::vector<std::string> texts(const Json &from, const char *key)
{
    return from.at(key).get<std::vector<std::string>>();
}

std::vector<std::string> optional_texts(const Json &from, const char *key)
{
    return from.at(key).is_null() ? std::vector<std::string>() : texts(from, key);
}

// Anything else iterates too: null as nothing, a text as itself.
const Json::array_t &items(const Json &from, const char *key)
{
    return from.at(key).get_ref<const Json::array_t &>();
}

template <typename T, typename Read> std::vector<T> list(const Json &from, const char *key, Read read)
{
    std::vector<T> out;
    for (const Json &item : items(from, key))
        out.push_back(read(item));
    return out;
}

Column read_column(const Json &from)
{
    Column out;
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.type = text(from, "type");
    out.not_null = flag(from, "not_null");
    out.generated = flag(from, "generated");
    out.identity = flag(from, "identity");
    out.deterministic = flag(from, "deterministic");
    out.default_sql = optional_text(from, "default");
    return out;
}

Policy read_policy(const Json &from)
{
    Policy out;
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.command = letter(from, "command");
    out.permissive = flag(from, "permissive");
    out.to_public = flag(from, "public");
    out.roles = optional_texts(from, "roles");
    out.using_sql = optional_text(from, "using");
    out.check_sql = optional_text(from, "check");
    return out;
}

Trigger read_trigger(const Json &from)
{
    Trigger out;
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.function = text(from, "function");
    out.enabled = letter(from, "enabled");
    out.type = from.at("type").get<int>();
    out.cloned = flag(from, "cloned");
    out.deferrable = flag(from, "deferrable");
    out.deferred = flag(from, "deferred");
    out.narrowed = from.value("narrowed", false);
    out.arguments = optional_texts(from, "arguments");
    return out;
}

Index read_index(const Json &from)
{
    Index out;
    out.name = text(from, "name");
    out.unique = flag(from, "unique");
    out.primary = flag(from, "primary");
    out.valid = flag(from, "valid");
    out.partial = flag(from, "partial");
    out.columns = texts(from, "columns");
    out.nulls_equal = flag(from, "nulls_equal");
    const Json &key = from.at("key");
    if (key.is_null())
        return out;
    const auto or_nothing = [&](const char *name) {
        return key.at(name).is_null() ? std::string() : text(key, name);
    };
    out.key = {text(key, "sql"), text(key, "definition"), or_nothing("constraint"),
               flag(key, "replica_identity"), flag(key, "inherited"), or_nothing("options"),
               or_nothing("tablespace"), optional_text(key, "comment")};
    return out;
}

ForeignKey read_foreign_key(const Json &from)
{
    ForeignKey out;
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.child = from.at("child").get<TableId>();
    out.parent = from.at("parent").get<TableId>();
    out.child_columns = texts(from, "child_columns");
    out.parent_columns = texts(from, "parent_columns");
    out.delete_columns = optional_texts(from, "delete_columns");
    if (out.child_columns.empty() || out.child_columns.size() != out.parent_columns.size())
        throw Error("22023", "foreign key \"" + out.name + "\" of the snapshot is incomplete");
    out.parent_index = text(from, "parent_index");
    out.on_delete = letter(from, "on_delete");
    out.on_update = letter(from, "on_update");
    out.match = letter(from, "match");
    out.deferrable = flag(from, "deferrable");
    out.deferred = flag(from, "deferred");
    out.validated = flag(from, "validated");
    out.crossing = letter(from, "crossing");
    out.inherited = flag(from, "inherited");
    return out;
}

Table read_table(const Json &from)
{
    Table out;
    out.oid = from.at("oid").get<TableId>();
    out.schema = text(from, "schema");
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.owner = text(from, "owner");
    out.kind = letter(from, "kind");
    out.persistence = letter(from, "persistence");
    out.rows = from.at("rows").get<std::int64_t>();
    out.row_security = flag(from, "row_security");
    out.force = flag(from, "force");
    out.partition = flag(from, "partition");
    out.rules = flag(from, "rules");
    out.planned_code = text(from, "planned_code");
    out.partition_columns = texts(from, "partition_columns");
    out.of_extension = flag(from, "of_extension");
    out.of_application = flag(from, "of_application");
    out.parents = from.at("parents").get<std::vector<TableId>>();
    out.columns = list<Column>(from, "columns", read_column);
    out.policies = list<Policy>(from, "policies", read_policy);
    out.triggers = list<Trigger>(from, "triggers", read_trigger);
    out.indexes = list<Index>(from, "indexes", read_index);
    return out;
}

KeyType key_type(const std::string &name)
{
    for (const KeyType type : {KeyType::uuid, KeyType::bigint, KeyType::integer, KeyType::text})
        if (name == key_type_name(type))
            return type;
    if (name == key_type_name(KeyType::unknown))
        return KeyType::unknown; // the tenant table is gone
    throw Error("22023", "unknown tenant key type \"" + name + "\"");
}

template <typename T> const T *named(const std::vector<T> &all, std::string_view wanted)
{
    for (const T &one : all)
        if (one.name == wanted)
            return &one;
    return nullptr;
}

} // namespace

const Column *Table::column(std::string_view wanted) const
{
    return named(columns, wanted);
}

const Policy *Table::policy(std::string_view wanted) const
{
    return named(policies, wanted);
}

const Trigger *Table::trigger_calling(std::string_view function) const
{
    for (const Trigger &one : triggers)
        if (one.function == function)
            return &one;
    return nullptr;
}

const Table *Schema::table(TableId oid) const
{
    const auto found = tables.find(oid);
    return found == tables.end() ? nullptr : &found->second;
}

std::vector<const Table *> Schema::family(TableId root) const
{
    const Table *first = table(root);
    if (first == nullptr)
        return {};
    std::map<TableId, std::vector<const Table *>> children;
    for (const auto &[oid, candidate] : tables)
        for (const TableId parent : candidate.parents)
            children[parent].push_back(&candidate);
    // How many parents inside the family each member still waits for.
    std::map<TableId, std::size_t> awaited{{root, 0}};
    std::vector<TableId> reached{root};
    for (std::size_t i = 0; i < reached.size(); ++i)
        for (const Table *child : children[reached[i]])
            if (awaited[child->oid]++ == 0 && child != first)
                reached.push_back(child->oid);
    std::vector<const Table *> out{first};
    for (std::size_t i = 0; i < out.size(); ++i)
        for (const Table *child : children[out[i]->oid])
            if (--awaited[child->oid] == 0 && child != first)
                out.push_back(child);
    return out;
}

Schema read_schema(std::string_view json)
{
    try {
        const Json from = Json::parse(json);
        Schema out;
        out.server_version = from.at("server_version").get<int>();
        out.key_type = key_type(text(from, "key_type"));
        const Json &tenants = from.at("tenant_table");
        out.tenant_table = {tenants.at("oid").get<TableId>(), text(tenants, "sql"),
                            text(tenants, "column"), text(tenants, "column_sql")};
        for (const Json &item : items(from, "tables")) {
            Table one = read_table(item);
            out.tables.emplace(one.oid, std::move(one));
        }
        out.foreign_keys = list<ForeignKey>(from, "foreign_keys", read_foreign_key);
        return out;
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a schema snapshot", problem.what(),
                    "SELECT tenancy.schema_snapshot();");
    }
}

} // namespace tenancy::core

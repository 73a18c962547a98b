#include "core/adoption_script.hpp"

#include "schema_builder.hpp"

#include <set>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(adoption_script)

namespace {

const std::string day = "20260102";

ScriptStep step(int transaction, const std::string &sql, bool alone = false)
{
    return {transaction, "keys", "app.\"Order Items\"", "index", sql, alone, false, std::nullopt};
}

ScriptStep asked(const std::string &message, const std::string &sql, bool optional = true)
{
    ScriptStep out = step(1, sql);
    out.optional = optional;
    out.check = Check{"SELECT count(*) FROM t", message, "SELECT 1; shows 'them'."};
    return out;
}

std::string content(const ScriptStep &one, ScriptFormat format = ScriptFormat::prisma)
{
    return script_files({one}, format, day).front().content;
}

} // namespace

BOOST_AUTO_TEST_CASE(formats)
{
    BOOST_TEST((script_format("psql") == ScriptFormat::psql && script_format("flyway") == ScriptFormat::flyway &&
                script_format("rails") == ScriptFormat::rails && script_format("prisma") == ScriptFormat::prisma));
    for (const char *name : {"", "Psql", "psql ", "liquibase"})
        BOOST_TEST(refused("22023", [&] { (void)script_format(name); }).hint() == "psql, flyway, rails or prisma.");
    BOOST_TEST(script_files({}, ScriptFormat::psql, day).empty());
}

BOOST_AUTO_TEST_CASE(psql)
{
    const auto files = script_files({step(1, "ALTER a"), step(1, "ALTER b"), step(2, "CREATE INDEX CONCURRENTLY c", true)}, ScriptFormat::psql, day);
    BOOST_REQUIRE(files.size() == 2u);
    BOOST_TEST(files[0].name == "001_keys_index_app_order_items.sql");
    BOOST_TEST(files[0].content == "\\set ON_ERROR_STOP on\nBEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER a;\nALTER b;\nCOMMIT;\n");
    BOOST_TEST(files[1].name == "002_keys_index_app_order_items.sql");
    BOOST_TEST(files[1].content == "\\set ON_ERROR_STOP on\nCREATE INDEX CONCURRENTLY c;\n");
}

BOOST_AUTO_TEST_CASE(flyway)
{
    const auto files = script_files({step(1, "ALTER a"), step(2, "CALL b", true)}, ScriptFormat::flyway, day);
    BOOST_REQUIRE(files.size() == 3u);
    BOOST_TEST(files[0].name == "V20260102.001__keys_index_app_order_items.sql");
    BOOST_TEST(files[0].content == "SET LOCAL lock_timeout = '2s';\nALTER a;\n");
    BOOST_TEST(files[1].name == "V20260102.002__keys_index_app_order_items.sql");
    BOOST_TEST(files[1].content == "CALL b;\n");
    BOOST_TEST(files[2].name == files[1].name + ".conf");
    BOOST_TEST(files[2].content == "executeInTransaction=false\n");
}

BOOST_AUTO_TEST_CASE(rails)
{
    const auto files = script_files({step(1, "ALTER a"), step(1, "ALTER b"), step(2, "CALL c\nSQL\nSQL_", true)}, ScriptFormat::rails, day);
    BOOST_REQUIRE(files.size() == 2u);
    BOOST_TEST(files[0].name == "20260102000001_tenancy_001_keys_index_app_order_items.rb");
    BOOST_TEST(files[0].content == "class Tenancy001KeysIndexAppOrderItems < ActiveRecord::Migration[6.0]\n  def up\n"
                                   "    execute \"SET LOCAL lock_timeout = '2s'\"\n    execute <<-'SQL'\nALTER a;\nSQL\n    execute <<-'SQL'\nALTER b;\nSQL\n"
                                   "  end\n\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n");
    BOOST_TEST(files[1].content.find("  disable_ddl_transaction!\n\n  def up\n    execute <<-'SQL__'\nCALL c\nSQL\nSQL_;\nSQL__\n") != std::string::npos);
    BOOST_TEST(files[1].content.find("lock_timeout") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(prisma)
{
    const auto files = script_files({step(7, "ALTER a"), step(8, "CALL b", true)}, ScriptFormat::prisma, day);
    BOOST_REQUIRE(files.size() == 2u);
    BOOST_TEST(files[0].name == "20260102000007_keys_index_app_order_items/migration.sql");
    BOOST_TEST(files[0].content == "SET LOCAL lock_timeout = '2s';\nALTER a;\n");
    BOOST_TEST(files[1].content == "CALL b;\n");
}

BOOST_AUTO_TEST_CASE(names_sort_as_transactions_do)
{
    std::vector<ScriptStep> steps;
    for (int i = 1; i <= 1200; ++i)
        steps.push_back(step(i, "ALTER a"));
    for (const ScriptFormat format : {ScriptFormat::psql, ScriptFormat::flyway, ScriptFormat::rails, ScriptFormat::prisma}) {
        Texts names;
        for (const ScriptFile &file : script_files(steps, format, day))
            names.push_back(file.name);
        BOOST_TEST(names.size() == 1200u);
        BOOST_TEST(std::is_sorted(names.begin(), names.end()));
        BOOST_TEST((std::set(names.begin(), names.end()).size() == names.size()));
    }
}

BOOST_AUTO_TEST_CASE(names_of_files_are_plain)
{
    ScriptStep odd = step(1, "ALTER a");
    odd.target = "\"../../etc\".\"x; rm -rf \xc3\xa4 'y' \"\"$(z)\\\"";
    for (const ScriptFormat format : {ScriptFormat::psql, ScriptFormat::flyway, ScriptFormat::rails}) {
        const std::string name = script_files({odd}, format, day).front().name;
        BOOST_TEST(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzV0123456789_.") == std::string::npos, name);
        BOOST_TEST(name.find("..") == std::string::npos);
    }
    odd.target = std::string(300, 'x');
    BOOST_TEST(script_files({odd}, ScriptFormat::psql, day).front().name.size() < 80u);
}

BOOST_AUTO_TEST_CASE(a_step_that_may_be_left_out_asks_first)
{
    BOOST_TEST(content(asked("%s rows are 100% wrong", "ALTER a")) ==
               "SET LOCAL lock_timeout = '2s';\nDO $step$\nDECLARE\n    found bigint;\n    search_path_before pg_catalog.text := pg_catalog.current_setting('search_path');\nBEGIN\n"
               "    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n    found := (SELECT count(*) FROM t);\n    IF found > 0 THEN\n"
               "        RAISE WARNING '% rows are 100%% wrong', found USING HINT = 'SELECT 1; shows ''them''.';\n"
               "    ELSIF found = 0 THEN -- less: there is nothing to do\n        ALTER a;\n    END IF;\n    PERFORM pg_catalog.set_config('search_path', search_path_before, true);\nEND $step$;\n");
    BOOST_TEST(content(asked("it is so", "ALTER a", false)).find("RAISE EXCEPTION 'it is so' USING ERRCODE = 'object_not_in_prerequisite_state', HINT = ") !=
               std::string::npos);
    BOOST_TEST(content(asked("", "ALTER a")).find("IF found > 0 THEN\n        NULL;\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_cannot_end_the_block_nor_the_message)
{
    BOOST_TEST(content(asked("", "ALTER \"$step$\"")).find("DO $step1$\n") != std::string::npos);
    BOOST_TEST(content(asked("", "ALTER \"$step$ $step1$\"")).find("END $step2$;\n") != std::string::npos);
    BOOST_TEST(content(asked("%s rows of \"50%s\" and 50% of it's \\x", "ALTER a")).find("E'% rows of ") != std::string::npos);
    // A name that ends in what a tag begins with.
    BOOST_TEST(content(asked("", "ALTER \"x$step\"")).find("DO $step$\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(placeholders_and_values_are_as_many)
{
    // A table may be called %s.
    const std::string text = content(asked("%s rows of app.\"%s\" have no tenant", "ALTER a"));
    const std::size_t from = text.find("RAISE WARNING "), to = text.find(" USING HINT");
    const std::string raise = text.substr(from, to - from);
    std::size_t placeholders = 0;
    for (std::size_t i = raise.find('\''); i < raise.rfind('\''); ++i)
        if (raise[i] == '%') {
            if (raise[i + 1] == '%')
                ++i;
            else
                ++placeholders;
        }
    BOOST_TEST(placeholders == 1u, raise);
}

BOOST_AUTO_TEST_SUITE_END()

// Where a reference to the tenant table stands: plan_references.cpp, by way of core/plan.hpp.
//
// Only where no NOT NULL reference that carries the tenant leads to a table that has one.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

struct Fixture {
    SchemaBuilder built;

    TableBuilder add(const std::string &name)
    {
        return built.table("s", name).tenant().column("id", "bigint").not_null().key({"id"});
    }
    void refers(TableBuilder &child, const TableBuilder &parent, bool required = true)
    {
        const std::string column = parent->name + "_id";
        child.column(column, "bigint")->columns.back().not_null = required;
        built.reference(child, {column}, parent, {"id"});
    }
    // The tables that get one, in order.
    Texts anchored(const Texts &tables)
    {
        const Plan plan = protect(built.schema, tables);
        Texts out;
        for (const Step &step : plan.steps)
            if (step.kind == "tenant_reference")
                out.push_back(step.target);
        CHECK_TEXTS(sqls(protect(run(built.schema, plan), tables)), {});
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tenant_reference, Fixture)

BOOST_AUTO_TEST_CASE(its_sql_and_its_check)
{
    add("Big")->columns.at(0).name = "tenantId";
    TableBuilder table(built.schema.tables.rbegin()->second);
    table->columns.at(0).sql = "\"tenantId\"";
    const Plan plan = protect(built.schema, {table.name()}, "tenantId");
    const Step &step = plan.steps.front();
    BOOST_TEST(
        step.sql ==
        "ALTER TABLE s.\"Big\" ADD FOREIGN KEY (\"tenantId\") REFERENCES tenancy.tenants (id)");
    const std::string unknown =
        " FROM s.\"Big\" AS c WHERE c.\"tenantId\" IS NOT NULL AND NOT EXISTS (SELECT FROM "
        "tenancy.tenants AS t WHERE t.id = c.\"tenantId\")";
    BOOST_TEST(step.check->sql == "SELECT count(*)" + unknown);
    BOOST_TEST(step.check->hint ==
               "SELECT DISTINCT c.\"tenantId\"" + unknown + "; shows the tenants to create.");
}

BOOST_AUTO_TEST_CASE(the_applications_own_tenant_table)
{
    TableBuilder companies = built.table("app", "Companies").column("Key", "uuid").key({"Key"}),
                 table = add("t");
    built.schema.tenant_table = {companies.oid(), companies.name(), "Key", "\"Key\""};
    BOOST_TEST(
        sqls(protect(built.schema, {"s.t"}), "tenant_reference").front() ==
        "ALTER TABLE s.t ADD FOREIGN KEY (tenant_id) REFERENCES app.\"Companies\" (\"Key\")");
}

BOOST_AUTO_TEST_CASE(a_required_parent_implies_it_in_any_order)
{
    TableBuilder root = add("root"), middle = add("middle"), leaf = add("leaf");
    refers(leaf, middle);
    refers(middle, root);
    CHECK_TEXTS(anchored({"s.root", "s.middle", "s.leaf"}), {"s.root"});
    CHECK_TEXTS(anchored({"s.leaf", "s.middle", "s.root"}), {"s.root"});
    CHECK_TEXTS(anchored({"s.middle", "s.leaf", "s.root"}), {"s.root"});
    CHECK_TEXTS(anchored({"s.leaf"}), {"s.leaf"}); // its parent is not protected
}

BOOST_AUTO_TEST_CASE(an_optional_parent_does_not)
{
    TableBuilder root = add("root"), child = add("child");
    refers(child, root, false);
    CHECK_TEXTS(anchored({"s.root", "s.child"}), {"s.root", "s.child"});
}

BOOST_AUTO_TEST_CASE(a_chain_over_an_optional_parent_stands_on_its_lower_part)
{
    TableBuilder root = add("root"), middle = add("middle"), leaf = add("leaf");
    refers(leaf, middle);
    refers(middle, root, false);
    CHECK_TEXTS(anchored({"s.leaf", "s.middle", "s.root"}), {"s.middle", "s.root"});
}

BOOST_AUTO_TEST_CASE(of_several_columns_all_must_be_required)
{
    TableBuilder root = add("root").column("no", "bigint").key({"id", "no"});
    TableBuilder child = add("child").column("a", "bigint").not_null().column("b", "bigint");
    built.reference(child, {"a", "b"}, root, {"id", "no"});
    CHECK_TEXTS(anchored({"s.child", "s.root"}), {"s.child", "s.root"});
    child->columns.back().not_null = true;
    CHECK_TEXTS(anchored({"s.child", "s.root"}), {"s.root"});
}

BOOST_AUTO_TEST_CASE(one_required_parent_of_several_is_enough)
{
    TableBuilder root = add("root"),
                 loose = built.table("s", "loose").column("id", "bigint").key({"id"}),
                 child = add("child");
    refers(child, loose);
    refers(child, root, false);
    CHECK_TEXTS(anchored({"s.child", "s.root"}), {"s.child", "s.root"});
    TableBuilder other = add("other");
    refers(child, other);
    CHECK_TEXTS(anchored({"s.child", "s.root", "s.other"}), {"s.root", "s.other"});
}

BOOST_AUTO_TEST_CASE(a_table_does_not_imply_its_own)
{
    TableBuilder self = add("self");
    refers(self, self);
    CHECK_TEXTS(anchored({"s.self"}), {"s.self"});
}

BOOST_AUTO_TEST_CASE(a_circle_needs_one_and_so_does_what_leads_to_it)
{
    TableBuilder a = add("a"), b = add("b"), c = add("c"), tail = add("tail");
    refers(a, b);
    refers(b, c);
    refers(c, a);
    refers(tail, a);
    CHECK_TEXTS(anchored({"s.a", "s.b", "s.c", "s.tail"}), {"s.a"});
    CHECK_TEXTS(anchored({"s.c", "s.b", "s.a", "s.tail"}), {"s.c"});
    // From the tail on there is one more than needed, and none too few.
    CHECK_TEXTS(anchored({"s.tail", "s.a", "s.b", "s.c"}), {"s.tail", "s.a"});
    // A way out of the circle is enough for all of it.
    TableBuilder root = add("root");
    refers(b, root);
    CHECK_TEXTS(anchored({"s.tail", "s.a", "s.b", "s.c", "s.root"}), {"s.root"});
}

BOOST_AUTO_TEST_CASE(a_parent_protected_earlier_counts_with_its_reference_only)
{
    TableBuilder parent = add("parent").key({"tenant_id", "id"}).secured(), child = add("child");
    refers(child, parent);
    CHECK_TEXTS(anchored({"s.child"}), {"s.child"}); // somebody dropped the parent's
    built.to_tenants(parent);
    CHECK_TEXTS(anchored({"s.child"}), {});
}

BOOST_AUTO_TEST_CASE(a_reference_that_is_not_validated_implies_nothing)
{
    TableBuilder root = add("root"), child = add("child");
    refers(child, root);
    built.schema.foreign_keys.back().validated = false;
    CHECK_TEXTS(anchored({"s.root", "s.child"}), {"s.root", "s.child"});
    // One that carries the tenant already.
    TableBuilder other = add("other").column("root_id", "bigint").not_null();
    root.key({"tenant_id", "id"});
    built.reference(other, {"tenant_id", "root_id"}, root, {"tenant_id", "id"}).validated = false;
    CHECK_TEXTS(anchored({"s.root", "s.other"}), {"s.root", "s.other"});
    built.schema.foreign_keys.back().validated = true;
    CHECK_TEXTS(anchored({"s.root", "s.other"}), {"s.root"});
}

BOOST_AUTO_TEST_CASE(a_reference_with_a_guard_beside_it_implies_nothing)
{
    TableBuilder root = add("root"), child = add("child");
    refers(child, root);
    built.schema.foreign_keys.back().on_update = 'd';
    CHECK_TEXTS(anchored({"s.child", "s.root"}), {"s.child", "s.root"});
}

BOOST_AUTO_TEST_CASE(rows_of_the_platform_have_no_tenant_to_imply)
{
    TableBuilder root = add("root"), child = add("child");
    refers(child, root);
    const Plan plan = plan_protect(
        built.schema, {request(built.schema, "s.root"),
                       request(built.schema, "s.child", "tenant_id", GlobalRows::read)});
    BOOST_TEST(sqls(plan, "tenant_reference").size() == 2u);
}

BOOST_AUTO_TEST_CASE(partitions_have_their_roots_and_children_their_own)
{
    TableBuilder parted = add("parted"), part = add("part").partition_of(parted),
                 root = add("root"), child = add("child").inherits(root);
    parted->kind = 'p';
    const Plan plan = protect(built.schema, {"s.parted", "s.root"});
    CHECK_TEXTS(
        sqls(plan, "tenant_reference"),
        {"ALTER TABLE s.parted ADD FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)",
         "ALTER TABLE s.root ADD FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)",
         "ALTER TABLE s.child ADD FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)"});
}

BOOST_AUTO_TEST_CASE(a_column_that_is_still_missing_is_not_read)
{
    TableBuilder root = built.table("s", "root").column("id", "bigint").not_null().key({"id"}),
                 child = built.table("s", "child").column("id", "bigint");
    refers(child, root);
    const Plan plan = protect(built.schema, {"s.root", "s.child"});
    for (const Step &step : plan.steps)
        if (step.phase == "references")
            BOOST_TEST(step.check->sql == "SELECT 0");
    CHECK_TEXTS(anchored({"s.child", "s.root"}), {"s.root"});
}

BOOST_AUTO_TEST_SUITE_END()

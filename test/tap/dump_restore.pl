# Dump and restore: a protected database arrives protected, and what pg_restore --disable-triggers
# leaves behind is found by plan() and repaired by protect_schema().
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_tenancy'");
$node->start;

my $acme   = '01900000-0000-7000-8000-00000000000a';
my $globex = '01900000-0000-7000-8000-00000000000b';

# ---- a database with quoted names, a partitioned table, references and an enrolled role ----
$node->safe_psql('postgres', 'CREATE ROLE regress_tenancy_app LOGIN; CREATE DATABASE origin');
$node->safe_psql('origin', <<"SQL");
CREATE EXTENSION pg_tenancy;
SELECT tenancy.create_tenant('Acme', 'acme', 'growth', id => '$acme');
SELECT tenancy.create_tenant('Globex', 'globex', id => '$globex');
CREATE SCHEMA app;
CREATE TABLE app.orders (
    tenant_id uuid NOT NULL, id bigint NOT NULL, note text, PRIMARY KEY (tenant_id, id));
CREATE TABLE app."Order ""Items""" (
    tenant_id uuid NOT NULL, id bigint NOT NULL, "Order Id" bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, "Order Id") REFERENCES app.orders (tenant_id, id) ON DELETE CASCADE);
CREATE TABLE app.events (
    tenant_id uuid NOT NULL, id bigint NOT NULL, "At" date NOT NULL,
    PRIMARY KEY (tenant_id, id, "At")) PARTITION BY RANGE ("At");
CREATE TABLE app.events_2025 PARTITION OF app.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app."Events rest" PARTITION OF app.events DEFAULT;
CREATE TABLE app."Odd" ("Tenant Id" uuid NOT NULL, id bigint PRIMARY KEY);
INSERT INTO app.orders VALUES ('$acme', 1, 'of acme'), ('$globex', 1, 'of globex');
INSERT INTO app."Order ""Items""" VALUES ('$acme', 1, 1), ('$globex', 1, 1);
INSERT INTO app.events VALUES ('$acme', 1, '2025-06-01'), ('$globex', 1, '2026-06-01');
INSERT INTO app."Odd" VALUES ('$acme', 1), ('$globex', 2);
SELECT tenancy.protect('app."Odd"', 'Tenant Id');
SELECT tenancy.protect_schema('app');
SELECT tenancy.soft_delete('app."Odd"', 'Gone At');
GRANT USAGE ON SCHEMA app TO regress_tenancy_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO regress_tenancy_app;
SELECT tenancy.enroll('regress_tenancy_app');
CREATE SCHEMA desk;
CREATE TABLE desk.notes (id bigint PRIMARY KEY, tenant_id uuid, note text);
INSERT INTO desk.notes VALUES (1, NULL, 'assigned');
SELECT tenancy.assign_orphans('desk.notes', '$acme', new_rows => true);
INSERT INTO desk.notes VALUES (2, NULL, 'archived');
SELECT tenancy.archive_orphans('desk.notes');
SELECT tenancy.waive('rls_disabled', 'desk.notes', 'it is being adopted', '2100-01-01 00:00+00');
SQL
my @tables = ('app.orders', 'app."Order ""Items"""', 'app.events', 'app."Odd"');

# ---- what must hold in every copy ----
sub plan_steps { return $node->safe_psql($_[0], q{SELECT count(*) FROM tenancy.plan('app')}) }

# SQLSTATE of a statement of the enrolled role on behalf of Acme; 00000 if it succeeds
sub as_acme {
    my ($database, $statement) = @_;
    my ($code, undef, $errors) = $node->psql(
        $database,
        "\\set VERBOSITY sqlstate\nBEGIN;\n"
          . "SELECT set_config('app.current_tenant_id', '$acme', true);\n$statement;\nCOMMIT;",
        extra_params => [ '-U', 'regress_tenancy_app' ]);
    return $code == 0 ? '00000' : $errors =~ /ERROR:\s+(\w{5})/ ? $1 : $errors;
}

# How the triggers of the extension on the application's tables stand: A is ENABLE ALWAYS
my $states = q{
    SELECT string_agg(DISTINCT t.tgenabled::text, ',')
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'app'::regnamespace
      AND t.tgfoid IN ('tenancy.write_guard()'::regprocedure, 'tenancy.truncate_guard()'::regprocedure,
                       'tenancy.soft_delete_row()'::regprocedure)};

sub kept_apart {
    my ($database) = @_;
    is(plan_steps($database), '0', "$database: the plan is empty");
    is($node->safe_psql($database, $states), 'A', "$database: all guards are ENABLE ALWAYS");
    is($node->safe_psql($database, q{SELECT bool_and(row_security AND forced AND isolated AND guarded) FROM tenancy.protected}),
        't', "$database: the protected tables are complete");
    is($node->safe_psql($database, q{SELECT string_agg(slug, ',' ORDER BY slug) FROM tenancy.tenants}),
        'acme,globex', "$database: the tenants are there");
    is($node->safe_psql($database, q{SELECT string_agg(format('%s %s %s %s', d.id, d.action, d.rows, (SELECT count(*) FROM tenancy.orphan_rows WHERE decision = d.id)), ',' ORDER BY d.id) FROM tenancy.orphan_decisions AS d}),
        '1 assigned 1 1,2 archived 1 1', "$database: decisions about orphans are there");
    is($node->safe_psql($database, q{SELECT concat_ws(' ', level, object, metadata ->> 'waived') FROM tenancy.lint() WHERE rule = 'rls_disabled'}),
        'waived desk.notes it is being adopted', "$database: waivers are there");
    is($node->safe_psql($database, q{SELECT note FROM tenancy_archive."desk.notes"}),
        'archived', "$database: and what they have archived");
    is($node->safe_psql($database, q{SELECT string_agg(role::text, ',') FROM tenancy.enrolled}),
        'regress_tenancy_app', "$database: the role is enrolled");
    is(as_acme($database, "INSERT INTO app.orders VALUES ('$globex', 2)"),
        '42501', "$database: a row of another tenant is refused");
    is(as_acme($database, "INSERT INTO app.events VALUES ('$globex', 2, '2025-07-01')"),
        '42501', "$database: also in a partitioned table");
    is(as_acme($database, "INSERT INTO app.\"Odd\" VALUES ('$globex', 3)"),
        '42501', "$database: also where the column has another name");
    is(as_acme($database, "INSERT INTO app.orders VALUES ('$acme', 2); DELETE FROM app.orders WHERE id = 2"),
        '00000', "$database: the tenant's own row is not");
    is(as_acme($database, "DO \$do\$ BEGIN DELETE FROM app.\"Odd\"; ASSERT FOUND; ASSERT NOT EXISTS (SELECT FROM app.\"Odd\"); "
          . "ASSERT tenancy.restore_rows('app.\"Odd\"', '{1}') = 1; END \$do\$"),
        '00000', "$database: what is deleted softly can be brought back");
    for my $table (@tables) {
        is(as_acme($database, "SELECT 1 / (count(*) = 1)::int FROM (SELECT FROM $table LIMIT 2) AS row"),
            '00000', "$database: of $table the tenant sees its own row");
    }
    return;
}

# pg_dump -s without the lines that differ from call to call in newer minor versions
sub schema_of {
    my ($database) = @_;
    my $dump = PostgreSQL::Test::Utils::tempdir . '/schema.sql';
    $node->command_ok([ 'pg_dump', '-s', '-f', $dump, $node->connstr($database) ], "$database: schema dumped");
    return join '', grep { !/^\\(un)?restrict / } split /^/, slurp_file($dump);
}

kept_apart('origin');
my $schema = schema_of('origin');
my $archive = PostgreSQL::Test::Utils::tempdir . '/origin.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $archive, $node->connstr('origin') ], 'dumped');

# ---- the whole archive into a new database ----
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $archive ], 'restored');
kept_apart('restored');
is(schema_of('restored'), $schema, 'restored: the same schema');

# ---- the schema, then the data with --disable-triggers, which enables triggers plainly ----
$node->safe_psql('postgres', 'CREATE DATABASE in_parts');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-s', '-d', $node->connstr('in_parts'), $archive ],
    'in_parts: schema restored');
is(plan_steps('in_parts'), '0', 'in_parts: the plan is empty before the data come');
$node->command_ok(
    [ 'pg_restore', '--exit-on-error', '-a', '--disable-triggers', '-d', $node->connstr('in_parts'), $archive ],
    'in_parts: data restored with --disable-triggers');
like($node->safe_psql('in_parts', $states), qr/O/, 'in_parts: guards are enabled plainly');
isnt(plan_steps('in_parts'), '0', 'in_parts: the plan says so');
is(as_acme('in_parts', "INSERT INTO app.orders VALUES ('$globex', 2)"),
    '42501', 'in_parts: a row of another tenant is refused all the same');
isnt($node->safe_psql('in_parts', q{SELECT tenancy.protect_schema('app')}),
    '0', 'in_parts: protect_schema() repairs the guards');
is($node->safe_psql('in_parts', q{SELECT tenancy.soft_delete('app."Odd"', 'Gone At')}),
    '1', 'in_parts: soft_delete() repairs its trigger');
kept_apart('in_parts');

# ---- decisions about orphans are taken back where they arrived ----
$node->safe_psql('postgres', 'CREATE DATABASE undone TEMPLATE restored');
is($node->safe_psql('undone', q{SELECT tenancy.undo_orphans(2), tenancy.undo_orphans(1)}), '1|1', 'undone: decisions are taken back');
is($node->safe_psql('undone', q{SELECT count(*) FROM desk.notes WHERE tenant_id IS NULL}), '2', 'undone: the rows are as they were');
is($node->safe_psql('undone', q{SELECT tenancy.archive_orphans('desk.notes'); SELECT max(id) FROM tenancy.orphan_decisions}), "2\n3", 'undone: numbers go on');

# ---- the extension does not go while it protects something ----
my ($code, undef, $errors) = $node->psql('restored', "\\set VERBOSITY sqlstate\nDROP EXTENSION pg_tenancy;");
like($errors, qr/2BP01/, 'DROP EXTENSION is refused while tables are protected');
kept_apart('restored');

$node->stop;
done_testing();

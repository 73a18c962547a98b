# No failure leaves anything behind. With a library built for fault injection, every fault point, every
# documented error and every kind of cancel happens TENANCY_FAULT_ROUNDS times (10,000) in one backend:
# its memory stays flat (less than 1 MB from the first tenth to the end), and the next transaction
# has no tenant, its own user, and sees exactly the rows of the tenant it sets.
#
# Skipped without sources, see FaultLibrary.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use FaultLibrary;
use TenancyNode;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rounds = $ENV{TENANCY_FAULT_ROUNDS} || 10_000;
my $first = int($rounds / 10) || 1;
my $limit = 1024 * 1024;
# These take milliseconds each, most of them to read the whole schema, or keep something to the end of their
# transaction (replaced plans): fewer rounds, a longer warm-up.
my %slow = map { $_ => 1 } 'protect a view', 'protect by a column of another type',
  'use_tenant_table: tables are protected', 'fault: saved_plan, a plan that was replaced', 'enroll a superuser', 'unenroll: not enrolled';
my $slow_rounds = int($rounds / 10);
my $source = fault_sources() or plan skip_all => 'no sources to build from; set TENANCY_SRC';
my ($build, %points) = fault_library($source);
my $project = '00000000-0000-4000-8000-0000000000f1';
my $node = tenancy_node('faults',
	conf => [ "dynamic_library_path = '$build:\$libdir'", "log_min_messages = panic", "tenancy.keyring_file = 'keys.json'", "shared_buffers = 32MB" ]);

append_to_file($node->data_dir . '/keys.json', '{"keys": [{"kid": "one", "kty": "oct", "alg": "HS256", "k": "' . 'A' x 43 . '"}]}');
chmod oct('0600'), $node->data_dir . '/keys.json';
$node->safe_psql('app', qq{
	SELECT tenancy.create_tenant('spare', 'spare'), tenancy.suspend_tenant('$tenant{c}');
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	CREATE TABLE lines (tenant_id uuid NOT NULL, id int, item_id int, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, item_id) REFERENCES items ON DELETE CASCADE);
	CREATE TABLE countries (code text PRIMARY KEY);
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 5) AS n;
	INSERT INTO lines SELECT t.id, n, (n + 1) / 2 FROM tenancy.tenants AS t, generate_series(1, 4) AS n;
	CREATE VIEW as_owner AS SELECT * FROM items;
	CREATE TABLE no_column (id int);
	-- What belongs to the table runs as its owner, somebody else.
	CREATE ROLE keeper;
	CREATE TABLE kept (id int);
	ALTER TABLE kept OWNER TO keeper;
	-- A reference that cannot carry the tenant.
	CREATE TABLE things (tenant_id uuid NOT NULL, id int PRIMARY KEY);
	CREATE TABLE tags (tenant_id uuid NOT NULL, id int PRIMARY KEY, thing_id int REFERENCES things ON UPDATE SET NULL);
	INSERT INTO things VALUES ('$tenant{a}', 1), ('$tenant{b}', 2);
	-- Its new rows get the tenant of their thing.
	CREATE TABLE fills (tenant_id uuid, id int, thing_id int CONSTRAINT to_thing REFERENCES things);
	CREATE TRIGGER zzzz_tenancy_fill BEFORE INSERT OR UPDATE ON fills FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
		EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', '', 'tenant_id', 'to_thing', '');
	CREATE TABLE broken_fills (tenant_id uuid, id int, thing_id int);
	CREATE TRIGGER zzzz_tenancy_fill BEFORE INSERT OR UPDATE ON broken_fills FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
		EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', '', 'tenant_id', 'to_thing', '');
	-- Its rows are marked by DELETE; one is already.
	CREATE TABLE notes (tenant_id uuid NOT NULL, id int PRIMARY KEY, deleted_at timestamptz);
	INSERT INTO notes VALUES ('$tenant{a}', 1, NULL), ('$tenant{a}', 2, '2026-01-01'), ('$tenant{b}', 3, NULL);
	-- Its trigger makes the relations known to a backend stale, as any change of a table does.
	CREATE TABLE poke (n int);
	CREATE TRIGGER poke AFTER INSERT ON poke FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
	CREATE MATERIALIZED VIEW copied AS SELECT * FROM items;
	GRANT SELECT ON copied TO app;
	-- pg_cancel_backend() is not for sessions of an application.
	CREATE FUNCTION cancel_backend(int) RETURNS boolean LANGUAGE internal STRICT AS 'pg_cancel_backend';
	-- Fails beneath a cascade, in the way the setting test.trip names.
	CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		CASE current_setting('test.trip', true)
			WHEN 'raise' THEN RAISE EXCEPTION USING ERRCODE = 'TRIP0';
			WHEN 'cancel' THEN PERFORM cancel_backend(pg_backend_pid()), pg_sleep(1);
			ELSE NULL;
		END CASE;
		RETURN NULL;
	END \$\$;
	CREATE TRIGGER trip AFTER INSERT OR DELETE ON lines FOR EACH ROW EXECUTE FUNCTION trip();
	CREATE TABLE watched (id int, tenant_id uuid);
	SELECT tenancy.observe('watched');
	GRANT SELECT, INSERT ON watched TO app;
	SELECT tenancy.protect('items'), tenancy.protect('lines'), tenancy.share('countries');
	SELECT tenancy.protect('things'), tenancy.protect('tags'), tenancy.protect('notes'), tenancy.soft_delete('notes');
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON items, lines, things, tags, notes, countries, as_owner, no_column, poke TO app;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenancy TO app;
	GRANT pg_read_all_stats TO app;
	SELECT tenancy.install_model('changeops');
	GRANT USAGE ON SCHEMA changeops TO app;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA changeops TO app;
	INSERT INTO changeops.projects (tenant_id, id, name, slug) VALUES ('$tenant{a}', '$project', 'P', 'p');
	INSERT INTO changeops.changes (tenant_id, project_id, title) VALUES ('$tenant{a}', '$project', 'known');
	SELECT tenancy.enroll('app');

	-- Each round in a subtransaction: prepare, arm the fault, attempt; the attempt must fail as expected.
	CREATE FUNCTION hammer(rounds int, fault text, prepare text, attempt text, expected text) RETURNS text
	LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR round IN 1 .. rounds LOOP
			BEGIN
				IF prepare <> '' THEN
					EXECUTE prepare;
				END IF;
				IF fault <> '' THEN
					PERFORM set_config('tenancy.fault', fault, true);
				END IF;
				EXECUTE attempt;
				RETURN 'not refused in round ' || round;
			EXCEPTION WHEN query_canceled OR OTHERS THEN
				IF SQLSTATE <> expected THEN
					RETURN format('%s in round %s: %s', SQLSTATE, round, SQLERRM);
				END IF;
			END;
		END LOOP;
		RETURN 'done';
	END \$\$;
});

# ---- what happens: role, name, [fault, prepare, attempt, expected state], or [statement, state] for
# statements of their own transaction ----
my $in_a = "SET LOCAL app.current_tenant_id = '$tenant{a}'";
my $poke = 'INSERT INTO poke VALUES (1)';    # every cached relation is stale afterwards
# As a platform role makes what backends know of tenants stale, and becomes the application.
sub turn_stale
{
	my ($change) = @_;
	return "DO \$do\$ BEGIN $change; SET LOCAL ROLE app; $in_a; PERFORM count(*) FROM items; END \$do\$";
}
my $tenants_changed = "UPDATE tenancy.tenants SET name = name WHERE slug = 'spare'";
my $registry_changed = "INSERT INTO tenancy.tenant_registry (tenant) VALUES ('x')";

my $change = 'INSERT INTO changeops.changes (project_id, title, module_path)';

my %faults = (
	check_statement => [ app => $in_a, 'SELECT count(*) FROM items' ],
	check_utility   => [ app => '', 'DISCARD PLANS' ],
	check_function  => [ app => '', "SELECT pg_notify('x', 'y')" ],
	without_estimates => [ app => $in_a, 'EXPLAIN SELECT count(*) FROM items' ],
	check_key_validation => [ postgres => '', 'ALTER TABLE poke ADD CHECK (n > 0)' ],
	copies_protected_rows => [ app => "$in_a; $poke", 'SELECT count(*) FROM copied' ],
	protection_of   => [ app => "$in_a; $poke", 'SELECT count(*) FROM items' ],
	write_guard     => [ app => $in_a, 'INSERT INTO items (id) VALUES (9)' ],
	reference_guard => [ app => $in_a, 'INSERT INTO tags (id, thing_id) VALUES (1, 1)' ],
	module_question => [ app => $in_a, "$change VALUES ('$project', 'x', 'src/auth')" ],
	insert_module   => [ app => $in_a, "$change VALUES ('$project', 'x', 'lib/new')" ],
	default_environment => [ app => $in_a, "$change VALUES ('$project', 'x', NULL)" ],
	fill_tenant     => [ postgres => '', 'INSERT INTO fills (id, thing_id) VALUES (9, 1)' ],
	probe           => [ postgres => '', "DO \$x\$ BEGIN IF (SELECT sqlstate FROM tenancy.probe(NULL, NULL, false, true, 'SELECT 1')) = '58000' THEN RAISE EXCEPTION 'injected' USING ERRCODE = '58000'; END IF; END \$x\$" ],
	as_owner        => [ postgres => '', "SELECT tenancy.as_owner('kept', 'INSERT INTO kept VALUES (1)')" ],
	soft_delete_row => [ app => $in_a, 'DELETE FROM notes' ],
	owners_update   => [ app => $in_a, 'DELETE FROM notes' ],
	saved_plan      => [ app => $in_a, 'DELETE FROM notes' ],
	restore_rows    => [ app => $in_a, q{SELECT tenancy.restore_rows('notes', '{2}')} ],
	through_door    => [ app => '', "SELECT * FROM tenancy.find_tenant('a')" ],
	note_prepare    => [ app => $in_a, 'PREPARE faulty AS SELECT 1' ],
	authenticate    => [ app => '', q{SELECT tenancy.authenticate(concat(md5('a'), '.', md5('b'), '.', md5('c')))} ],
	guarded         => [ postgres => '', turn_stale('NULL') ],
	tenant_status   => [ postgres => '', turn_stale($registry_changed) ],
	installation    => [ postgres => '', turn_stale($tenants_changed) ],
	relation_oid    => [ postgres => '', turn_stale($tenants_changed) ],
	unique_index_on => [ postgres => '', turn_stale($tenants_changed) ],
	observing       => [ postgres => '', turn_stale($tenants_changed) ],
	enter_planning  => [ app => '', 'SELECT count(*) FROM watched' ],
	# What it found is kept while nothing changes: the tenant does, after the fault is armed.
	find_subject    => [ app => '', "DO \$x\$ BEGIN PERFORM set_config('app.current_tenant_id', '$tenant{a}', true); INSERT INTO watched VALUES (1); END \$x\$" ],
	scan            => [ postgres => '', turn_stale($tenants_changed) ],
);
is(join(' ', sort keys %faults), join(' ', sort keys %points), 'every fault point of the sources is tested');

my @happenings;
for my $point (sort keys %faults)
{
	my ($role, $prepare, $attempt) = @{ $faults{$point} };
	push @happenings, [ $role, "fault: $point", $point, $prepare, $attempt, '58000' ];
}
my $unknown = '00000000-0000-4000-8000-ffffffffffff';
push @happenings,
  # A fault in the middle of other work.
  [ postgres => 'fault: scan, reading a status', 'scan', '', turn_stale($registry_changed), '58000' ],
  [ app => 'fault: write_guard beneath a cascade', 'write_guard', $in_a, 'DELETE FROM items', '58000' ],
  [ app => 'fault: protection_of beneath a view', 'protection_of', "$in_a; $poke", 'SELECT * FROM as_owner', '58000' ],
  [ postgres => 'fault: saved_plan, a plan that was replaced', 'saved_plan', "$in_a; DELETE FROM notes WHERE id = 1; ALTER TABLE notes RENAME TO notes2", 'DELETE FROM notes2', '58000' ],
  # No tenant, no such tenant, not this tenant.
  [ app => 'no tenant: SELECT', '', '', 'SELECT count(*) FROM items', '42501' ],
  [ app => 'no tenant: INSERT', '', '', 'INSERT INTO items (id) VALUES (9)', '42501' ],
  [ app => 'no tenant: accessor', '', '', 'SELECT tenancy.current_tenant_id()', '42501' ],
  [ app => 'malformed id: set_tenant', '', '', "SELECT tenancy.set_tenant('no-tenant')", '22P02' ],
  [ app => 'malformed id: SET LOCAL', '', '', "SET LOCAL app.current_tenant_id = 'no-tenant'", '22P02' ],
  [ app => 'empty id', '', '', "SELECT tenancy.set_tenant('')", '22023' ],
  [ app => 'unknown tenant', '', '', "SELECT tenancy.set_tenant('$unknown')", '42704' ],
  [ app => 'suspended tenant', '', '', "SELECT tenancy.set_tenant('$tenant{c}')", '42501' ],
  [ app => 'suspended tenant, at first use', '', "SET LOCAL app.current_tenant_id = '$tenant{c}'", 'SELECT count(*) FROM items', '42501' ],
  [ app => 'second tenant: SET LOCAL', '', "$in_a; SELECT count(*) FROM items", "SET LOCAL app.current_tenant_id = '$tenant{b}'", '42501' ],
  [ app => 'second tenant: set_tenant', '', "$in_a", "SELECT tenancy.set_tenant('$tenant{b}')", '42501' ],
  [ app => 'plain SET', '', '', "SET app.current_tenant_id = '$tenant{a}'", '42501' ],
  [ app => 'wrong accessor', '', $in_a, 'SELECT tenancy.current_tenant_bigint()', '42804' ],
  # Other tenants' rows.
  [ app => 'cross-tenant INSERT', '', $in_a, "INSERT INTO items VALUES ('$tenant{b}', 9)", '42501' ],
  [ app => 'cross-tenant UPDATE', '', $in_a, "UPDATE items SET tenant_id = '$tenant{b}' WHERE id = 5", '42501' ],
  [ postgres => 'cross-tenant UPDATE as superuser', '', $in_a, "UPDATE items SET id = 99 WHERE tenant_id = '$tenant{b}' AND id = 5", '42501' ],
  [ postgres => 'cross-tenant soft DELETE as superuser', '', $in_a, 'DELETE FROM notes WHERE id = 3', '42501' ],
  [ postgres => 'a fill trigger that does not fit', '', '', 'INSERT INTO broken_fills (id, thing_id) VALUES (9, 1)', '55000' ],
  [ app => 'malformed key: restore_rows', '', $in_a, q{SELECT tenancy.restore_rows('notes', '{x}')}, '22P02' ],
  [ app => 'a table that is not soft-deleted: restore_rows', '', $in_a, q{SELECT tenancy.restore_rows('items', '{1}')}, '55000' ],
  [ postgres => 'cross-tenant DELETE as superuser', '', $in_a, "DELETE FROM items WHERE tenant_id = '$tenant{b}'", '42501' ],
  [ app => 'TRUNCATE', '', $in_a, 'TRUNCATE lines', '42501' ],
  [ postgres => 'TRUNCATE as superuser', '', $in_a, 'TRUNCATE lines', '42501' ],
  [ app => 'a materialized view', '', "$in_a; $poke", 'SELECT count(*) FROM copied', '42501' ],
  [ app => 'EXPLAIN ANALYZE', '', $in_a, 'EXPLAIN ANALYZE SELECT count(*) FROM items', '42501' ],
  [ app => 'pg_notify', '', $in_a, "SELECT pg_notify('x', 'y')", '42501' ],
  [ app => 'CREATE TABLE from the application', '', $in_a, 'CREATE TABLE t (n int)', '42501' ],
  [ app => 'a key that is taken', '', $in_a, 'INSERT INTO items (id) VALUES (1)', '23505' ],
  [ app => 'write to a shared table', '', $in_a, "INSERT INTO countries VALUES ('xx')", '42501' ],
  [ app => 'a view with its owner\'s rights', '', $in_a, 'SELECT * FROM as_owner', '42501' ],
  [ app => 'a reference to nothing', '', $in_a, 'INSERT INTO lines (id, item_id) VALUES (9, 999)', '23503' ],
  [ app => 'a reference to another tenant\'s row', '', $in_a, 'INSERT INTO tags (id, thing_id) VALUES (1, 2)', '23503' ],
  [ app => 'error beneath a cascade', '', "$in_a; SET LOCAL test.trip = 'raise'", 'DELETE FROM items WHERE id = 1', 'TRIP0' ],
  # Models.
  [ app => 'a path that climbs out', '', $in_a, "$change VALUES ('$project', 'x', '../x')", '22023' ],
  [ app => 'no project', '', $in_a, "$change VALUES (NULL, 'x', 'src')", '23502' ],
  [ app => 'unknown project', '', $in_a, "$change VALUES ('$unknown', 'x', 'src')", '23503' ],
  [ app => 'unknown module', '', $in_a, "INSERT INTO changeops.changes (project_id, title, module_id) VALUES ('$project', 'x', '$unknown')", '23503' ],
  [ app => 'a module is created, then an error', '', $in_a, "$change VALUES ('$project', 'x', 'lib/new'), (NULL, 'x', 'src')", '23502' ],
  [ app => 'no transition', '', $in_a, "UPDATE changeops.changes SET status = 'applied'", '55000' ],
  [ postgres => 'no such model', '', '', "SELECT tenancy.install_model('none')", '42704' ],
  [ postgres => 'a model elsewhere', '', '', "SELECT tenancy.install_model('changeops', 'elsewhere')", '42710' ],
  # Tokens.
  [ app => 'a token that is none', '', '', q{SELECT tenancy.authenticate(concat(md5('a'), '.', md5('b'), '.', md5('c')))}, '28000' ],
  [ app => 'a token in the statement', '', '', q{SELECT tenancy.authenticate('no.such.token')}, '22023' ],
  [ app => 'a token of nobody', '', '', q{SELECT tenancy.authenticate(concat(replace('eyJhbGciOiJIUzI1NiIsImtpZCI6Im9uZSJ9_e30_', '_', '.'), repeat('A', 43)))}, '28000' ],
  # The interface for the platform.
  [ app => 'suspend_tenant from the application', '', '', "SELECT tenancy.suspend_tenant('$tenant{a}')", '42501' ],
  [ app => 'protect from the application', '', '', "SELECT tenancy.protect('no_column')", '42501' ],
  [ postgres => 'protect a view', '', '', "SELECT tenancy.protect('as_owner')", '42809' ],
  [ postgres => 'protect by a column of another type', '', '', "SELECT tenancy.protect('no_column', 'id')", '42804' ],
  [ postgres => 'create_tenant: slug taken', '', '', "SELECT tenancy.create_tenant('a', 'a')", '23505' ],
  [ postgres => 'create_tenant: no such plan', '', '', "SELECT tenancy.create_tenant('x', 'x', plan => 'none')", '42704' ],
  [ postgres => 'suspend_tenant: unknown', '', '', "SELECT tenancy.suspend_tenant('$unknown')", '42704' ],
  [ postgres => 'suspend_tenant: malformed', '', '', "SELECT tenancy.suspend_tenant('no-tenant')", '22P02' ],
  [ postgres => 'restore_tenant: not deleted', '', '', "SELECT tenancy.restore_tenant('$tenant{c}')", '55000' ],
  [ postgres => 'status out of order', '', '', "UPDATE tenancy.tenants SET status = 'provisioning' WHERE slug = 'a'", '55000' ],
  [ postgres => 'enroll a superuser', '', '', "SELECT tenancy.enroll('postgres')", '0LP01' ],
  [ postgres => 'unenroll: not enrolled', '', '', "SELECT tenancy.unenroll('pg_monitor')", '42704' ],
  [ postgres => 'use_tenant_table: tables are protected', '', '', "SELECT tenancy.use_tenant_table('no_column')", '55000' ],
  # C++ exceptions.
  [ app => 'malformed TypeID', '', '', "SELECT tenancy.typeid_uuid('ten_no')", '22P02' ],
  [ app => 'malformed prefix', '', '', "SELECT tenancy.typeid('TEN', '$tenant{a}')", '22023' ],
  [ postgres => 'malformed snapshot', '', '', "SELECT tenancy.plan_steps('{', '{}')", '22023' ],
  # Cancels.
  [ app => 'cancel in a SELECT', '', $in_a, 'SELECT count(cancel_backend(pg_backend_pid())), max(pg_sleep(1)::text) FROM items', '57014' ],
  [ app => 'cancel in an INSERT', '', "$in_a; SET LOCAL test.trip = 'cancel'", 'INSERT INTO lines (id, item_id) VALUES (9, 1)', '57014' ],
  [ app => 'cancel beneath a cascade', '', "$in_a; SET LOCAL test.trip = 'cancel'", 'DELETE FROM items WHERE id = 1', '57014' ],
  [ app => 'a cursor WITH HOLD', '', $in_a, 'DECLARE c CURSOR WITH HOLD FOR SELECT * FROM items', '42501' ],
  [ app => 'CREATE TRIGGER from the application', '', '', 'CREATE TRIGGER t AFTER INSERT ON poke EXECUTE FUNCTION tenancy.announce_change()', '42501' ],
  [ app => 'cancel in a fetch', '', "$in_a; DECLARE c CURSOR FOR SELECT cancel_backend(pg_backend_pid()), pg_sleep(1) FROM items", 'FETCH ALL FROM c', '57014' ];

# In transactions of their own: psql sends the statement, over and over; all must fail with the state.
my @alone = (
	[ 'alone: no tenant', 'SELECT count(*) FROM items;', '42501' ],
	[ 'alone: plain SET', "SET app.current_tenant_id = '$tenant{a}';", '42501' ],
	[ 'alone: suspended tenant', "SELECT tenancy.set_tenant('$tenant{c}');", '42501' ],
	[ 'alone: cross-tenant INSERT', "SELECT tenancy.set_tenant('$tenant{a}') \\; INSERT INTO items VALUES ('$tenant{b}', 9);", '42501' ],
	[ 'alone: fault in check_statement', "SELECT tenancy.set_tenant('$tenant{a}'), set_config('tenancy.fault', 'check_statement', true) \\; DELETE FROM items;", '58000' ],
	[ 'alone: fault in write_guard', "SELECT tenancy.set_tenant('$tenant{a}'), set_config('tenancy.fault', 'write_guard', true) \\; DELETE FROM items;", '58000' ],
	[ 'alone: statement_timeout', "SELECT set_config('app.current_tenant_id', '$tenant{a}', true), set_config('statement_timeout', '1', true) \\; SELECT count(*) FROM items, pg_sleep(5) ;", '57014' ],
	[ 'alone: statement_timeout beneath a cascade', "SELECT set_config('app.current_tenant_id', '$tenant{a}', true), set_config('statement_timeout', '1', true) \\; DELETE FROM items WHERE id = 1 AND pg_sleep(5) IS NOT NULL;", '57014' ],
);

# ---- run and measure ----
my $measure = "SELECT sum(total_bytes) AS contexts, extract(epoch FROM clock_timestamp()) AS now FROM pg_backend_memory_contexts \\gset\n"
  . "\\set pages `cut -d' ' -f2,3 /proc/\$BACKEND/statm 2>/dev/null || echo 0 0`\n\\echo :contexts :pages :now";
my $page = `getconf PAGESIZE` || 4096;

sub clean_steps
{
	my ($role, $i) = @_;
	return (
		"context $i" => "SELECT current_user, session_user, tenant IS NULL, guarded, current_setting('tenancy.fault') = '' FROM tenancy.context();",
		"none $i" => 'SELECT count(*) FROM items;',
		"rows $i" => "BEGIN; SELECT FROM tenancy.set_tenant('$tenant{b}'); SET LOCAL ROLE app; "
		  . "SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM items; DELETE FROM items WHERE id = 1; "
		  . "SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM lines; ROLLBACK;",
		"after $i" => "SELECT current_user;");
}
sub check_clean
{
	my ($role, $seen, $i) = @_;
	my $guarded = $role eq 'app';
	is(rows($seen, "context $i"), "$role|$role|t|" . ($guarded ? 't' : 'f') . '|t', 'the next transaction has no tenant and its own user');
	is(state($seen, "none $i"), $guarded ? '42501' : '00000', 'and gets ' . ($guarded ? 'no rows' : 'all rows, as the platform does'));
	is(rows($seen, "rows $i"), "b|5\nb|2", 'with a tenant it gets exactly that tenant\'s rows');
	is(rows($seen, "after $i"), $role, 'and stays who it is');
}
my %growth;
sub check_memory
{
	my ($name, $seen, $i) = @_;
	my @before = split ' ', rows($seen, "first $i");
	my @half = split ' ', rows($seen, "half $i");
	my @after = split ' ', rows($seen, "last $i");
	is(scalar(@before) + scalar(@half) + scalar(@after), 12, 'memory was measured') or return;
	my $contexts = $after[0] - $before[0];
	# What leaks grows all the time; an allocator that takes a step does so once, in one of the halves.
	my ($first_half, $second_half) = map { my ($from, $to) = @$_; (($to->[1] - $to->[2]) - ($from->[1] - $from->[2])) * $page } [ \@before, \@half ], [ \@half, \@after ];
	my $private = 2 * ($first_half < $second_half ? $first_half : $second_half);
	cmp_ok($first_half + $second_half, '<', 8 * $limit, 'a step of the allocator is less than 8 MB');
	$growth{$name} = [ $contexts, $private ];
	cmp_ok($contexts, '<', $limit, "memory contexts grow less than 1 MB");
	cmp_ok($private, '<', $limit, "private memory grows less than 1 MB");
	note(sprintf('%-50s contexts %+9d bytes, private memory %+9d bytes, %.1f s', $name, $contexts, $private, $after[3] - $before[3]));
}

my @start = (
	start => "SET client_min_messages = error; SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid",
	which => q{SELECT setting = '' FROM pg_settings WHERE name = 'tenancy.fault';});
my $since = time;
for my $role ('app', 'postgres')
{
	my @mine = grep { $_->[0] eq $role } @happenings;
	my @steps = @start;
	for my $i (0 .. $#mine)
	{
		my (undef, $name, @arguments) = @{ $mine[$i] };
		my $arguments = join(', ', map { my $s = $_; $s =~ s/'/''/g; "'$s'" } @arguments);
		my $chunk = $slow{$name} ? int($slow_rounds / 10) || 1 : $first;
		my $hammer = "SELECT hammer($chunk, $arguments);\n";
		my $warm = $slow{$name} ? 4 : 1;
		my $half = int((10 - $warm) / 2);
		push @steps,
		  "warm $i" => $hammer x $warm, "first $i" => $measure,
		  "rest $i" => $hammer x $half, "half $i" => $measure,
		  "more $i" => $hammer x (10 - $warm - $half), "last $i" => $measure,
		  clean_steps($role, $i);
	}
	my $seen = session($node, $role, \@steps, timeout => 900);
	is(rows($seen, 'which'), 't', "$role: the library under test has fault points");
	for my $i (0 .. $#mine)
	{
		my $name = $mine[$i][1];
		subtest "$role: $name" => sub {
			is(join("\n", rows($seen, "warm $i"), rows($seen, "rest $i"), rows($seen, "more $i")), join("\n", ('done') x 10), "refused with $mine[$i][5] every time");
			note("$slow_rounds rounds instead of $rounds") if $slow{$name};
			check_memory("$role: $name", $seen, $i);
			check_clean($role, $seen, $i);
		};
	}
}
note(sprintf 'in subtransactions: %.0f s', time - $since);

$since = time;
{
	my @steps = (@start, quiet => '\set VERBOSITY sqlstate');
	for my $i (0 .. $#alone)
	{
		my (undef, $statement) = @{ $alone[$i] };
		push @steps,
		  "warm $i" => "\\o /dev/null\n\\warn \@warm $i\n" . "$statement\n" x $first . "\\o", "first $i" => $measure,
		  "rest $i" => "\\o /dev/null\n\\warn \@rest $i\n" . "$statement\n" x int(($rounds - $first) / 2) . '\o', "half $i" => $measure,
		  "more $i" => "\\o /dev/null\n" . "$statement\n" x ($rounds - $first - int(($rounds - $first) / 2)) . "\\o\n\\warn \@over", "last $i" => $measure,
		  clean_steps('app', $i);
	}
	my $seen = session($node, 'app', \@steps, timeout => 900);
	my (%states, $now);
	for (split /\n/, $seen->{errors})
	{
		if (/\@(?:warm|rest) (\d+)/) { $now = $1 }
		elsif (/\@over/) { $now = undef }
		elsif (defined $now && /ERROR: +([0-9A-Z]{5})/) { $states{$now}{$1}++ }
	}
	for my $i (0 .. $#alone)
	{
		my ($name, undef, $state) = @{ $alone[$i] };
		subtest $name => sub {
			is(join(', ', map { "$states{$i}{$_} x $_" } sort keys %{ $states{$i} }), "$rounds x $state", 'refused every time');
			check_memory($name, $seen, $i);
			check_clean('app', $seen, $i);
		};
	}
}

# Ids that do not exist, another one each time: what is remembered of them is bounded (4,096 entries).
{
	my $try = sub { join('', map { sprintf("SELECT tenancy.set_tenant('00000000-0000-4000-9000-%012x');\n", $_) } $_[0] .. $_[1]) };
	my $seen = session($node, 'app', [ @start, quiet => '\set VERBOSITY sqlstate',
		"warm 0" => $try->(1, 5_000), "first 0" => $measure,
		"rest 0" => $try->(5_001, 10_000), "half 0" => $measure, "more 0" => $try->(10_001, 15_500), "last 0" => $measure, clean_steps('app', 0) ], timeout => 300);
	subtest 'alone: 15,500 different unknown tenants' => sub {
		is(scalar(() = $seen->{errors} =~ /42704/g), 15_500, 'refused every time');
		check_memory('alone: different unknown tenants', $seen, 0);
		check_clean('app', $seen, 0);
	};
}
note(sprintf 'in transactions of their own: %.0f s', time - $since);

my ($worst) = sort { $growth{$b}[0] <=> $growth{$a}[0] } keys %growth;
my ($fattest) = sort { $growth{$b}[1] <=> $growth{$a}[1] } keys %growth;
diag(sprintf 'from round %d to %d: contexts %+d bytes at most (%s), private memory %+d bytes at most (%s)',
	$first, $rounds, $growth{$worst}[0], $worst, $growth{$fattest}[1], $fattest);
$node->stop;
done_testing();

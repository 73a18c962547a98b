# Models beyond one session: a hundred sessions resolving one new path make one module, also when one of
# them rolls back; projects are initialized concurrently; changeops works alike in any schema, with uuid and
# with text tenant ids, and again after pg_dump and pg_restore.
use strict;
use warnings;
use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('models');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_tenancy'\nmax_connections = 130\n");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my %tenant = (a => '00000000-0000-4000-8000-00000000000a', b => '00000000-0000-4000-8000-00000000000b');
$node->safe_psql('postgres', "CREATE ROLE regress_tenancy_app LOGIN; CREATE ROLE regress_tenancy_text LOGIN");

# ---- databases: uuid keys in schema app1, text keys in schema "App 2" ----
sub with_changeops
{
	my ($database, $schema, $role, $tenants) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq{
		CREATE EXTENSION pg_tenancy; $tenants
		SELECT tenancy.install_model('changeops', '$schema');
		GRANT USAGE ON SCHEMA "$schema" TO $role;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "$schema" TO $role;
		SELECT tenancy.enroll('$role');
	});
}
with_changeops('by_uuid', 'app1', 'regress_tenancy_app', join '',
	map { "SELECT tenancy.create_tenant('$_', '$_', id => '$tenant{$_}');" } qw(a b));
with_changeops('by_text', 'App 2', 'regress_tenancy_text',
	"CREATE TABLE companies (id text PRIMARY KEY); INSERT INTO companies VALUES ('acme'), ('beta');
	 SELECT tenancy.use_tenant_table('companies', 'id');");

my ($code, undef, $errors) = $node->psql('by_uuid', "SELECT tenancy.install_model('changeops', 'elsewhere')");
like($errors, qr/model "changeops" is installed in schema app1 already/, 'a second schema is refused');
like($errors, qr/HINT: .*ALTER SCHEMA app1 RENAME TO elsewhere;/, 'with a hint');
is($node->safe_psql('by_uuid', "SELECT tenancy.install_model('changeops', 'app1')"), '0.1.0', 'the same one is not');
is($node->safe_psql('by_text', q{SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '"App 2".changes'::regclass AND attname = 'tenant_id'}),
	'text', 'text tenant ids where the tenants have text ids');

# ---- it works alike everywhere ----
sub checks
{
	my ($database, $schema, $role, $first, $second) = @_;
	my ($out, $err) = ('', '');
	$node->psql($database, slurp_file("$FindBin::RealBin/changeops_checks.sql"), stdout => \$out, stderr => \$err, on_error_stop => 0,
		extra_params => [ '-U', $role, '-v', "schema=$schema", '-v', "a=$first", '-v', "b=$second" ]);
	# Errors by their SQLSTATE, in their order.
	return $out . "\n" . join("\n", $err =~ /ERROR:\s+(\w{5})/g);
}
my @uuid = ('app1', 'regress_tenancy_app', $tenant{a}, $tenant{b});
my @text = ('App 2', 'regress_tenancy_text', 'acme', 'beta');
my $expected = slurp_file("$FindBin::RealBin/changeops_checks.out");
chomp $expected;
is(checks('by_uuid', @uuid), $expected, 'schema app1, uuid');
is(checks('by_text', @text), $expected, 'schema "App 2", text');

# ---- and after a restore ----
sub restored
{
	my ($database) = @_;
	my $archive = "$dir/$database.dump";
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $archive, $node->connstr($database) ], "$database: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE ${database}_again");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr("${database}_again"), $archive ], "$database: restored");
	for my $question ("SELECT name, schema, installed_version FROM tenancy.models WHERE schema IS NOT NULL",
		"SELECT count(*) FROM tenancy.plan((SELECT replace(schema::text, '\"', '') FROM tenancy.models))",
		"SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger WHERE tgname ~ '^(zzzz_)?tenancy'")
	{
		is($node->safe_psql("${database}_again", $question), $node->safe_psql($database, $question), "$database: restored alike: $question");
	}
}
restored($_) for qw(by_uuid by_text);
is(checks('by_uuid_again', @uuid), $expected, 'app1 restored');
is(checks('by_text_again', @text), $expected, '"App 2" restored');

# ---- a hundred sessions, one new path ----
my $project = '00000000-0000-4000-8000-0000000000f1';
$node->safe_psql('by_uuid', qq{
	INSERT INTO app1.projects (tenant_id, id, name, slug) VALUES ('$tenant{a}', '$project', 'Race', 'race');
	-- Returns when so many sessions wait for locks.
	CREATE FUNCTION wait_for_waiters(wanted int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS \$\$
	DECLARE
		waiting int;
	BEGIN
		FOR round IN 1 .. 1200 LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT count(*) INTO waiting FROM pg_stat_activity WHERE datname = 'by_uuid' AND wait_event_type = 'Lock';
			EXIT WHEN waiting >= wanted;
			PERFORM pg_sleep(0.05);
		END LOOP;
		RETURN waiting;
	END \$\$;
});
sub race
{
	my ($path, $end) = @_;
	my $insert = "BEGIN;\nSELECT set_config('app.current_tenant_id', '$tenant{a}', true);\n"
	  . "INSERT INTO app1.changes (project_id, title, module_path) VALUES ('$project', '$end', '$path');\n";
	append_to_file("$dir/first.$end", "\\set ON_ERROR_STOP on\n${insert}SELECT pg_advisory_xact_lock(1);\n$end;\n");
	# The first goes on when everybody waits, itself included: when this session lets go.
	append_to_file("$dir/gate.$end", "SELECT pg_advisory_lock(1);\nSELECT 'waiting: ' || wait_for_waiters(101);\n");
	append_to_file("$dir/others.$end", "${insert}COMMIT;\n");
	my ($said, $nothing, $trouble) = ('', '', '');
	my $gate = IPC::Run::start([ 'psql', '-XAtq', '-f', "$dir/gate.$end", '-d', $node->connstr('by_uuid') ], '<', \undef, '>', \$said);
	$node->poll_query_until('by_uuid', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^SELECT .waiting'})
	  or die "nobody keeps the gate";
	my $first = IPC::Run::start([ 'psql', '-XAtq', '-U', 'regress_tenancy_app', '-f', "$dir/first.$end", '-d', $node->connstr('by_uuid') ],
		'<', \undef, '>', \$nothing, '2>', \$trouble);
	$node->poll_query_until('by_uuid', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'advisory_xact'})
	  or die "the first session did not get there: $trouble";
	$node->command_ok([ 'pgbench', '-n', '-c', '100', '-j', '2', '-t', '1', '-U', 'regress_tenancy_app', '-f', "$dir/others.$end", $node->connstr('by_uuid') ],
		"$end: a hundred sessions");
	$gate->finish;
	$first->finish;
	like($said, qr/waiting: 101/, "$end: all of them waited for the first");
	my $which = "FROM app1.modules WHERE project_id = '$project' AND root_path = '$path'";
	is($node->safe_psql('by_uuid', "SELECT count(*) $which"), '1', "$end: one module");
	return $node->safe_psql('by_uuid', "SELECT module_resolution, count(*) FROM app1.changes WHERE title = '$end' AND module_id IN (SELECT id $which) GROUP BY 1 ORDER BY 1");
}
is(race('src/one', 'COMMIT'), "matched|100\ncreated|1", 'the first commits: the others match its module');
is(race('src/two', 'ROLLBACK'), "matched|99\ncreated|1", 'the first rolls back: another makes it, once');

# ---- projects initialized by many at once ----
$node->safe_psql('by_uuid', qq{
	SET session_replication_role = replica;
	INSERT INTO app1.projects (tenant_id, name, slug) SELECT '$tenant{a}', 'Old ' || n, 'old-' || n FROM generate_series(1, 30) AS n;
	INSERT INTO app1.changes (tenant_id, project_id, title, module_path)
		SELECT p.tenant_id, p.id, 'old', path FROM app1.projects AS p, unnest(ARRAY['src/a/b.c', './src//a/', 'lib/c', 'lib/c/d', '../out']) AS path
		WHERE p.slug ~ '^old-';
});
my $changes = "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM app1.changes AS c";
my $before = $node->safe_psql('by_uuid', $changes);
append_to_file("$dir/initialize", "SELECT * FROM app1.initialize_projects(true);\n");
$node->command_ok([ 'pgbench', '-n', '-c', '20', '-j', '2', '-t', '2', '-f', "$dir/initialize", $node->connstr('by_uuid') ],
	'twenty sessions initialize all projects');
is($node->safe_psql('by_uuid', q{
	SELECT count(*), sum((SELECT count(*) FROM app1.modules AS m WHERE m.project_id = p.id AND m.is_default)),
	       sum((SELECT count(*) FROM app1.modules AS m WHERE m.project_id = p.id AND NOT m.is_default)),
	       sum((SELECT count(*) FROM app1.environments AS e WHERE e.project_id = p.id)),
	       sum((SELECT count(*) FROM app1.environments AS e WHERE e.project_id = p.id AND e.is_default))
	FROM app1.projects AS p WHERE p.slug ~ '^old-'}), '30|30|60|90|30', 'each got one default module, src/a and lib/c, three environments, one default');
is($node->safe_psql('by_uuid', 'SELECT * FROM app1.initialize_projects(true)'), '0|0', 'again: nothing');
is($node->safe_psql('by_uuid', $changes), $before, 'no change was touched');

$node->stop;
done_testing();

# Where a tenant may come from: from the running session alone. Connection options, ALTER ROLE and
# ALTER DATABASE, configuration files, ALTER SYSTEM and CREATE FUNCTION ... SET are refused or without
# effect, whether the library is loaded by the server, by the connection, or in the middle of a
# transaction; DISCARD ALL and RESET bring nothing back.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $schema = q{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 3) AS n;
	CREATE FUNCTION seen() RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT coalesce(string_agg(DISTINCT right(tenant_id::text, 1), ''), '') FROM items $$;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items TO app;
	GRANT CREATE ON SCHEMA public TO app;
	SELECT tenancy.enroll('app');
};
my $in_a = "SET LOCAL app.current_tenant_id = '$tenant{a}'";
my $left = "SELECT set_config('app.current_tenant_id', '$tenant{b}', false)";

# What a session of app must look like when its value came from elsewhere.
my @looks = (
	seen => 'SELECT seen();',
	shown => 'SHOW app.current_tenant_id;',
	accessor => 'SELECT tenancy.current_tenant_id();',
	discard => 'DISCARD ALL;',
	discarded => 'SELECT seen();',
	reset => "BEGIN; $in_a; SELECT seen(); RESET app.current_tenant_id;",
	reset_seen => 'SELECT seen();',
	reset_end => 'ROLLBACK;',
	default => 'BEGIN; SET LOCAL app.current_tenant_id TO DEFAULT;',
	default_seen => 'SELECT seen();',
	default_end => 'ROLLBACK;',
	all => 'BEGIN; RESET ALL;',
	all_seen => 'SELECT seen();',
	all_end => 'ROLLBACK;',
	own => "BEGIN; $in_a; SELECT seen(); COMMIT;",
	end => 'SELECT seen();');

# None of it shows a row; a tenant of its own works. Or the connection was refused.
sub without_effect
{
	my ($seen, $name, $may_refuse) = @_;
	subtest $name => sub {
		if ($may_refuse && $seen->{seen}{lost})
		{
			like($seen->{errors}, qr/FATAL:.*app\.current_tenant_id/, 'the connection is refused');
			return;
		}
		for my $step (qw(seen shown accessor discarded reset_seen default_seen all_seen end))
		{
			is(rows($seen, $step), '', "$step: nothing");
			is(state($seen, $step), '42501', "$step: refused") unless $step eq 'shown';
		}
		is(rows($seen, 'own'), 'a', 'a tenant of its own');
	};
}

for my $preload (1, 0)
{
	my $how = $preload ? 'shared_preload_libraries' : 'session_preload_libraries';
	my $node = tenancy_node("sources_$preload", preload => $preload);
	# Settings that were there before the library knew of them: refused by a server that has loaded it.
	my $early = sub {
		my ($sql) = @_;
		return $node->psql('app', $sql, extra_params => [ '-U', 'postgres' ]) == 0;
	};
	my $alter_role = "ALTER ROLE app SET app.current_tenant_id = '$tenant{b}'";
	my $alter_database = "ALTER DATABASE app SET app.current_tenant_id = '$tenant{b}'";
	my $alter_both = "ALTER ROLE app IN DATABASE app SET app.current_tenant_id = '$tenant{b}'";
	my %accepted;
	for my $sql ($alter_role, $alter_database, $alter_both)
	{
		# Loaded in the session itself, they are refused.
		isnt($node->psql('app', "LOAD 'pg_tenancy'; $sql"), 0, "$how: refused: " . $sql =~ s/ SET.*//r);
		is($early->($sql), !$preload, 'and, before the library is loaded, ' . ($preload ? 'refused' : 'stored'));
	}
	$node->safe_psql('app', $schema);

	without_effect(session($node, 'app', \@looks), "$how: ALTER ROLE, ALTER DATABASE", 0);
	$node->safe_psql('app', "ALTER ROLE app RESET app.current_tenant_id; ALTER DATABASE app RESET app.current_tenant_id;"
		. "ALTER ROLE app IN DATABASE app RESET app.current_tenant_id") unless $preload;

	without_effect(session($node, 'app', \@looks, options => "-c app.current_tenant_id=$tenant{b}"), "$how: PGOPTIONS", 1);
	without_effect(session($node, 'app', \@looks, options => "--app.current_tenant_id=$tenant{b}"), "$how: PGOPTIONS, long", 1);
	without_effect(session($node, 'app', \@looks, options => "-c app.current_tenant_id=$tenant{b}\x1f1"), "$how: PGOPTIONS with a stamp", 1);
	without_effect(session($node, 'app', [ connect => "\\c -reuse-previous=on \"options='-c app.current_tenant_id=$tenant{b}'\"", @looks ]),
		"$how: options in the connection string", 1);

	# ALTER SYSTEM, and files that a reload reads in the middle of a session.
	isnt($node->psql('app', "LOAD 'pg_tenancy'; ALTER SYSTEM SET app.current_tenant_id = '$tenant{b}'"), 0, "$how: ALTER SYSTEM is refused");
	$node->append_conf('postgresql.conf', "app.current_tenant_id = '$tenant{b}'");
	my $data = $node->data_dir;
	my $seen = session($node, 'app', [
		before => 'SELECT 1;',
		reload => "\\! pg_ctl -D '$data' reload >/dev/null\nSELECT pg_sleep(0.5);",
		@looks ]);
	without_effect($seen, "$how: postgresql.conf, reloaded", 0);
	$seen = session($node, 'app', \@looks);
	without_effect($seen, "$how: postgresql.conf, a new connection after a reload", 1);
	# At a start with the library, the server may refuse the file.
	my $started = $node->restart(fail_ok => 1) // 1;
	if ($started && $node->psql('postgres', 'SELECT 1') == 0)
	{
		without_effect(session($node, 'app', \@looks), "$how: postgresql.conf, after a restart", 1);
	}
	else
	{
		like(slurp_file($node->logfile), qr/invalid value for parameter "app\.current_tenant_id"/, "$how: the server does not start with it");
	}
	$node->adjust_conf('postgresql.conf', 'app.current_tenant_id', undef);
	$node->stop('fast', fail_ok => 1);
	$node->start;

	# UPDATE pg_settings is set_config(): for this transaction, not for the next.
	$seen = session($node, 'app', [ update => "UPDATE pg_settings SET setting = '$tenant{b}' WHERE name = 'app.current_tenant_id';", @looks ]);
	without_effect($seen, "$how: UPDATE pg_settings", 0);

	# A function's SET clause: not at CREATE FUNCTION when the library is there; at call time it is a
	# tenant like any other: for the call, and the transaction's only one.
	my $create = sub { "CREATE OR REPLACE FUNCTION as_$_[0]() RETURNS text LANGUAGE sql STABLE SET app.current_tenant_id = '$tenant{$_[0]}' AS 'SELECT seen()';" };
	$seen = session($node, 'app', [ create => "SELECT tenancy.is_guarded();\n" . $create->('b') ]);
	is(state($seen, 'create'), '42501', "$how: CREATE FUNCTION ... SET is refused");
	if (!$preload)
	{
		$node->safe_psql('app', $create->('b'));
		$seen = session($node, 'app', [
			call => 'SELECT as_b();',
			after => 'SELECT seen();',
			begin => "BEGIN; $in_a; SELECT seen();",
			other => 'SELECT as_b();',
			end => 'ROLLBACK;',
			begin_b => 'BEGIN; SELECT as_b();',
			within => 'SELECT seen();',
			@looks ]);
		subtest "$how: a function's SET clause from before the library" => sub {
			like(rows($seen, 'call'), qr/^b?$/, 'one tenant for the call, or none');
			is(rows($seen, 'after'), '', 'none after it');
			is(rows($seen, 'begin'), 'a', 'a transaction of a');
			is(rows($seen, 'other'), '', 'is not taken to b');
			is(rows($seen, 'within'), '', 'no tenant after the call within the transaction');
		};
	}

	# DISCARD ALL brings nothing back, however the value was left.
	for my $way ($left, "$in_a", "BEGIN; $in_a; COMMIT", "BEGIN; $left; COMMIT", "DO \$\$ BEGIN PERFORM set_config('app.current_tenant_id', '$tenant{b}', false); COMMIT; END \$\$")
	{
		without_effect(session($node, 'app', [ warm => 'SELECT tenancy.is_guarded();', leave => "$way;", gone => 'DISCARD ALL;', @looks ]),
			"$how: DISCARD ALL after " . $way =~ s/'0[^']*'/'...'/r, 0);
	}
	$node->stop;
}

# ---- late load: nothing preloads the library; the first touch of a protected table loads it ----
my $node = tenancy_node('sources_late', preload => 0);
$node->safe_psql('app', $schema);
$node->safe_psql('app', q{
	ALTER ROLE app IN DATABASE app RESET session_preload_libraries;
	ALTER ROLE app RESET session_preload_libraries;
	CREATE ROLE member LOGIN; GRANT app TO member;
});
my $not_loaded = q{SELECT count(*) FROM pg_settings WHERE name = 'tenancy.context_scope';};
# By login, and reached by SET ROLE from a platform role.
for my $role ('app', 'postgres')
{
	my $become = $role eq 'app' ? '' : 'SET ROLE app;';
	my $run = sub { my ($name, @steps) = @_;
		my $seen = session($node, $role, [ loaded => $not_loaded, become => $become, @steps ]);
		is(rows($seen, 'loaded'), '0', "late load as $role: the library is not there at first");
		return $seen; };
	my $seen;

	$seen = $run->('local', set => "BEGIN; $in_a;", seen => 'SELECT seen();', again => 'SELECT seen();', commit => 'COMMIT;', next => 'SELECT seen();');
	subtest "late load as $role: SET LOCAL before the first touch" => sub {
		is(rows($seen, 'seen'), 'a', 'is live in its transaction');
		is(rows($seen, 'again'), 'a', 'and stays so');
		is(rows($seen, 'next'), '', 'not in the next');
		is(state($seen, 'next'), '42501', 'which is refused');
	};

	$seen = $run->('latch', set => "BEGIN; $in_a;", seen => 'SELECT seen();', second => "SET LOCAL app.current_tenant_id = '$tenant{b}';", end => 'ROLLBACK;');
	is(state($seen, 'second'), '42501', "late load as $role: a second tenant is refused");

	for my $way ("SET app.current_tenant_id = '$tenant{b}'", $left, "BEGIN; SET app.current_tenant_id = '$tenant{b}'; COMMIT")
	{
		my $called = $way =~ s/'0[^']*'/'...'/r;
		$seen = $run->('earlier', leave => "$way;", seen => 'SELECT seen();', again => 'SELECT seen();',
			begin => 'BEGIN;', in_block => 'SELECT seen();', end => 'ROLLBACK;', own => "BEGIN; $in_a; SELECT seen(); COMMIT;", after => 'SELECT seen();');
		subtest "late load as $role: $called in an earlier transaction" => sub {
			is(rows($seen, $_), '', "$_: not live") for qw(seen again in_block after);
			is(state($seen, $_), '42501', "$_: refused") for qw(seen again in_block after);
			is(rows($seen, 'own'), 'a', 'a tenant of its own transaction');
		};

		$seen = $run->('in a block', leave => "$way;", begin => 'BEGIN; SELECT 1;', seen => 'SELECT seen();', end => 'ROLLBACK;',
			again => 'SELECT seen();');
		subtest "late load as $role: $called, loaded inside a block" => sub {
			is(rows($seen, $_), '', "$_: not live") for qw(seen again);
			is(state($seen, 'seen'), '42501', 'refused');
		};

		$seen = $run->('savepoint', leave => "$way;", begin => "BEGIN; SAVEPOINT s; $in_a; ROLLBACK TO s;", seen => 'SELECT seen();', end => 'ROLLBACK;');
		is(rows($seen, 'seen'), '', "late load as $role: $called, and a SET LOCAL that was rolled back: not live");
		is(state($seen, 'seen'), '42501', 'refused');

		$seen = $run->('underneath', leave => "$way;", begin => "BEGIN; SAVEPOINT s; $in_a;", seen => 'SELECT seen();', back => 'ROLLBACK TO s;', under => 'SELECT seen();', end => 'ROLLBACK;');
		is(rows($seen, 'seen'), 'a', "late load as $role: $called, SET LOCAL beneath a savepoint is live");
		is(rows($seen, 'under'), '', 'and after ROLLBACK TO the old value is not');

		$seen = $run->('settings changed by others', leave => "$way;", begin => 'BEGIN; SET LOCAL work_mem = 100; SET LOCAL app.request_id = 1; SAVEPOINT s; SET LOCAL search_path = public;',
			seen => 'SELECT seen();', end => 'ROLLBACK;');
		is(rows($seen, 'seen'), '', "late load as $role: $called, other settings of the transaction do not make it live");
	}

	# The library comes in a subtransaction that fails; in a function with a SET clause; with a reset value.
	$seen = $run->('failed', set => "BEGIN; $in_a; SAVEPOINT s; SELECT seen(), 1/0;", back => 'ROLLBACK TO s;', seen => 'SELECT seen();', commit => 'COMMIT;', next => 'SELECT seen();');
	like(rows($seen, 'seen'), qr/^a?$/, "late load as $role: loaded in a subtransaction that failed: its tenant or none");
	is(rows($seen, 'next'), '', 'none in the next transaction');

	$seen = session($node, $role, [ become => $become, seen => 'SELECT seen();', reset => 'RESET app.current_tenant_id;', again => 'SELECT seen();', discard => 'DISCARD ALL;', become_again => $become, discarded => 'SELECT seen();' ],
		options => "-c app.current_tenant_id=$tenant{b}");
	is(rows($seen, $_), '', "late load as $role: PGOPTIONS from before, $_") for qw(seen again discarded);

	$seen = $run->('malformed', set => "BEGIN; SET LOCAL app.current_tenant_id = 'no-tenant';", seen => 'SELECT seen();', end => 'ROLLBACK;', next => "BEGIN; $in_a; SELECT seen(); ROLLBACK;");
	is(rows($seen, 'seen'), '', "late load as $role: a malformed value shows nothing");
	is(rows($seen, 'next'), 'a', 'and does not stay');
}
# A member, whose connection preloads nothing.
my $seen = session($node, 'member', [ loaded => $not_loaded, leave => "SET app.current_tenant_id = '$tenant{b}';", seen => 'SELECT seen();',
	guarded => 'SELECT guarded FROM tenancy.context();', role => 'SET ROLE app;', as_app => 'SELECT seen();', own => "BEGIN; $in_a; SELECT seen(); COMMIT;", after => 'SELECT seen();' ]);
subtest 'late load: a member of the enrolled role' => sub {
	is(rows($seen, 'loaded'), '0', 'the library is not there at first');
	is(rows($seen, 'seen'), '', 'a value of an earlier transaction is not live');
	is(rows($seen, 'guarded'), 't', 'guarded');
	is(rows($seen, 'as_app'), '', 'neither after SET ROLE');
	is(rows($seen, 'own'), 'a', 'a tenant of its own transaction');
	is(rows($seen, 'after'), '', 'ends with it');
};
$node->stop;
done_testing();

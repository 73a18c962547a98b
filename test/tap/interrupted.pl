# Interrupted anywhere: by a cancel, a timeout, a lock that does not come, no memory, a signal that ends the
# backend, a crash of the server. Where the connection lives on, its next transaction has no tenant, no
# setting and no table of the one before, and works for another tenant; where it does not, the others
# find everything as it was. A token that was used once is not good again after a crash.
#
# Interruptions inside of our own code come from fault points (skipped without sources, see FaultLibrary).

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib $FindBin::RealBin;
use FaultLibrary;
use MIME::Base64 qw(encode_base64);
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = fault_sources() or plan skip_all => 'no sources to build from; set TENANCY_SRC';
my ($build) = fault_library($source);
my $node = tenancy_node('interrupted', conf => [ "dynamic_library_path = '$build:\$libdir'", "tenancy.keyring_file = 'keys.json'",
	'restart_after_crash = on', 'max_prepared_transactions = 5', 'log_min_error_statement = panic', 'shared_buffers = 32MB', 'jit = off' ]);

sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }
append_to_file($node->data_dir . '/keys.json', sprintf '{"keys": [{"kid": "one", "kty": "oct", "alg": "HS256", "k": "%s"}]}', base64url('i' x 32));
chmod oct('0600'), $node->data_dir . '/keys.json';
$node->reload;
sub token
{
	my ($letter, $jti, $issued, $user) = @_;
	my $signed = base64url('{"alg": "HS256", "kid": "one"}') . '.' . base64url(sprintf '{"iat": %d, "exp": %d, "sub": "%s", "jti": "%s", "tenant_id": "%s"}',
		$issued, $issued + 3000, $user // "user-$letter", $jti, $tenant{$letter});
	return "$signed." . base64url(hmac_sha256($signed, 'i' x 32));
}
sub give
{
	my (%tokens) = @_;
	$node->safe_psql('app', join '', 'TRUNCATE tokens;', map { "INSERT INTO tokens VALUES ('$_', '$tokens{$_}');" } sort keys %tokens);
	return;
}

my $project = '00000000-0000-4000-8000-0000000000f1';
$node->safe_psql('app', qq{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	CREATE TABLE lines (tenant_id uuid NOT NULL, id int, item_id int, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, item_id) REFERENCES items ON DELETE CASCADE);
	CREATE INDEX ON lines (tenant_id, item_id);
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 5) AS n;
	INSERT INTO lines SELECT t.id, n, 1 + n % 5 FROM tenancy.tenants AS t, generate_series(1, 2000) AS n;
	-- pg_cancel_backend() is not for sessions of an application.
	CREATE FUNCTION cancel_backend(int) RETURNS boolean LANGUAGE internal STRICT AS 'pg_cancel_backend';
	-- At COMMIT, or beneath a cascade: what the setting test.trip says.
	CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		CASE current_setting('test.trip', true)
			WHEN 'cancel' THEN PERFORM cancel_backend(pg_backend_pid()), pg_sleep(1);
			WHEN 'wait' THEN PERFORM pg_sleep(10);
			WHEN 'raise' THEN RAISE EXCEPTION USING ERRCODE = 'TRIP0';
			WHEN 'lock' THEN LOCK TABLE held IN ROW EXCLUSIVE MODE;
			ELSE NULL;
		END CASE;
		RETURN NULL;
	END \$\$;
	CREATE CONSTRAINT TRIGGER trip AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trip();
	CREATE TRIGGER trip AFTER DELETE ON lines FOR EACH STATEMENT EXECUTE FUNCTION trip();
	CREATE TABLE held (n int);
	CREATE TABLE tokens (name text PRIMARY KEY, token text);
	SELECT tenancy.protect('items'), tenancy.protect('lines');
	SELECT tenancy.install_model('changeops');
	GRANT USAGE ON SCHEMA changeops TO app;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA changeops TO app;
	GRANT SELECT, INSERT, UPDATE, DELETE ON items, lines, held TO app;
	GRANT SELECT ON tokens TO app;
	INSERT INTO changeops.projects (tenant_id, id, name, slug) VALUES ('$tenant{a}', '$project', 'P', 'p');
	SELECT tenancy.enroll('app');
});
my $everything = q{SELECT (SELECT string_agg(right(tenant_id::text, 1) || id, ' ' ORDER BY tenant_id, id) FROM items), (SELECT count(*) FROM lines), (SELECT count(*) FROM changeops.changes), (SELECT count(*) FROM changeops.modules)};
my $whole = $node->safe_psql('app', $everything);
# Rows and a table that somebody else holds, with no session that could be waited for.
$node->safe_psql('app', q{BEGIN; SELECT * FROM lines WHERE id = 1504 FOR UPDATE; LOCK TABLE held IN EXCLUSIVE MODE; PREPARE TRANSACTION 'holder'});

# ---- the ways of entering ----
my %enter = (
	setting => sub { "SELECT tenancy.set_tenant('$tenant{$_[0]}');" },
	token => sub { "SELECT tenancy.authenticate((SELECT token FROM tokens WHERE name = '$_[0]'));" });
give(same_user => token('b', 'c', time, 'user-a'), map { $_ => token($_, $_, time) } qw(a b));

# ---- what happens: name, what is done for tenant a (the last statement is the one that fails), state ----
my $many = "INSERT INTO items (id) SELECT n FROM generate_series(101, 6100) AS n;";
my $change = "INSERT INTO changeops.changes (project_id, title, module_path) SELECT '$project', 'x', 'lib/new' || n || '/x.c' FROM generate_series(1, 50) AS n;";
sub fault { return "SET LOCAL tenancy.fault = '$_[0]';" }
sub within { return "SET LOCAL $_[0] = '$_[1]';" }
my $outside = "\n\\! (sleep 0.2; kill -INT \$BACKEND) >&- 2>&- &\n";
my $deferred = 'INSERT INTO items (id) VALUES (100);';
# 16 MB from here on, by the operating system's word.
sub scarce { return "SELECT 1;\n\\! prlimit --pid \$BACKEND --as=\$(( \$(awk '/VmSize/ { print \$2 }' /proc/\$BACKEND/status) * 1024 + 16777216 )):\n" }
my @cases;
for my $how ([ 'cancel' => '57014' ], [ 'memory' => '53200' ], [ 'fault' => '58000' ])
{
	my ($kind, $state) = @$how;
	push @cases,
	  [ "$kind in the write guard, row 5000", fault("$kind:write_guard:5000") . $many, $state ],
	  [ "$kind in the write guard beneath a cascade", fault("$kind:write_guard:700") . 'DELETE FROM items;', $state ],
	  [ "$kind at the start of a statement", fault("$kind:check_statement") . 'SELECT count(*) FROM items;', $state ],
	  [ "$kind at a FETCH's statement", 'DECLARE c CURSOR FOR SELECT * FROM items; FETCH 1 FROM c;' . fault("$kind:check_utility") . 'FETCH 1 FROM c;', $state ],
	  [ "$kind while a path is resolved", fault("$kind:module_question") . $change, $state ],
	  [ "$kind while a module is made", fault("$kind:insert_module:20") . $change, $state ],
	  [ "$kind while an environment is found", fault("$kind:default_environment") . $change, $state ],
	  [ "$kind within authenticate()", fault("$kind:authenticate") . $enter{token}->('a'), $state, 'token' ];
}
push @cases,
  [ 'statement_timeout in the write guard', within(statement_timeout => '200ms') . fault('wait:write_guard:5000') . $many, '57014' ],
  [ 'statement_timeout beneath a cascade', within(statement_timeout => '200ms') . fault('wait:write_guard:700') . 'DELETE FROM items;', '57014' ],
  [ 'statement_timeout at the start of a statement', within(statement_timeout => '200ms') . fault('wait:check_statement') . 'SELECT count(*) FROM items;', '57014' ],
  [ 'statement_timeout within authenticate()', within(statement_timeout => '200ms') . fault('wait:authenticate') . $enter{token}->('a'), '57014', 'token' ],
  [ 'statement_timeout of a write that is merely large', within(statement_timeout => '50ms') . 'INSERT INTO items (id) SELECT n FROM generate_series(101, 2000000) AS n;', '57014' ],
  [ 'lock_timeout beneath a cascade', within(lock_timeout => '50ms') . 'DELETE FROM items;', '55P03' ],
  [ 'a cancel from a trigger beneath a cascade', within('test.trip' => 'cancel') . 'DELETE FROM items WHERE id = 2;', '57014' ],
  [ 'a cancel from outside, in the write guard', fault('wait:write_guard:5000') . $outside . $many, '57014' ],
  [ 'no memory for a write', scarce() . within(work_mem => '1GB')
	. "INSERT INTO items (id) SELECT n FROM (SELECT n, repeat('x', 100) || n AS t FROM generate_series(101, 1000000) AS n ORDER BY t DESC) AS m;", '53200' ],
  [ 'no memory while paths are resolved', scarce() . "INSERT INTO changeops.changes (project_id, title, module_path) SELECT '$project', 'x', 'lib/' || n % 60 || repeat('/y', n % 7) || '/x.c' FROM generate_series(1, 1000000) AS n;", '53200' ],
  [ 'a second token, of another tenant', $enter{token}->('a') . $enter{token}->('same_user'), '42501', 'token' ],
  # At COMMIT: deferred triggers run there, before the transaction is on record.
  # The server's statement_timeout is over by then.
  [ 'statement_timeout of SET CONSTRAINTS', $deferred . within('test.trip' => 'wait') . within(statement_timeout => '100ms') . 'SET CONSTRAINTS ALL IMMEDIATE;', '57014' ],
  [ 'a cancel from outside at COMMIT', $deferred . within('test.trip' => 'wait') . $outside . 'COMMIT;', '57014' ],
  [ 'a cancel at COMMIT', $deferred . within('test.trip' => 'cancel') . 'COMMIT;', '57014' ],
  [ 'an error at COMMIT', $deferred . within('test.trip' => 'raise') . 'COMMIT;', 'TRIP0' ],
  [ 'lock_timeout at COMMIT', $deferred . within('test.trip' => 'lock') . within(lock_timeout => '50ms') . 'COMMIT;', '55P03' ],
  [ 'a cancel from outside at COMMIT AND CHAIN', $deferred . within('test.trip' => 'wait') . $outside . 'COMMIT AND CHAIN;', '57014' ];

# What the transaction leaves behind if anything does.
my $before = "SET work_mem = '77MB'; SELECT set_config('search_path', 'pg_temp', false); SELECT set_config('test.mine', 'mine', false);"
  . ' CREATE TEMP TABLE scratch (n int) ON COMMIT DROP; INSERT INTO scratch VALUES (1); SET search_path = public;';
my $start = "SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\nSHOW work_mem;";

# The steps that tell that a session is clean; number, way of entering, and what they must say.
sub clean_steps
{
	my ($i, $how) = @_;
	return (
		"memory $i" => "\\! prlimit --pid \$BACKEND --as=unlimited:",
		"none $i" => 'SELECT count(*) FROM items;',
		"who $i" => "SELECT current_user, tenant IS NULL, user_id IS NULL, guarded, tenancy.current_user_id() IS NULL FROM tenancy.context();",
		"settings $i" => "SELECT current_setting('work_mem'), current_setting('search_path'), coalesce(current_setting('test.mine', true), ''), coalesce(current_setting('test.trip', true), ''),"
		  . " current_setting('tenancy.fault'), current_setting('statement_timeout'), current_setting('app.current_tenant_id');",
		"raw $i" => "BEGIN; SELECT set_config('app.current_tenant_id', '$tenant{b}', true);", "end raw $i" => 'ROLLBACK;',
		"temporary $i" => "SELECT count(*) FROM pg_class WHERE relname = 'scratch' AND pg_table_is_visible(oid);",
		"cursors $i" => 'SELECT count(*) FROM pg_cursors WHERE name <> \'\';',
		"other $i" => "BEGIN; " . $enter{$how}->('b') . " SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM items; DELETE FROM items WHERE id = 4; INSERT INTO items (id) VALUES (4);"
		  . " SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM lines; ROLLBACK;",
		"after $i" => 'SELECT count(*) FROM lines;');
}
sub check_clean
{
	my ($seen, $i, $default, $how) = @_;
	is(state($seen, "none $i"), '42501', 'the next transaction has no tenant');
	is(rows($seen, "who $i"), 'app|t|t|t|t', 'and no user of a token, and is guarded');
	is(rows($seen, "settings $i"), "$default|\"\$user\", public||||0|", 'its settings are undone');
	is(state($seen, "raw $i"), $how eq 'token' ? '42501' : '00000', 'the setting is believed as much as ever');
	is(rows($seen, "temporary $i") . rows($seen, "cursors $i"), '00', 'no table, no cursor of it is left');
	is(rows($seen, "other $i"), "$tenant{b}\nb|5\nb|1600", 'it works for another tenant, and sees that one only');
	is(state($seen, "after $i"), '42501', 'for one transaction again');
	return;
}

for my $how ('setting', 'token')
{
	$node->safe_psql('app', "ALTER DATABASE app SET tenancy.context_source = '$how'");
	my @mine = grep { $how eq ($_->[3] // $how) } @cases;
	my @steps = (start => $start);
	for my $i (0 .. $#mine)
	{
		# Not within authenticate(): there the tenant is what does not come.
		my $enter = $mine[$i][3] ? '' : $enter{$how}->('a');
		push @steps, "do $i" => "BEGIN; $before $enter $mine[$i][1]", "end $i" => 'ROLLBACK;', clean_steps($i, $how);
	}
	my $seen = session($node, 'app', \@steps);
	my $default = rows($seen, 'start');
	for my $i (0 .. $#mine)
	{
		subtest "$how: $mine[$i][0]" => sub {
			is(state($seen, "do $i"), $mine[$i][2], 'it was interrupted');
			check_clean($seen, $i, $default, $how);
		};
	}
	is($node->safe_psql('app', $everything), $whole, "$how: nothing was written");
}
is($node->safe_psql('app', q{SELECT count(*) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation WHERE c.relname IN ('items', 'lines', 'held') AND l.pid IS NOT NULL}), '0', 'no lock is left');
$node->safe_psql('app', q{COMMIT PREPARED 'holder'});

# ---- the backend ends; the server may too ----
for my $how ([ 'terminate' => 'SIGTERM' ], [ 'kill' => 'SIGKILL, and the server starts again' ])
{
	my ($kind, $text) = @$how;
	my $mark = 0;
	for my $where (
		[ 'within authenticate()', fault("$kind:authenticate") . $enter{token}->('a') ],
		[ 'in the write guard', $enter{token}->('a') . fault("$kind:write_guard:5000") . $many ],
		[ 'beneath a cascade', $enter{token}->('a') . fault("$kind:write_guard:700") . 'DELETE FROM items;' ],
		[ 'while a module is made', $enter{token}->('a') . fault("$kind:insert_module:20") . $change ],
		[ 'at the start of a statement', $enter{token}->('a') . fault("$kind:check_statement") . 'SELECT count(*) FROM items;' ])
	{
		subtest "$text, $where->[0]" => sub {
			give(map { $_ => token($_, $_, time) } qw(a b));
			my $seen = session($node, 'app', [ do => "BEGIN; $before $where->[1]", after => 'SELECT 1;' ]);
			ok($seen->{do}{lost} || $seen->{after}{lost} || state($seen, 'after') ne '00000', 'the connection is gone');
			like($seen->{errors}, $kind eq 'kill' ? qr/server closed the connection|terminat/ : qr/terminating connection/, 'by the signal');
			$node->poll_query_until('app', 'SELECT true') or die 'the server is gone';
			is($node->safe_psql('app', $everything), $whole, 'nothing was written');
			# The leeway of ten seconds is of no concern without single use.
			$seen = session($node, 'app', [ start => $start, clean_steps(0, 'token') ]);
			check_clean($seen, 0, rows($seen, 'start'), 'token');
		};
	}
}

# ---- used once, and then a crash, or a restart ----
$node->safe_psql('app', 'ALTER DATABASE app SET tenancy.token_single_use = on; ALTER DATABASE app SET tenancy.token_leeway = 0');
sub states
{
	my @names = @_;
	my $seen = session($node, 'app', [ map { ("$_ $names[$_]" => $enter{token}->($names[$_])) } 0 .. $#names ]);
	return join ' ', map { state($seen, "$_ $names[$_]") } 0 .. $#names;
}
sub later { my $now = time; select undef, undef, undef, 0.1 while time == $now; return time }
for my $how ('a crash', 'a restart')
{
	later();
	my $issued = later();
	give(a => token('a', "used $how", $issued), b => token('b', "unused $how", $issued));
	is(states('a'), '00000', "before $how: good once");
	is(states('a'), '28000', 'and once only');
	if ($how eq 'a restart') { $node->restart }
	else
	{
		session($node, 'app', [ do => 'BEGIN;' . fault('kill:check_utility') . 'DISCARD PLANS;' ]);
		$node->poll_query_until('app', 'SELECT true') or die 'the server is gone';
	}
	is(states('a', 'b'), '28000 28000', "after $how: not good again, nor is one of which nobody knows");
	later();
	give(a => token('a', "used $how", later()), b => token('b', "later $how", time));
	is(states('a', 'a', 'b'), '00000 28000 00000', "tokens made after $how are good, once");
	like(slurp_file($node->logfile), qr/tenancy token refused: reason=from_before_start kid="one"/, 'the log knows why');
}
# A clock that is fast by the leeway could have made it earlier than it says.
$node->safe_psql('app', 'ALTER DATABASE app SET tenancy.token_leeway = 300');
give(a => token('a', 'fast', time));
is(states('a'), '28000', 'the leeway counts');
$node->stop;
done_testing();

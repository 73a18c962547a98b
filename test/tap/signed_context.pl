# The signed context: a guarded session under context_source = 'token' works for the tenant of a token it was
# given, for one transaction, and for nobody else, whatever it sets.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use TenancyToken qw(%secret base64url ring_of token enter);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = tenancy_node('signed', conf => [ "log_min_messages = log", "log_statement = none", "log_min_error_statement = panic", "tenancy.keyring_file = 'keys.json'", 'tenancy.used_tokens = 16' ]);
my $ring = $node->data_dir . '/keys.json';
sub put_ring { return TenancyToken::put_ring($node, @_) }
sub give { return TenancyToken::give($node, 'app', @_) }
my $now = time;

$node->safe_psql('app', qq{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 2000) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items TO app;
	SELECT tenancy.enroll('app');
	ALTER DATABASE app SET tenancy.context_source = 'token';
});
my $whose = "SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM items";
# SQLSTATE of entering with each token, in a transaction of its own.
sub states
{
	my @names = @_;
	my $seen = session($node, 'app', [ map { ($_ => enter($_) . ';') } @names ]);
	return join ' ', map { "$_=" . state($seen, $_) } @names;
}
sub log_since
{
	my ($from) = @_;
	return substr(slurp_file($node->logfile), $from);
}

# ---- no keys, then keys ----
give(good => token());
is(states('good'), 'good=28000', 'without a key file no token is believed');
like(slurp_file($node->logfile), qr/key ring "keys.json" was not taken: it cannot be opened/, 'and the log says why');
put_ring(ring_of('one'));
is(states('good'), 'good=00000', 'with its key the token is');

# ---- what a believed token gives ----
give(good => token(sub => 'user-7', jti => 'j1'), b => token(tenant_id => $tenant{b}, sub => 'user-7'), other => token(sub => 'user-8'), none => token(tenant_id => undef, sub => 'user-7'));
my $seen = session($node, 'app', [
	nothing => "$whose;",
	raw => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{a}'; ROLLBACK;",
	raw_state => "SELECT set_config('app.current_tenant_id', '$tenant{a}', true);",
	set_tenant => "SELECT tenancy.set_tenant('$tenant{a}');",
	rows => "BEGIN; " . enter('good') . "; $whose; SELECT tenant, user_id, source, guarded FROM tenancy.context(); SELECT tenancy.current_user_id(); COMMIT;",
	after => "$whose;",
	after_user => "SELECT tenancy.current_user_id() IS NULL;",
	second => "BEGIN; " . enter('good') . "; " . enter('b') . ";", end1 => 'ROLLBACK;',
	second_user => "BEGIN; " . enter('good') . "; " . enter('other') . ";", end2 => 'ROLLBACK;',
	again => "BEGIN; " . enter('good') . "; " . enter('good') . "; $whose; COMMIT;",
	raw_after => "BEGIN; " . enter('good') . "; SET LOCAL app.current_tenant_id = '$tenant{a}';", end3 => 'ROLLBACK;',
	user_only => "BEGIN; " . enter('none') . "; SELECT tenancy.current_user_id(); COMMIT;",
	user_rows => "BEGIN; " . enter('none') . "; $whose;", end4 => 'ROLLBACK;',
	source => "SET tenancy.context_source = 'setting';",
	keys => 'SHOW tenancy.keyring_file;',
	forged_user => "SET app.current_user_id = 'root'; SELECT tenancy.current_user_id() IS NULL;",
]);
is(state($seen, 'nothing'), '42501', 'no token, no rows');
is(state($seen, 'raw_state'), '42501', 'the setting is refused');
like($seen->{errors}, qr/the tenant is taken from a token/, 'and says what to do');
is(state($seen, 'set_tenant'), '42501', 'set_tenant() too');
is(rows($seen, 'rows'), "$tenant{a}\na|2000\n$tenant{a}|user-7|token|t\nuser-7", 'a token opens its tenant, and tells the user');
is(state($seen, 'after'), '42501', 'for its transaction');
is(rows($seen, 'after_user'), 't', 'the user is forgotten as well');
is(state($seen, 'second'), '42501', 'a second tenant is refused');
is(state($seen, 'second_user'), '28000', 'and a second user');
is(rows($seen, 'again'), "$tenant{a}\n$tenant{a}\na|2000", 'the same again is not');
is(state($seen, 'raw_after'), '42501', 'the setting stays closed beside a token');
is(rows($seen, 'user_only'), "\nuser-7", 'a token without a tenant names the user');
is(state($seen, 'user_rows'), '42501', 'and opens nothing');
is(state($seen, 'source'), '42501', 'the application cannot choose the source');
is(state($seen, 'keys'), '42501', 'nor see where the keys are');
is(rows($seen, 'forged_user'), 't', 'app.current_user_id means nothing');

# ---- savepoints, prepared statements, parallel workers, a value from before ----
$seen = session($node, 'app', [
	set_up => "PREPARE q AS $whose;", # before the first tenant: later ones end with their transaction
	back => "BEGIN; SAVEPOINT s; " . enter('good') . "; ROLLBACK TO s; $whose;", end1 => 'ROLLBACK;',
	kept => "BEGIN; " . enter('good') . "; SAVEPOINT s; SELECT 1/0;", to => 'ROLLBACK TO s;', still => "$whose; COMMIT;",
	prepare => "SET plan_cache_mode = force_generic_plan; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
	  . "SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;",
	generic => "BEGIN; " . enter('good') . "; EXECUTE q; COMMIT; BEGIN; " . enter('b') . "; EXECUTE q; COMMIT;",
	stale => "EXECUTE q;",
	reset => "BEGIN; " . enter('good') . "; RESET app.current_tenant_id; $whose;", end2 => 'ROLLBACK;',
]);
is(state($seen, 'back'), '42501', 'rolled back to a savepoint: no tenant');
is(rows($seen, 'still'), 'a|2000', 'an error in a savepoint leaves the tenant');
is(rows($seen, 'generic'), "$tenant{a}\na|2000\n$tenant{b}\nb|2000", 'a generic parallel plan sees the tenant of each token');
is(state($seen, 'stale'), '42501', 'and nothing without one');
is(state($seen, 'reset'), '42501', 'RESET leaves the tenant');
$seen = session($node, 'postgres', [ early => "SET app.current_tenant_id = '$tenant{a}'; $whose;", switched => "SET ROLE app; $whose;" ]);
is(rows($seen, 'early'), 'abc|6000', 'a platform role may still set the tenant');
is(state($seen, 'switched'), '42501', 'what it has set opens nothing for an application role');

# ---- tokens that are not believed: one error for all ----
my $good = token();
my ($head, $body, $tail) = split /\./, $good;
my %bad = (
	expired => token(exp => $now - 100, iat => $now - 200), future => token(nbf => $now + 100), no_exp => token(exp => undef),
	early => token(iat => $now + 100, exp => $now + 200), long_lived => token(exp => $now + 99999), database => token(database => 'other'),
	role => token(role => 'postgres'), audience => token(aud => 'elsewhere'), kid => do { local $secret{three} = 'x' x 32; token(kid => 'three') },
	secret => do { local $secret{one} = 'x' x 32; token() }, cut => substr($good, 0, -2), swapped => "$body.$head.$tail", unsigned => "$head.$body.",
	none => base64url('{"alg":"none","kid":"one"}') . ".$body.", empty => '', rubbish => 'rubbish', huge => 'a.' . 'b' x 9000 . '.c',
	deep => $head . '.' . base64url('{"a":' . '[' x 3000 . ']' x 3000 . '}') . ".$tail", null => undef,
	tenant => token(tenant_id => 'no-tenant-of-this-type'));
$bad{database_here} = token(database => 'app');
$bad{role_here} = token(role => 'app');
give(map { $_ => $bad{$_} } grep { defined $bad{$_} } keys %bad);
my @bad = grep { !/_here$|^tenant$/ } sort keys %bad;
$seen = session($node, 'app', [ map { ($_ => enter($_) . ';') } @bad, 'database_here', 'role_here', 'tenant' ]);
is(join(' ', map { state($seen, $_) } @bad), join(' ', ('28000') x @bad), 'none of the bad tokens is believed: ' . join(' ', @bad));
my %texts = map { $_ => 1 } grep { !/tenant/ } $seen->{errors} =~ /ERROR:\s+(.*)/g;
is(join('; ', keys %texts), 'the token is refused', 'all are told the same');
is(state($seen, 'database_here') . ' ' . state($seen, 'role_here'), '00000 00000', 'bound to this database and role: believed');
is(state($seen, 'tenant'), '22P02', 'a believed token with an id of another type');
my $log = slurp_file($node->logfile);
like($log, qr/tenancy token refused: reason=\Q$_\E /, "the log knows the reason: $_") for qw(expired unknown_key signature database role audience not_yet_valid malformed);
unlike($log, qr/\Q$body\E|\Q$tail\E/, 'and holds no token');
$seen = session($node, 'app', [ literal => "SELECT tenancy.authenticate('$good');" ]);
is(state($seen, 'literal'), '22023', 'a token in the text of a statement is refused: it would be in the log and the statistics');

# ---- expiry, revocation, suspension: at the next statement ----
give(short => token(exp => time + 2, iat => time), long => token(tenant_id => undef), good => token(sub => 'user-7'), fresh => token(sub => 'user-9'));
$node->safe_psql('app', "ALTER DATABASE app SET tenancy.token_leeway = 0");
$seen = session($node, 'app', [
	open => "BEGIN; " . enter('short') . "; DECLARE c CURSOR FOR SELECT * FROM items; FETCH 1 FROM c;",
	later => "SELECT pg_sleep(3);", fetch => 'FETCH 1 FROM c;', end => 'ROLLBACK;' ]);
is(state($seen, 'open'), '00000', 'a short token works');
is(state($seen, 'fetch'), '28000', 'until it expires, in an open cursor too');
give(short => token(exp => time + 2, iat => time), long => token(tenant_id => undef), good => token(sub => 'user-7'), fresh => token(sub => 'user-9'));
$seen = session($node, 'app', [
	open => "BEGIN; " . enter('short') . "; " . enter('long') . "; $whose;",
	later => "SELECT pg_sleep(3);", rows => "$whose;", end => 'ROLLBACK;' ]);
is(state($seen, 'open') . ' ' . state($seen, 'rows'), '00000 28000', 'a token without a tenant does not prolong the tenant of another');
$node->safe_psql('app', "ALTER DATABASE app RESET tenancy.token_leeway; SELECT tenancy.revoke_tokens(user_id => 'user-7')");
is(states('good', 'fresh'), 'good=28000 fresh=00000', 'revoked for a user');
$node->safe_psql('app', "SELECT tenancy.revoke_tokens(tenant => '$tenant{a}')");
is(states('good', 'fresh'), 'good=28000 fresh=28000', 'revoked for a tenant');
give(new => token(iat => time + 2, exp => time + 300), nothing => token(iat => undef));
is(states('new', 'nothing'), 'new=00000 nothing=28000', 'tokens issued later are good, tokens of no date are not');

# ---- rotation, and rings that are not taken ----
give(one => token(tenant_id => $tenant{b}), two => token(kid => 'two', tenant_id => $tenant{b}));
is(states('one', 'two'), 'one=00000 two=28000', 'one key');
put_ring(ring_of('one', 'two'));
is(states('one', 'two'), 'one=00000 two=00000', 'two keys after a reload');
put_ring(ring_of('two'));
is(states('one', 'two'), 'one=28000 two=00000', 'the old one is gone after another');
# One session that has keys: broken files leave it what it had.
my %broken = (empty => '', half => substr(ring_of('one', 'two'), 0, 60), weak => '{"keys": [{"kid": "two", "kty": "oct", "alg": "HS256", "k": "c2hvcnQ"}]}', open => ring_of('one', 'two'));
for my $how (sort keys %broken)
{
	put_ring(ring_of('two'));
	my $from = -s $node->logfile;
	my ($mode) = $how eq 'open' ? '0644' : '0600';
	my $path = PostgreSQL::Test::Utils::tempdir . "/$how.json";
	append_to_file($path, $broken{$how});
	$seen = session($node, 'app', [ before => enter('two') . ';',
		break => "\\! cp $path $ring && chmod $mode $ring\nSELECT pg_sleep(0.1);", reload => "\\! kill -HUP `head -1 " . $node->data_dir . "/postmaster.pid`\nSELECT pg_sleep(0.5);",
		after => enter('two') . ';', one => enter('one') . ';' ]);
	is(join(' ', map { state($seen, $_) } qw(before after one)), '00000 00000 28000', "a ring that is $how: the keys from before stay, nothing opens");
	like(log_since($from), qr/key ring "keys.json" was not taken/, "$how: the log says so");
	is(states('two'), 'two=28000', "$how: a new session believes nothing");
}
put_ring(ring_of('one', 'two'));

# ---- a platform role's way in leaves a trace ----
$seen = session($node, 'postgres', [ enter => "BEGIN; SELECT tenancy.enter_as_platform('$tenant{b}', 'ticket 4711: \n''quoted'''); $whose; COMMIT;",
	why => "SELECT tenancy.enter_as_platform('$tenant{b}', ' ');" ]);
is(state($seen, 'enter') . ' ' . state($seen, 'why'), '00000 22023', 'enter_as_platform() wants a reason');
like(slurp_file($node->logfile), qr/tenancy enter_as_platform: user=postgres tenant='\Q$tenant{b}\E' reason=.*ticket 4711/, 'which is in the log');
$seen = session($node, 'app', [ enter => "SELECT tenancy.enter_as_platform('$tenant{b}', 'because');" ]);
is(state($seen, 'enter'), '42501', 'and is not for applications');

# ---- what people are told to do next ----
$seen = session($node, 'app', [ none => 'SELECT count(*) FROM items;', plain => "SET app.current_tenant_id = '$tenant{a}';", status => 'SELECT tenancy.key_ring_status();' ]);
like($seen->{errors}, qr/no tenant is set.*\n.*HINT:.*BEGIN; SELECT tenancy\.authenticate\(\$1\);/, 'without a tenant: the hint is authenticate()');
unlike($seen->{errors}, qr/HINT:[^\n]*set_tenant/, 'and not what is refused here');
is(state($seen, 'status'), '42501', 'the state of the key ring is not for applications');
sub ring_row { return $node->safe_psql('app', "SELECT state, detail, next_command IS NOT NULL FROM tenancy.status() WHERE topic = 'tokens' AND detail LIKE '%key ring%'") }
put_ring(ring_of('one', 'two'));
is(ring_row(), 'ok|tenants come from tokens; key ring: 2 keys: one, two|f', 'status() counts the keys');
put_ring('{"keys": [');
like(ring_row(), qr/^missing\|tenants come from tokens; key ring: not taken: .*\|t$/, 'and says what is wrong with the file');
put_ring('{"keys": []}');
like(ring_row(), qr/^missing\|.*\|t$/, 'an empty ring opens nothing');
put_ring(ring_of('one', 'two'));

# ---- single use ----
# Without leeway: tokens from before the server's start, that much included, may have been used already.
$node->safe_psql('app', 'ALTER DATABASE app SET tenancy.token_single_use = on; ALTER DATABASE app SET tenancy.token_leeway = 0');
my %b = (tenant_id => $tenant{b}, iat => time);
give(once => token(%b, jti => 'x1'), other => token(%b, jti => 'x2'), unnamed => token(%b), undated => token(%b, iat => undef, jti => 'x3'),
	other_key => token(%b, kid => 'two', jti => 'x1'));
$seen = session($node, 'app', [ first => enter('once') . ';', second => enter('once') . ';', other => enter('other') . ';', unnamed => enter('unnamed') . ';', other_key => enter('other_key') . ';', undated => enter('undated') . ';' ]);
is(join(' ', map { state($seen, $_) } qw(first second other unnamed other_key undated)), '00000 28000 00000 28000 00000 28000', 'once each, by key and id; not without an id or a date');
is(states('once'), 'once=28000', 'in other sessions too');
# Three are remembered; thirteen more fill the memory.
give(map { ("fill$_" => token(%b, jti => "f$_")) } 1 .. 14);
$seen = session($node, 'app', [ map { ("fill$_" => enter("fill$_") . ';') } 1 .. 14 ]);
is(join(' ', map { state($seen, "fill$_") } 1 .. 14), join(' ', ('00000') x 13, '28000'), 'as many as there is room for');
is(states('fill1', 'fill14'), 'fill1=28000 fill14=28000', 'what is remembered stays so');
like(slurp_file($node->logfile), qr/reason=too_many_tokens/, 'and the log says why');
$node->stop;

# ---- single use without shared memory is refused ----
my $late = tenancy_node('late', preload => 0, conf => [ "tenancy.keyring_file = 'keys.json'" ]);
append_to_file($late->data_dir . '/keys.json', ring_of('one'));
chmod oct('0600'), $late->data_dir . '/keys.json';
$late->safe_psql('app', "SELECT tenancy.enroll('app'); ALTER DATABASE app SET tenancy.context_source = 'token'; ALTER DATABASE app SET tenancy.token_single_use = on;
	CREATE TABLE tokens (name text, token text); GRANT SELECT ON tokens TO app; INSERT INTO tokens VALUES ('t', '" . token(jti => 'y') . "')");
$seen = session($late, 'app', [ once => enter('t') . ';', raw => "SELECT set_config('app.current_tenant_id', '$tenant{a}', true);" ]);
is(state($seen, 'once'), '55000', 'where it is demanded and cannot be had, tokens are refused');
is(state($seen, 'raw'), '42501', 'the setting too');
$late->stop;
done_testing();

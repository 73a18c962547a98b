# Keys and tokens never show: not in views of the server, not in the statistics, not in messages, not in a
# log that holds all statements, their plans and errors (with log_parameter_max_length = 0, as docs/SECURITY.md
# says). A token that stands in the text of a statement is refused, however it is written there.

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib $FindBin::RealBin;
use MIME::Base64 qw(encode_base64);
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my ($libraries) = map { chomp; $_ } `pg_config --pkglibdir`;
plan skip_all => 'the contrib modules pg_stat_statements and auto_explain are not installed'
  unless -e "$libraries/pg_stat_statements.so" && -e "$libraries/auto_explain.so";
my ($major) = `pg_config --version` =~ /(\d+)/;
my $node = tenancy_node('secrets', preload => 0, conf => [
	$major >= 16 ? 'auto_explain.log_parameter_max_length = 0' : (),
	"shared_preload_libraries = 'pg_tenancy, pg_stat_statements, auto_explain'", "tenancy.keyring_file = 'keys.json'",
	'pg_stat_statements.track = all', 'pg_stat_statements.track_utility = on',
	'log_statement = all', 'log_min_duration_statement = 0', 'log_min_error_statement = error', 'log_parameter_max_length = 0', 'log_duration = on',
	'log_min_messages = debug1', 'log_error_verbosity = verbose',
	'auto_explain.log_min_duration = 0', 'auto_explain.log_nested_statements = on', 'auto_explain.log_analyze = on' ]);

sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }
my %secret = (one => join('', map { chr(65 + $_ % 26) } 7 .. 46), two => join('', map { chr(200 + $_) } 0 .. 39));
append_to_file($node->data_dir . '/keys.json',
	'{"keys": [' . join(', ', map { sprintf '{"kid": "%s", "kty": "oct", "alg": "HS256", "k": "%s"}', $_, base64url($secret{$_}) } sort keys %secret) . ']}');
chmod oct('0600'), $node->data_dir . '/keys.json';
$node->reload;
my %tokens;
# The signature is enough to know a token by.
sub token
{
	my ($name, %claim) = @_;
	my $by = delete $claim{by} // $secret{one};
	%claim = (tenant_id => $tenant{a}, iat => time, exp => time + 600, jti => $name, %claim);
	my $signed = base64url('{"alg": "HS256", "kid": "one"}') . '.' . base64url('{' . join(', ', map { qq("$_": ) . ($claim{$_} =~ /^\d+$/ ? $claim{$_} : qq("$claim{$_}")) } sort keys %claim) . '}');
	return $tokens{$name} = "$signed." . base64url(hmac_sha256($signed, $by));
}

$node->safe_psql('app', qq{
	CREATE EXTENSION pg_stat_statements;
	GRANT pg_read_all_stats TO app;
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 3) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items TO app;
	-- The application's own functions around a token.
	CREATE FUNCTION enter(token text) RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE
		copied text := token;
	BEGIN RETURN tenancy.authenticate(copied); END \$\$;
	CREATE FUNCTION fail_with(token text) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN PERFORM tenancy.authenticate(token); RETURN 1 / (length(token) - length(token)); END \$\$;
	CREATE FUNCTION dynamic(token text) RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE entered text;
	BEGIN EXECUTE 'SELECT tenancy.authenticate(\$1)' INTO entered USING token; RETURN entered; END \$\$;
	CREATE PROCEDURE enter_and_stay(token text) LANGUAGE plpgsql AS \$\$ BEGIN PERFORM tenancy.authenticate(token); END \$\$;
	SELECT tenancy.enroll('app');
	ALTER DATABASE app SET tenancy.context_source = 'token';
});

# ---- what is looked for, and where ----
my $bytes = sub { join ' ', map { ord } split //, $_[0] };
sub forms
{
	my ($name, $value) = @_;
	return ("$name" => $value, "$name, base64" => encode_base64($value, ''), "$name, base64url" => base64url($value), "$name, hex" => unpack('H*', $value), "$name, as bytes" => $bytes->($value));
}
sub traces
{
	my ($text, @names) = @_;
	my %wanted = map { forms("key $_", $secret{$_}) } keys %secret;
	for my $name (@names ? @names : keys %tokens)
	{
		my (undef, $claims, $signature) = split /\./, $tokens{$name};
		%wanted = (%wanted, forms("token $name", $tokens{$name}), "claims of $name" => $claims, "signature of $name" => $signature);
	}
	# Plans are printed over many lines, which break anywhere.
	s/\s+//g for $text, values %wanted;
	my $small = lc $text;
	return join '; ', grep { index($text, $wanted{$_}) >= 0 || index($small, lc $wanted{$_}) >= 0 } sort keys %wanted;
}
my @views = ('pg_settings', 'pg_file_settings', 'pg_db_role_setting', 'pg_stat_activity', 'pg_stat_statements', 'pg_prepared_statements', 'pg_cursors', 'pg_hba_file_rules',
	'pg_backend_memory_contexts', 'pg_shmem_allocations', 'pg_locks', 'tenancy.status()', 'tenancy.context()', 'tenancy.tenants');
sub look { return $node->safe_psql('app', join '', map { "SELECT t::text FROM $_ AS t;" } @views) }
sub log_since { return substr(slurp_file($node->logfile), $_[0]) }

# pgbench sends what a driver sends: a statement, and parameters beside it.
my $run = 0;
sub bench
{
	my ($mode, $token, $script) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/script' . $run++;
	append_to_file($file, $script);
	return ([ 'pgbench', '-n', '-M', $mode, '-t', '1', '-U', 'app', '-h', $node->host, '-p', $node->port, '-D', "token=$token", '-f', $file, 'app' ]);
}
sub sent
{
	my ($out, $errors) = ('', '');
	IPC::Run::run(bench(@_), '>', \$out, '2>', \$errors);
	return "$out$errors";
}

# ---- by parameters: good tokens, bad tokens, errors afterwards, functions around them ----
my $said = '';
for my $mode ('extended', 'prepared')
{
	my $failures = 0;
	my %scripts = (
		plain => 'SELECT tenancy.authenticate(:token);', cast => 'SELECT tenancy.authenticate(:token::varchar::text);', from => 'SELECT * FROM tenancy.authenticate(:token);',
		rows => "BEGIN;\nSELECT tenancy.authenticate(:token);\nSELECT count(*) FROM items;\nINSERT INTO items (id) VALUES (100);\nROLLBACK;",
		function => 'SELECT enter(:token);', dynamic => 'SELECT dynamic(:token);', call => 'CALL enter_and_stay(:token);', lateral => 'SELECT * FROM (SELECT :token AS t OFFSET 0) AS s, LATERAL enter(s.t);');
	for my $name (sort keys %scripts)
	{
		my $output = sent($mode, token("$mode $name"), $scripts{$name});
		$failures++, diag($output) if $output =~ /ERROR|FATAL/;
		$said .= $output;
	}
	is($failures, 0, "$mode: tokens are believed as parameters of whatever");
	my %failing = (divide => 'SELECT fail_with(:token);', later => "BEGIN;\nSELECT tenancy.authenticate(:token);\nSELECT 1/0;", key => "BEGIN;\nSELECT tenancy.authenticate(:token);\nINSERT INTO items (id) VALUES (1);",
		tenant => "BEGIN;\nSELECT tenancy.authenticate(:token);\nINSERT INTO items VALUES ('$tenant{b}', 1);");
	for my $name (sort keys %failing)
	{
		my $output = sent($mode, token("$mode failing $name"), $failing{$name});
		$failures++ if $output =~ /ERROR/;
		$said .= $output;
	}
	my %bad = (expired => { exp => time - 100, iat => time - 200 }, early => { nbf => time + 500 }, role => { role => 'other' }, database => { database => 'other' },
		key => { by => 'z' x 32 }, audience => { aud => 'elsewhere' }, unknown => { tenant_id => '00000000-0000-4000-8000-0000000000ff' }, malformed => { tenant_id => 'no-uuid' });
	for my $name (sort keys %bad)
	{
		my $token = token("$mode bad $name", %{ $bad{$name} });
		for my $script ('SELECT tenancy.authenticate(:token);', 'SELECT enter(:token);', 'SELECT dynamic(:token);', 'CALL enter_and_stay(:token);')
		{
			my $output = sent($mode, $token, $script);
			$failures++ if $output =~ /ERROR/;
			$said .= $output;
		}
	}
	is($failures, 4 + 8 * 4, "$mode: bad tokens and statements fail");
}
is(traces($said), '', 'no message holds a key or a token');

# ---- while a session works with one, and while it waits ----
{
	my $output = '';
	my $bench = IPC::Run::start(bench('extended', token('watched'), "BEGIN;\nSELECT tenancy.authenticate(:token), pg_sleep(1);\nSELECT count(*) FROM items;\n\\sleep 1 s\nCOMMIT;"), '>', \$output, '2>&1');
	my %seen;
	for (1 .. 30)
	{
		my $text = look();
		$seen{active}++ if $text =~ /,active,.*authenticate\(\$1\), pg_sleep/;
		$seen{idle}++ if $text =~ /"idle in transaction"/;
		$seen{ traces($text) || 'nothing' }++;
		sleep 0.1;
		last if $seen{idle} && $seen{idle} > 3;
	}
	$bench->finish;
	ok($seen{active} && $seen{idle}, 'another session sees that it authenticates, and waits in its transaction') or diag(explain(\%seen), $output);
	is(join('; ', grep { !/^(active|idle)$/ } sort keys %seen), 'nothing', 'and no token, key or part of one in any view');
}

# ---- what is left ----
is(traces(slurp_file($node->logfile)), '', 'the whole log, with all statements, durations, plans and errors, holds none');
my $log = slurp_file($node->logfile);
like($log, qr/execute <unnamed>: SELECT tenancy.authenticate\(\$1\)/, '(it holds the statements)');
like($log, qr/reason=(expired|not_yet_valid|role)/, '(and the refusals)');
like($log, qr/Query Text: SELECT tenancy.authenticate/, '(and the plans)');
like($node->safe_psql('app', 'SELECT string_agg(query, E\'\n\') FROM pg_stat_statements'), qr/SELECT tenancy.authenticate\(\$1\)/, '(and the statistics, the statements)');
is(traces(look()), '', 'no view holds one');
my $dump = '';
IPC::Run::run([ 'pg_dump', '-h', $node->host, '-p', $node->port, 'app' ], '>', \$dump, '2>&1');
like($dump, qr/PostgreSQL database dump complete/, 'a dump is taken');
is(traces($dump), '', 'and holds none');

# ---- where the keys are, to the application ----
my $seen = session($node, 'app', [
	show => 'SHOW tenancy.keyring_file;', current => "SELECT current_setting('tenancy.keyring_file');", settings => "SELECT count(*) FROM pg_settings WHERE name = 'tenancy.keyring_file';", all => 'SHOW ALL;',
	file => "SELECT pg_read_file('keys.json');", copy => "CREATE TEMP TABLE t (x text) ON COMMIT DROP; COPY t FROM 'keys.json';", files => 'SELECT * FROM pg_file_settings;',
	set => "SET tenancy.keyring_file = '/tmp/mine.json';", local => "SELECT set_config('tenancy.keyring_file', '/tmp/mine.json', true);" ]);
is(join(' ', map { "$_=" . state($seen, $_) } qw(show current file copy files set local)), 'show=42501 current=42501 file=42501 copy=42501 files=42501 set=55P02 local=55P02', 'it may not see or choose the file');
is(rows($seen, 'settings'), '0', 'nor finds it among the settings');
unlike(rows($seen, 'all') . $seen->{errors}, qr/keys\.json/, 'nor its name');

# ---- in the text of a statement: refused, whatever it looks like ----
$node->safe_psql('app', "CREATE TABLE tokens (name text PRIMARY KEY, token text); GRANT SELECT ON tokens TO app; ALTER DATABASE app SET log_statement = 'none'; ALTER DATABASE app SET log_min_duration_statement = -1;");
my $text = token('text');
# Of these another statement holds the text, which is done before authenticate() sees it.
my $shown = token('shown');
my $forged = token('forged text', by => 'z' x 32);
my ($early, $late) = (substr($text, 0, 40), substr($text, 40));
my $escaped = sub { my ($format) = @_; join '', map { sprintf $format, ord } split //, $text };
$node->safe_psql('app', "INSERT INTO tokens VALUES ('text', '$text'), ('shown', '$shown')");
my $from = -s $node->logfile;
my $stored = "(SELECT token FROM tokens WHERE name = 'text')";
my @forms = (
	literal => "SELECT tenancy.authenticate('$text');",
	cast => "SELECT tenancy.authenticate('$text'::varchar(2000)::text);",
	pieces => "SELECT tenancy.authenticate('$early' || '$late');",
	continued => "SELECT tenancy.authenticate('$early'\n'$late');",
	dollars => "SELECT tenancy.authenticate(\$a\$$text\$a\$);",
	escapes => "SELECT tenancy.authenticate(E'" . $escaped->('\\x%02x') . "');",
	octal => "SELECT tenancy.authenticate(E'" . $escaped->('\\%03o') . "');",
	unicode => "SELECT tenancy.authenticate(U&'" . $escaped->('\\%04x') . "');",
	subquery => "SELECT tenancy.authenticate((SELECT '$text'));",
	several => "SELECT 1 \\; SELECT tenancy.authenticate('$shown') \\; SELECT 2;",
	beside => "SELECT '$shown' \\; SELECT tenancy.authenticate((SELECT token FROM tokens WHERE name = 'shown'));",
	do => "DO \$do\$ BEGIN PERFORM tenancy.authenticate('$text'); END \$do\$;",
	do_escapes => "DO \$do\$ BEGIN PERFORM tenancy.authenticate(E'" . $escaped->('\\x%02x') . "'); END \$do\$;",
	do_quoted => "DO 'BEGIN PERFORM tenancy.authenticate(''$text''); END';",
	expression => "DO \$do\$ DECLARE t text := '$text'; e text; BEGIN e := tenancy.authenticate(t); END \$do\$;",
	built => "DO \$do\$ BEGIN EXECUTE format('SELECT tenancy.authenticate(%L)', $stored); END \$do\$;",
	built_do => "DO \$do\$ BEGIN EXECUTE format('DO %L', format('BEGIN PERFORM tenancy.authenticate(%L); END', $stored)); END \$do\$;",
	built_call => "DO \$do\$ BEGIN EXECUTE format('CALL enter_and_stay(%L)', $stored); END \$do\$;",
	built_beneath => "DO \$do\$ BEGIN EXECUTE format('SELECT enter(%L)', $stored); END \$do\$;",
	call => "CALL enter_and_stay('$text');",
	wrapper => "SELECT enter('$text');",
	prepare => 'PREPARE p(text) AS SELECT tenancy.authenticate($1);',
	prepared => "EXECUTE p('$text');",
	prepared_escapes => "EXECUTE p(E'" . $escaped->('\\x%02x') . "');",
	prepare_literal => "PREPARE l AS SELECT tenancy.authenticate('$shown');",
	prepared_literal => 'EXECUTE l;',
	begin => "BEGIN; DECLARE c CURSOR FOR SELECT tenancy.authenticate('$shown');", cursor => 'FETCH 1 FROM c;', end => 'ROLLBACK;',
	explain => "EXPLAIN (COSTS OFF) SELECT tenancy.authenticate('$shown');",
	nothing => 'SELECT tenant IS NULL, user_id IS NULL FROM tenancy.context();',
	forged => "SELECT tenancy.authenticate('$forged');",
	forged_do => "DO \$do\$ BEGIN EXECUTE 'SELECT tenancy.authenticate(''$forged'')'; END \$do\$;",
	using => "DO \$do\$ BEGIN EXECUTE 'SELECT tenancy.authenticate(\$1)' USING $stored; END \$do\$;",
	stored => "SELECT tenancy.authenticate($stored);");
$seen = session($node, 'app', \@forms);
my %expected = (prepare => '00000', prepare_literal => '00000', begin => '00000', end => '00000', explain => '00000', nothing => '00000', using => '00000', stored => '00000');
my @names = map { $forms[ 2 * $_ ] } 0 .. $#forms / 2;
is(join(' ', map { "$_=" . state($seen, $_) } @names), join(' ', map { "$_=" . ($expected{$_} // '22023') } @names), 'a token in the text is refused, in others not');
is(rows($seen, 'nothing'), 't|t', 'and nothing is remembered of it');
is(traces(log_since($from), 'text', 'forged text'), '', 'where statements are not logged, refused tokens leave no trace in the log');
is(traces($node->safe_psql('app', 'SELECT t::text FROM pg_stat_statements AS t'), 'text', 'forged text'), '', 'nor in the statistics');

# ---- what the log would hold, and who says so ----
sub warned { return $node->safe_psql('app', "SELECT string_agg(next_command, ' ' ORDER BY next_command) FROM tenancy.status() WHERE topic = 'tokens'") }
is(warned(), '', 'status() is content');
my $parameters = 'ALTER SYSTEM SET log_parameter_max_length = 0; SELECT pg_reload_conf();';
$node->safe_psql('app', "ALTER DATABASE app SET log_parameter_max_length = -1");
is(warned(), '', 'also where parameters would be logged with statements, which are not logged');
for my $setting ("log_statement = 'all'", 'log_min_duration_statement = 0', 'log_min_duration_sample = 0', 'log_transaction_sample_rate = 1')
{
	my ($name) = split / /, $setting;
	$node->safe_psql('app', "ALTER DATABASE app SET $setting");
	is(warned(), $parameters, "with $setting status() says what to do");
	$from = -s $node->logfile;
	sent('extended', token("logged by $name"), 'SELECT tenancy.authenticate(:token);');
	isnt(traces(log_since($from), "logged by $name"), '', 'as it should: the log holds the token');
	$node->safe_psql('app', "ALTER DATABASE app SET $name = " . ($name eq 'log_statement' ? 'none' : $name eq 'log_transaction_sample_rate' ? 0 : -1));
}
# Plans hold parameters as constants.
$node->safe_psql('app', 'ALTER DATABASE app SET log_parameter_max_length = 0');
for my $setting ([ 'auto_explain.log_verbose', 'SELECT tenancy.authenticate(:token);' ], [ 'debug_print_plan', 'SELECT tenancy.authenticate(:token);' ])
{
	my ($name, $statement) = @$setting;
	$node->safe_psql('app', "ALTER DATABASE app SET $name = on");
	is(warned(), "ALTER SYSTEM SET $name = off; SELECT pg_reload_conf();", "with $name status() says what to do");
	$from = -s $node->logfile;
	sent('extended', token("in a plan by $name"), $statement);
	isnt(traces(log_since($from), "in a plan by $name"), '', 'as it should: the log holds the token');
	$node->safe_psql('app', "ALTER DATABASE app RESET $name");
}
$node->safe_psql('app', "ALTER DATABASE app SET log_parameter_max_length_on_error = -1");
is(warned(), 'ALTER SYSTEM SET log_parameter_max_length_on_error = 0; SELECT pg_reload_conf();', 'and of parameters with errors');
$node->safe_psql('app', 'ALTER DATABASE app RESET log_parameter_max_length_on_error; ALTER DATABASE app RESET tenancy.context_source; ALTER DATABASE app SET log_parameter_max_length = -1');
$node->safe_psql('app', "ALTER DATABASE app SET log_statement = 'all'");
is(warned(), '', 'without tokens there is nothing to warn of');
$node->stop;
done_testing();

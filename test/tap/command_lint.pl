# pg_tenancy lint, the command: a database without the extension is looked at by the same rules as tenancy.lint()
# looks at one with it; exit codes, baseline, names that would break out of their lines, and who is not a superuser.
# TENANCY_COMMAND in the environment: another program than the pg_tenancy of the path.
use strict;
use warnings;
use Encode;
use FindBin;
use IPC::Run;
use JSON::PP;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use TenancyNode;
use Test::More;

my $node = tenancy_node('command_lint', conf => ['max_prepared_transactions = 2']);
my $dir = PostgreSQL::Test::Utils::tempdir;
my $program = $ENV{TENANCY_COMMAND} || 'pg_tenancy';

# (exit code, what it printed, what it complained)
sub command
{
	my @arguments = @_;
	my ($out, $errors) = ('', '');
	IPC::Run::run([ $program, @arguments ], '<', \undef, '>', \$out, '2>', \$errors);
	return ($? >> 8, $out, $errors);
}
sub lint { my ($database, @options) = @_; return command('lint', $node->connstr($database), @options) }
sub json
{
	my ($code, $out, $errors) = lint(@_, '--format', 'json');
	is($errors, '', "no complaint: @_");
	return (decode_json($out), $code);
}
sub text_of { return join ' ', map { "$_->{rule}:$_->{object}" } @_ }

# ---- one bad schema in a database without the extension and in one with it ----
my $hostile = qq{we'ird ""q""\n<script>alert(1)</script> \xc3\xbc \x1b[2J \xe2\x80\xae};
my $schema = qq{
	CREATE SCHEMA shop;
	CREATE TABLE shop.customers (id int PRIMARY KEY, tenant_id uuid, email text UNIQUE);
	CREATE TABLE shop.orders (id int PRIMARY KEY, tenant_id uuid NOT NULL, customer_id int REFERENCES shop.customers ON DELETE CASCADE);
	ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
	CREATE POLICY open ON shop.orders USING (current_setting('app.current_tenant_id', true) IS NULL OR tenant_id::text = current_setting('app.current_tenant_id', true));
	CREATE TABLE shop.parts (id int, tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id);
	CREATE TABLE shop.parts_1 PARTITION OF shop.parts DEFAULT;
	ALTER TABLE shop.parts ENABLE ROW LEVEL SECURITY;
	CREATE TABLE shop."$hostile" (id int, tenant_id uuid);
	CREATE VIEW shop.all_orders AS SELECT * FROM shop.orders;
	CREATE MATERIALIZED VIEW shop.totals AS SELECT tenant_id, count(*) FROM shop.orders GROUP BY 1;
	CREATE FUNCTION shop.orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM shop.orders';
	CREATE PUBLICATION everything FOR ALL TABLES;
	GRANT USAGE, CREATE ON SCHEMA shop TO shop_app;
	GRANT SELECT, INSERT, TRUNCATE, REFERENCES ON ALL TABLES IN SCHEMA shop TO shop_app;
	INSERT INTO shop.customers VALUES (1, NULL, 'a'), (2, '$tenant{a}', 'b');
	INSERT INTO shop.orders VALUES (1, '$tenant{b}', 2);
};
$node->safe_psql('postgres', 'CREATE ROLE shop_app LOGIN; CREATE ROLE stranger LOGIN; CREATE DATABASE plain; CREATE DATABASE clean');
# Both are called alike: the database's name is the object of some findings.
$node->safe_psql('plain', $schema);
my ($plain) = json('plain', '--role', 'shop_app', '--data');
$node->safe_psql('postgres', 'ALTER DATABASE plain RENAME TO other; CREATE DATABASE plain');
$node->safe_psql('plain', "CREATE EXTENSION pg_tenancy; $schema");

# Rules that say more, or less, where the extension is: they speak of it, or look at what it makes.
my %of_extension = map { $_ => 1 } qw(drift guard_missing role_not_enrolled library_not_preloaded tenant_unknown);
my $lint = sub {
	my ($call) = @_;
	return @{ decode_json($node->safe_psql('plain', "SELECT coalesce(json_agg(l), '[]') FROM $call")) };
};
my @called = $lint->(q{tenancy.lint(true, application_roles => ARRAY['shop_app'::regrole]) AS l});
my $compare = sub {
	my ($what, $from, $to, @keys) = @_;
	my @lists = map {
		my $list = $_;
		[ sort map { my $one = $_; join ' | ', @$one{@keys} } grep { !$of_extension{ $_->{rule} } && $_->{object} !~ /^"?tenancy/ } @$list ]
	} $from, $to;
	cmp_ok(scalar @{ $lists[0] }, '>', 20, "$what: something is compared");
	is_deeply(@lists, $what);
};
$compare->('the command finds what lint() finds', $plain->{findings}, \@called, qw(rule object title detail));
my @pure = $lint->(q{jsonb_to_recordset(tenancy.lint_findings(tenancy.schema_snapshot(), tenancy.surroundings(ARRAY['shop_app'::regrole::oid]),
	'{"tenant_column": null, "context_setting": "app.current_tenant_id", "installed": false}')::jsonb -> 'findings') AS l(rule text, level text, object text, title text, detail text, remediation text, metadata jsonb)});
my ($unasked) = json('other', '--role', 'shop_app');
for my $one (@{ $unasked->{findings} }) { s/"other"/"plain"/ for @$one{qw(object remediation)} }
$compare->('the rules get the same to read', $unasked->{findings}, \@pure, qw(rule level object title detail remediation));
is_deeply([ sort map { $_->{rule} } grep { exists $_->{metadata}{rows} } @{ $plain->{findings} } ], [qw(reference_crosses tenant_null)], '--data counts rows');
is((grep { $_->{rule} eq 'tenant_null' } @{ $unasked->{findings} }), 0, 'without it nothing is counted');
is_deeply($plain->{application_roles}, ['shop_app'], 'the role that was named');
is($plain->{extension}, undef, 'no extension');

# ---- with the extension: what lint() says, waivers too ----
my ($with) = json('plain', '--role', 'shop_app', '--data');
is($with->{extension}, $node->safe_psql('plain', "SELECT extversion FROM pg_extension WHERE extname = 'pg_tenancy'"), 'the extension is seen');
is_deeply([ sort map { "$_->{rule} $_->{level} $_->{object} $_->{detail} $_->{remediation}" } @{ $with->{findings} } ],
	[ sort map { "$_->{rule} $_->{level} $_->{object} $_->{detail} $_->{remediation}" } @called ], 'with the extension: exactly lint()');
$node->safe_psql('plain', q{SELECT tenancy.waive('rls_disabled', 'shop.customers', 'next week')});
($with) = json('plain', '--role', 'shop_app');
is_deeply([ map { [ @$_{qw(object level known)} ] } grep { $_->{known} } @{ $with->{findings} } ],
	[ [ 'shop.customers', 'error', { by => 'waiver', reason => 'next week' } ] ], 'a waiver is known, with its reason');
$node->safe_psql('plain', q{SELECT tenancy.enroll('app')});
($with) = json('plain');
is_deeply($with->{application_roles}, ['app'], 'enrolled roles are those of the application');

# ---- exit codes ----
$node->safe_psql('clean', q{REVOKE ALL ON DATABASE clean FROM PUBLIC; CREATE TABLE countries (id int PRIMARY KEY)});
my ($code, $out, $errors) = lint('clean', '--level', 'info');
is("$code $errors", '0 ', 'nothing: 0') or diag($out);
like($out, qr/\n0 errors, 0 warnings, 0 info: passed\n\z|\A[^\n]*\n0 errors, 0 warnings, 0 info: passed\n\z/, 'and says so');
is((lint('other'))[0], 1, 'findings: 1');
$node->safe_psql('clean', q{CREATE TABLE notes (id int PRIMARY KEY, tenant_id uuid); ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY});
my ($notes) = json('clean');
is_deeply($notes->{counts}{error}, 0, 'a table with warnings only');
is((lint('clean', '--level', $_->[0]))[0], $_->[1], "--level $_->[0]: $_->[1]") for [ error => 0 ], [ warning => 1 ], [ info => 1 ];
for my $wrong ([], ['fix'], [ 'lint', '--nonsense' ], [ 'lint', '--level', 'fatal' ], [ 'lint', $node->connstr('clean'), '--role', 'nobody there' ],
	[ 'lint', $node->connstr('clean'), '--baseline', "$dir/missing.json" ])
{
	($code, $out, $errors) = command(@$wrong);
	is("$code $out", '2 ', 'a wrong call: 2: ' . join ' ', map { s/.*dbname/dbname/r } @$wrong);
	like($errors, qr/\Apg_tenancy: .+\nTry pg_tenancy --help\.\n\z/, 'with a word');
}
($code, $out, $errors) = lint('missing');
is("$code $out", '3 ', 'no such database: 3');
like($errors, qr/database "missing" does not exist/, 'and says so');
($code, $out, $errors) = command('lint', "host=$dir port=1 dbname=plain");
is("$code $out", '3 ', 'no such server: 3');
($code, $out) = command('--version');
like("$code $out", qr/^0 pg_tenancy \d+\.\d+\.\d+\n\z/, '--version');
like((command('lint', '--help'))[1], qr/--write-baseline/, '--help');
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, 'clean');
	like((command('lint'))[1], qr/^database clean, /m, 'without a connection: the environment');
	is((command('lint', 'postgresql:///missing'))[0], 3, 'an address');
	like((command('lint', 'postgresql:///other'))[1], qr/^database other, /m, 'stands before the environment');
}

# ---- the baseline ----
my $file = "$dir/known.json";
($code) = lint('other', '--baseline', $file, '--write-baseline', '--level', 'error');
is($code, 0, 'a baseline is written: nothing fails');
my $entries = decode_json(slurp_file($file))->{findings};
is_deeply([ sort map { "$_->{rule} $_->{object}" } @$entries ],
	[ sort map { "$_->{rule} $_->{object}" } grep { $_->{level} eq 'error' } @{ (json('other'))[0]{findings} } ], 'all that fails is in it');
is((lint('other', '--baseline', $file, '--level', 'error'))[0], 0, 'what it knows does not fail');
is((lint('other', '--baseline', $file))[0], 1, 'the rest does');
$_->{reason} = "why $_->{rule}" for @$entries;
unlink $file;
append_to_file($file, encode_json({ findings => [ @$entries, { rule => 'rls_disabled', object => 'shop.gone', reason => 'once' }, { rule => 'tenant_null', object => 'shop.customers', reason => 'old rows' } ] }));
($code, $out) = lint('other', '--baseline', $file, '--level', 'error');
is($code, 0, 'written by hand');
like($out, qr/^known: rls_disabled: shop\.customers \(baseline: why rls_disabled\)$/m, 'known, with the reason');
like($out, qr/^stale: rls_disabled: shop\.gone /m, 'what is found no more is told');
unlike($out, qr/^stale: tenant_null/m, 'but not what was not asked');
unlike((lint('other', '--baseline', $file, '--data'))[1], qr/^stale: tenant_null/m, 'nor what is found');
lint('other', '--baseline', $file, '--write-baseline', '--level', 'error');
my %kept = map { ("$_->{rule} $_->{object}" => $_->{reason}) } @{ decode_json(slurp_file($file))->{findings} };
is($kept{'rls_disabled shop.customers'}, 'why rls_disabled', 'written again: the reason stays');
ok(!exists $kept{'rls_disabled shop.gone'}, 'the stale one goes');
is($kept{'tenant_null shop.customers'}, 'old rows', 'what was not asked stays');
unlink $file;
append_to_file($file, '{"findings": 7}');
($code, $out, $errors) = lint('other', '--baseline', $file);
is("$code $out", '2 ', 'no baseline: 2');

# ---- names ----
my ($table) = grep { $_->{rule} eq 'rls_disabled' && $_->{object} =~ /script/ } @{ (json('other'))[0]{findings} };
is($table->{object}, 'shop."' . decode('UTF-8', $hostile) . '"', 'JSON: the name as it is');
$out = (lint('other'))[1];
my @lines = split /\n/, $out;
is((grep { !/^(?:(?:error|warning|info): [a-z_]+: \S|    (?:run: )?\S|database other, |\d+ errors?, )/ } @lines), 0, 'text: no name makes a line of its own');
unlike($out, qr/[^\x20-\x7e\n\x80-\xff]|\xe2\x80\xae/, 'nor sends anything to a terminal');
(my $shown = $hostile) =~ s/\n/\\n/;
$shown =~ s/\x1b/\\x1b/;
$shown =~ s/\xe2\x80\xae/\\u202e/;
cmp_ok(index("\n$out", qq{\nerror: rls_disabled: shop."$shown"\n}), '>=', 0, 'it is shown, escaped');
is($out =~ tr/\e//, 0, 'no colours where there is no terminal');

# ---- who is not a superuser ----
my $as = sub { my ($role, $database, @options) = @_; return command('lint', $node->connstr($database) . " user=$role", '--role', 'shop_app', '--data', '--format', 'json', @options) };
($code, $out, $errors) = $as->('stranger', 'other');
is("$code $errors", '1 ', 'a stranger may look');
my $seen = decode_json($out);
my ($root) = json('other', '--role', 'shop_app', '--data');
my $not_data = sub { join "\n", map { "$_->{rule} $_->{level} $_->{object} $_->{detail}" } grep { $_->{metadata}{family} ne 'data' } @{ $_[0]{findings} } };
is($not_data->($seen), $not_data->($root), 'and sees the same but rows');
is_deeply([ map { $_->{detail} } grep { $_->{rule} eq 'tenant_null' && $_->{object} eq 'shop.customers' } @{ $seen->{findings} } ],
	['It could not be asked: permission denied for schema shop'], 'what may not be asked is said');
$node->safe_psql('other', 'ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY');
(undef, $out) = $as->('shop_app', 'other');
is_deeply([ map { $_->{detail} } grep { $_->{rule} eq 'tenant_null' && $_->{object} eq 'shop.customers' } @{ decode_json($out)->{findings} } ],
	['It could not be asked: query would be affected by row-level security policy for table "customers"'], 'nor is a part taken for the whole');
($code, $out, $errors) = $as->('stranger', 'plain');
is("$code $out", '3 ', 'with the extension: who may not call lint() is told nothing by halves');
like($errors, qr/role "stranger" may not call tenancy\.lint\(\)/, 'but why');
is(($as->('app', 'plain'))[0], 3, 'nor is a guarded session');
my ($usual) = json('other', '--role', 'shop_app', '--data');
{
	local $ENV{PGOPTIONS} = '-c standard_conforming_strings=off -c quote_all_identifiers=on -c search_path=shop -c datestyle=German';
	is_deeply((json('other', '--role', 'shop_app', '--data'))[0]{findings}, $usual->{findings}, 'whatever the session is set to');
}

# ---- it waits no longer than it is told to ----
for ([ '"' . $hostile . '"', 'a table that is asked' ], [ 'customers', 'a table whose indexes are printed' ])
{
	my ($locked, $what) = @$_;
	local $ENV{PGOPTIONS} = '-c lock_timeout=200';
	$node->safe_psql('other', "BEGIN; LOCK TABLE shop.$locked; PREPARE TRANSACTION 'locks'");
	($code, $out, $errors) = lint('other', '--role', 'shop_app', '--data');
	if ($locked eq 'customers') { is("$code $errors", "3 pg_tenancy: canceling statement due to lock timeout\n", $what) }
	else { like($out, qr/^    rows belong to nobody\. It could not be asked: canceling statement due to lock timeout$/m, $what) }
	$node->safe_psql('other', "ROLLBACK PREPARED 'locks'");
}

$node->stop;
done_testing();

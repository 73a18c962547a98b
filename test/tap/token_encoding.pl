# Tokens are UTF-8, whatever the encoding of the database: an id opens the tenant of that name, not the one that is
# written with the same bytes; and what the encoding cannot hold is refused like every other token.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use TenancyToken;
use Test::More;

$ENV{PGCLIENTENCODING} = 'UTF8';
my $node = tenancy_node('encoding', conf => [ "tenancy.keyring_file = 'keys.json'" ]);
put_ring($node, ring_of('one'));

my $cafe = "caf\xc3\xa9"; # in UTF-8
my $bytes = "caf\xc3\x83\xc2\xa9"; # what the bytes of that are in LATIN1, in UTF-8
my $jose = "Jos\xc3\xa9";
my $japan = "\xe6\x97\xa5\xe6\x9c\xac";
my $whose = 'SELECT tenant_id, count(*) FROM items GROUP BY 1';

sub database
{
	my ($name, $encoding, @tenants) = @_;
	local $ENV{PGCLIENTENCODING} = 'SQL_ASCII' if $encoding eq 'SQL_ASCII';
	$node->safe_psql('postgres', "CREATE DATABASE $name ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($name, join '', 'CREATE EXTENSION pg_tenancy; CREATE TABLE companies (id text PRIMARY KEY);', (map { "INSERT INTO companies VALUES ('$_');" } @tenants),
		"SELECT tenancy.use_tenant_table('companies', 'id');
		CREATE TABLE items (tenant_id text NOT NULL REFERENCES companies, id int, PRIMARY KEY (tenant_id, id));
		INSERT INTO items SELECT id, n FROM companies, generate_series(1, 3) n;
		SELECT tenancy.protect('items'); GRANT SELECT ON items TO app; SELECT tenancy.enroll('app');
		ALTER DATABASE $name SET tenancy.context_source = 'token';");
	return;
}
# A transaction for each token; the rows it sees.
sub seen_by
{
	my ($database, $tokens, @more) = @_;
	give($node, $database, %$tokens);
	my $seen = session($node, 'app', [ map { ("in_$_" => 'BEGIN; ' . enter($_) . ';', $_ => "$whose;", "user_$_" => 'SELECT tenancy.current_user_id();', "end_$_" => 'ROLLBACK;') } sort keys %$tokens ], database => $database, @more);
	return { map { $_ => state($seen, "in_$_") . ' ' . rows($seen, $_) . ' ' . rows($seen, "user_$_") } keys %$tokens };
}

# ---- LATIN1 ----
database('latin', 'LATIN1', 'plain', $cafe, $bytes);
my $seen = seen_by('latin', { plain => token(tenant_id => 'plain', sub => $jose), cafe => token(tenant_id => $cafe), bytes => token(tenant_id => $bytes),
	japan => token(tenant_id => $japan), japan_sub => token(tenant_id => 'plain', sub => $japan), jti => token(tenant_id => 'plain', jti => $japan) });
is($seen->{plain}, "00000 plain|3 $jose", 'LATIN1: the user is told as the token says');
is($seen->{cafe}, "00000 $cafe|3 ", 'a tenant beyond ASCII');
is($seen->{bytes}, "00000 $bytes|3 ", 'and the one that LATIN1 writes with the bytes of the other');
is($seen->{japan}, '28000  ', 'a tenant that LATIN1 cannot hold: refused');
is($seen->{japan_sub}, '28000  ', 'a user that it cannot hold: refused');
is($seen->{jti}, '00000 plain|3 ', 'the id of the token is not stored as text: any will do');
$node->safe_psql('latin', "SELECT tenancy.revoke_tokens(user_id => '$jose')");
$seen = seen_by('latin', { jose => token(tenant_id => 'plain', sub => $jose, iat => time - 30), other => token(tenant_id => 'plain', sub => "Jos\xc3\x83\xc2\xa9", iat => time - 30) });
is($seen->{jose}, '28000  ', 'a revoked user beyond ASCII');
is($seen->{other}, "00000 plain|3 Jos\xc3\x83\xc2\xa9", 'and no other');

# What this database, its roles and its settings are called.
$node->safe_psql('latin', qq{CREATE ROLE "$cafe" LOGIN IN ROLE app; CREATE ROLE "$bytes" LOGIN IN ROLE app; ALTER DATABASE latin SET tenancy.token_audience = '$cafe'; ALTER DATABASE latin SET tenancy.token_tenant_claim = '$cafe'});
my @claims = (tenant_id => undef, $cafe => 'plain', aud => $cafe);
give($node, 'latin', here => token(@claims), audience => token(@claims, aud => $bytes), claim => token(@claims, $cafe => undef, $bytes => 'plain'), role => token(@claims, role => $cafe));
my $roles = session($node, 'postgres', [ map { my $role = $_; ("as_$role" => qq{SET SESSION AUTHORIZATION "$role";}, map { ("$_ $role" => enter($_) . ' IS NULL;') } qw(here audience claim role)), "end_$role" => 'RESET SESSION AUTHORIZATION;' } $cafe, $bytes ], database => 'latin');
is(join(' ', map { state($roles, "$_ $cafe") } qw(here audience claim role)), '00000 28000 00000 00000', 'audience and role are compared as texts');
is(rows($roles, "here $cafe") . rows($roles, "claim $cafe"), 'ft', 'so is the name of the claim');
is(state($roles, "role $bytes"), '28000', 'a token for a role is not for the one of the same bytes');
$node->safe_psql('postgres', "CREATE DATABASE \"$cafe\" TEMPLATE template0"); # in UTF8, and named in it
$node->safe_psql($cafe, "CREATE EXTENSION pg_tenancy; SELECT tenancy.create_tenant('a', 'a', id => '$tenant{a}'); SELECT tenancy.enroll('app')");
give($node, $cafe, here => token(database => $cafe), other => token(database => $bytes), role => token(role => 'app'));
my $names = session($node, 'app', [ map { ($_ => enter($_) . ';') } qw(here other role) ], database => $cafe);
is(join(' ', map { state($names, $_) } qw(here other role)), '00000 28000 00000', 'UTF8: the name of the database');

# ---- EUC_JP: longer than UTF-8 ----
database('euc', 'EUC_JP', 'plain', $japan);
my $e = "\xc3\xa9"; # two bytes in UTF-8, three in EUC_JP
$seen = seen_by('euc', { japan => token(tenant_id => $japan, sub => $japan), long => token(tenant_id => $e x 64), user => token(tenant_id => 'plain', sub => $e x 128), longest => token(tenant_id => 'plain', sub => $e x 85) });
is($seen->{japan}, "00000 $japan|3 $japan", 'EUC_JP: tenant and user');
is($seen->{long}, '28000  ', 'a tenant that becomes longer than a key may be');
is($seen->{user}, '28000  ', 'a user that becomes too long');
is($seen->{longest}, '00000 plain|3 ' . $e x 85, 'one that just fits');

# ---- SQL_ASCII: bytes ----
$ENV{PGCLIENTENCODING} = 'SQL_ASCII';
database('bytes', 'SQL_ASCII', 'plain', $cafe, "caf\xe9");
$seen = seen_by('bytes', { cafe => token(tenant_id => $cafe, sub => $jose) });
is($seen->{cafe}, "00000 $cafe|3 $jose", 'SQL_ASCII: the bytes of the token');
$node->stop;
done_testing();

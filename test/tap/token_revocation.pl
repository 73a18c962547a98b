# A revocation reaches transactions that run: at their next statement, whatever they have done to the setting, and
# whatever else they were told meanwhile. It is never taken back by an older one.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use TenancyToken;
use Test::More;

my $node = tenancy_node('revocation', conf => [ "tenancy.keyring_file = 'keys.json'" ]);
put_ring($node, ring_of('one'));
$node->safe_psql('app', q{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 20) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items TO app;
	SELECT tenancy.enroll('app');
	ALTER DATABASE app SET tenancy.context_source = 'token';
});
my $whose = "SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM items";
my $tenant_revoked = elsewhere("SELECT tenancy.revoke_tokens('$tenant{a}')");
my $forget = elsewhere('UPDATE tenancy.tenants SET tokens_valid_after = NULL; DELETE FROM tenancy.revoked_users');
my $earlier = time - 5;
give($node, 'app', good => token(iat => $earlier, sub => 'u'), none => token(iat => $earlier, sub => 'u', tenant_id => undef),
	u5 => token(iat => $earlier, sub => 'u5'));

# ---- out of the tenant's setting and back into it ----
my $seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('good') . "; $whose;", savepoint => 'SAVEPOINT s;', reset => 'RESET app.current_tenant_id;',
	revoke => $tenant_revoked, beside => 'SELECT 1;', back => 'ROLLBACK TO s;', rows => "$whose;", write => 'UPDATE items SET id = id WHERE id = 1;', end => 'ROLLBACK;', forget => $forget ]);
is(rows($seen, 'enter'), "$tenant{a}\na|20", 'the token opens its tenant');
is(join(' ', map { state($seen, $_) } qw(beside rows)), '28000 28000', 'revoked while the setting is RESET: refused at once, and after ROLLBACK TO');
is(state($seen, 'write'), '25P02', 'nothing is written');

$seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('good') . '; DECLARE k CURSOR FOR SELECT * FROM items ORDER BY id; FETCH 1 FROM k;', reset => 'RESET app.current_tenant_id;',
	revoke => $tenant_revoked, fetch => 'FETCH 2 FROM k;', end => 'ROLLBACK;', forget => $forget ]);
is(state($seen, 'enter') . ' ' . state($seen, 'fetch'), '00000 28000', 'the same with an open cursor');

# ---- a token without a tenant, taken in while the revocation arrives ----
$seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('good') . ';', later => elsewhere("SELECT tenancy.revoke_tokens('$tenant{a}')", 1),
	again => "SELECT pg_sleep(4), tenancy.authenticate((SELECT token FROM tokens WHERE name = 'none'));", rows => "$whose;", end => 'ROLLBACK;', forget => $forget ]);
is(state($seen, 'enter'), '00000', 'a token');
is(state($seen, 'again'), '28000', 'one without a tenant is refused once the tenant\'s are revoked');
is(rows($seen, 'rows'), '', 'and no row is seen');

# ---- a revocation between the two look-ups of authenticate() ----
$seen = session($node, 'app', [
	warm => enter('u5') . ';', begin => 'BEGIN;',
	first => elsewhere("BEGIN; LOCK TABLE tenancy.revoked_users; UPDATE tenancy.tenants SET name = 'B2' WHERE slug = 'b'; SELECT pg_sleep(4); COMMIT", 0),
	second => elsewhere("BEGIN; LOCK TABLE tenancy.tenants; SELECT tenancy.revoke_tokens(user_id => 'u5'); SELECT pg_sleep(1); COMMIT", 2),
	wait => '\! sleep 1', enter => enter('u5') . ';', rows => "$whose;", end => 'ROLLBACK;' ]);
is(state($seen, 'rows'), '28000', 'a user revoked while authenticate() runs is noticed at the next statement at the latest');
$seen = session($node, 'app', [ next => enter('u5') . ';', forget => $forget ]);
is(state($seen, 'next'), '28000', 'and was revoked');

# ---- a token of an issuer whose clock is ahead ----
give($node, 'app', good => token(iat => $earlier, sub => 'u'), ahead => token(iat => time + 9, sub => 'ahead'));
$seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('ahead') . ';', revoke => elsewhere("SELECT tenancy.revoke_tokens(user_id => 'ahead')"), rows => "$whose;", end => 'ROLLBACK;', forget => $forget ]);
is(state($seen, 'enter') . ' ' . state($seen, 'rows'), '00000 28000', 'issued in the future: not beyond the reach of a revocation now');

# ---- rows that a portal has already ----
$seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('good') . q{; DO $$ DECLARE k refcursor := 'k'; BEGIN OPEN k FOR UPDATE items SET id = id RETURNING *; END $$; FETCH 1 FROM k;},
	revoke => $tenant_revoked, fetch => 'FETCH 1 FROM k;', end => 'ROLLBACK;', forget => $forget ]);
is(state($seen, 'enter') . ' ' . state($seen, 'fetch'), '00000 28000', 'FETCH of rows that were computed before');
$seen = session($node, 'app', [
	enter => 'BEGIN; ' . enter('good') . q{; DO $$ DECLARE k refcursor := 'k'; BEGIN OPEN k FOR UPDATE items SET id = id RETURNING *; END $$; FETCH 1 FROM k;},
	revoke => $tenant_revoked, fetch => q{DO $$ DECLARE k refcursor := 'k'; one record; BEGIN FETCH k INTO one; RAISE NOTICE 'row %', one; END $$;}, end => 'ROLLBACK;', forget => $forget ]);
is(state($seen, 'enter') . ' ' . state($seen, 'fetch'), '00000 28000', 'in a DO too');
unlike($seen->{errors}, qr/row \(/, 'which shows none');

# ---- revoke_tokens() never takes a later revocation back ----
for my $registry (0, 1)
{
	my $database = $registry ? 'registry' : 'app';
	$node->safe_psql('postgres', 'CREATE DATABASE registry') if $registry;
	$node->safe_psql('registry', q{CREATE EXTENSION pg_tenancy; CREATE TABLE companies (id text PRIMARY KEY); INSERT INTO companies VALUES ('one'), ('new');
		SELECT tenancy.use_tenant_table('companies', 'id');}) if $registry;
	my ($one, $table) = $registry ? ('one', 'tenancy.tenant_registry') : ($tenant{a}, 'tenancy.tenants');
	my $of = $registry ? "tenant = 'one'" : "slug = 'a'";
	$node->safe_psql($database, "SELECT tenancy.revoke_tokens('$one', 'mallory');
		UPDATE $table SET tokens_valid_after = '2999-01-01' WHERE $of; UPDATE tenancy.revoked_users SET valid_after = '2999-01-01';
		SELECT tenancy.revoke_tokens('$one', 'mallory')");
	is($node->safe_psql($database, "SELECT (SELECT extract(year FROM tokens_valid_after) FROM $table WHERE $of), (SELECT extract(year FROM valid_after) FROM tenancy.revoked_users)"),
		'2999|2999', "$database: a later revocation stays, of a tenant and of a user");
	my $other = $registry ? 'new' : $tenant{c};
	$node->safe_psql($database, "SELECT tenancy.revoke_tokens('$other')");
	is($node->safe_psql($database, "SELECT tokens_valid_after <= clock_timestamp() FROM $table WHERE " . ($registry ? "tenant = 'new'" : "slug = 'c'")), 't', "$database: and others are revoked as ever");
}

# ---- for ever ----
give($node, 'app', good => token(sub => 'gone', tenant_id => $tenant{b}));
$node->safe_psql('app', "INSERT INTO tenancy.revoked_users VALUES ('gone', 'infinity')");
$seen = session($node, 'app', [ enter => enter('good') . ';' ]);
is(state($seen, 'enter'), '28000', 'a user whose tokens are revoked until infinity');
$node->safe_psql('app', "DELETE FROM tenancy.revoked_users; UPDATE tenancy.tenants SET tokens_valid_after = 'infinity' WHERE slug = 'b'");
$seen = session($node, 'app', [ enter => enter('good') . ';' ]);
is(state($seen, 'enter'), '28000', 'and such a tenant');
$node->stop;
done_testing();

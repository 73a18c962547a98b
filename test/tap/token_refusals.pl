# Who is refused learns nothing but that, with every message sent to the client that a client can ask for; and a token
# that stands in a statement is neither believed nor logged, whatever else is wrong.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use TenancyToken;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = tenancy_node('refusals', conf => [ "log_min_messages = log", "log_statement = none", "tenancy.keyring_file = 'keys.json'" ]);
$node->safe_psql('app', qq{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 3) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT ON items TO PUBLIC;
	SELECT tenancy.enroll('app');
	ALTER DATABASE app SET tenancy.context_source = 'token';
	CREATE FUNCTION enter(token text) RETURNS text LANGUAGE plpgsql AS \$\$ DECLARE entered text; BEGIN EXECUTE 'SELECT tenancy.' || 'authenticate(' || quote_literal(token) || ')' INTO entered; RETURN entered; END \$\$;
});
my $whose = "SELECT string_agg(DISTINCT right(tenant_id::text, 1), ''), count(*) FROM items";
my $now = time;
my %bad = (expired => token(exp => $now - 100), early => token(nbf => $now + 100), database => token(database => 'other'), role => token(role => 'svc'),
	key => do { local $secret{secretkid} = 'x' x 32; token(kid => 'secretkid') }, signature => do { local $secret{one} = 'y' x 32; token() }, rubbish => 'a.b.c');

# ---- messages for the client ----
for my $keys ('none', 'broken', 'good')
{
	put_ring($node, $keys eq 'good' ? ring_of('one') : '{"keys": [{"kid": "secretkid", "kty": "oct", "alg": "HS256", "k": "short"}]}') if $keys ne 'none';
	give($node, 'app', %bad, good => token());
	my $from = -s $node->logfile;
	my $seen = session($node, 'app', [ (map { my $level = $_; ("set_$level" => "SET client_min_messages = $level;", map { ("$_ $level" => enter($_) . ';') } sort keys %bad, 'good') } qw(debug5 debug1 log)) ]);
	is(state($seen, "$_ log"), '28000', "keys $keys, $_: refused") for sort keys %bad;
	is(state($seen, 'good log'), $keys eq 'good' ? '00000' : '28000', "keys $keys, good");
	unlike($seen->{errors}, qr/reason=|secretkid|keys\.json|key ring|kid=/, "keys $keys: no reason, path or id of a key reaches the client");
	like(substr(slurp_file($node->logfile), $from), qr/tenancy token refused: reason=/, "keys $keys: the log has it");
	like(substr(slurp_file($node->logfile), $from), qr/key ring "keys.json" was not taken/, "keys $keys: and why there are no keys") if $keys ne 'good';
}
my $seen = session($node, 'postgres', [ log => 'SET client_min_messages = log;', off => 'SET tenancy.enforcement = off;' ]);
unlike($seen->{errors}, qr/tenancy\.enforcement/, 'enforcement is switched in the log of the server alone');
like(slurp_file($node->logfile), qr/tenancy\.enforcement is switched off/, 'where it is');

# ---- tokens in statements ----
my %literal = (%bad, good => token());
delete $literal{rubbish};
for my $keys ('none', 'good')
{
	if ($keys eq 'good') { put_ring($node, ring_of('one')) } else { unlink $node->data_dir . '/keys.json'; $node->reload }
	for my $name (sort keys %literal)
	{
		$seen = session($node, 'app', [ plain => "SELECT tenancy.authenticate('$literal{$name}');", fresh => "SELECT tenancy.current_user_id();" ]);
		is(state($seen, 'plain'), '22023', "keys $keys, $name: a token in the statement is refused for that");
	}
	# A statement that is put together by a function has the token in its CONTEXT only.
	give($node, 'app', %literal);
	session($node, 'app', [ map { ($_ => "SELECT enter((SELECT token FROM tokens WHERE name = '$_'));") } sort keys %literal ]);
}
my $log = slurp_file($node->logfile);
unlike($log, qr/\Q$literal{$_}\E/, "$_: is not in the log") for sort keys %literal;

$seen = session($node, 'app', [ prepare => "PREPARE p AS SELECT tenancy.authenticate('$literal{good}');", execute => 'EXECUTE p;',
	inside => "DO \$\$ BEGIN EXECUTE 'EXECUTE p'; END \$\$;", good => 'PREPARE q AS ' . enter('good') . ';', run => 'EXECUTE q;',
	parameter => 'BEGIN; PREPARE r (text) AS SELECT tenancy.authenticate($1);', given => "EXECUTE r('$literal{good}');" ]);
is(join(' ', map { state($seen, $_) } qw(prepare execute inside)), '00000 22023 22023', 'nor in the statement that was prepared');
is(join(' ', map { state($seen, $_) } qw(good run)), '00000 00000', 'a prepared statement that gets it from elsewhere works');
is(join(' ', map { state($seen, $_) } qw(parameter given)), '00000 22023', 'but not from the text of EXECUTE');

# ---- keys that must not be believed any more, in a session that has read them ----
give($node, 'app', good => token());
my $ring = $node->data_dir . '/keys.json';
my $reload = elsewhere('SELECT pg_reload_conf()') . "SELECT pg_sleep(0.5);\n";
$seen = session($node, 'app', [ before => enter('good') . ';', remove => "\\! rm $ring\n$reload", removed => enter('good') . ';',
	empty => "\\! echo '{\"keys\": []}' > $ring; chmod 600 $ring\n$reload", emptied => enter('good') . ';' ]);
is(join(' ', map { state($seen, $_) } qw(before removed emptied)), '00000 00000 28000', 'a file that is gone leaves the keys, an empty ring has none');
put_ring($node, ring_of('one'));
$seen = session($node, 'app', [ before => enter('good') . ';', none => elsewhere("ALTER SYSTEM SET tenancy.keyring_file = ''") . $reload, after => enter('good') . ';', back => elsewhere('ALTER SYSTEM RESET tenancy.keyring_file') . $reload, again => enter('good') . ';' ]);
is(join(' ', map { state($seen, $_) } qw(before after again)), '00000 28000 00000', 'so has a server without a file');

# ---- a role that is dropped while its session goes on ----
$node->safe_psql('app', 'CREATE ROLE member LOGIN IN ROLE app; GRANT SELECT ON tokens TO PUBLIC');
give($node, 'app', good => token(), role => token(role => 'member'), bad => 'a.b.c');
$seen = session($node, 'member', [ before => 'SELECT tenancy.is_guarded();', drop => elsewhere('DROP ROLE member'), guarded => 'SELECT tenancy.is_guarded();',
	raw => "SELECT set_config('app.current_tenant_id', '$tenant{b}', false);", rows => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{b}'; $whose;", end => 'ROLLBACK;',
	bad => enter('bad') . ';', role => enter('role') . ';' ]);
is(rows($seen, 'before') . rows($seen, 'guarded'), 'tt', 'a session whose role is dropped stays guarded');
is(state($seen, 'raw'), '42501', 'and cannot name a tenant');
is(rows($seen, 'rows'), '', 'nor see its rows');
is(join(' ', map { state($seen, $_) } qw(bad role)), '28000 28000', 'what it shows is refused like anybody\'s');
$node->safe_psql('app', 'CREATE ROLE taken; GRANT taken TO app');
$seen = session($node, 'postgres', [ set => 'SET ROLE taken;', guarded => 'SELECT tenancy.is_guarded();', drop => elsewhere('DROP ROLE taken'), after => 'SELECT tenancy.is_guarded();', reset => 'RESET ROLE;', back => 'SELECT tenancy.is_guarded();' ]);
is(rows($seen, 'guarded') . rows($seen, 'after') . rows($seen, 'back'), 'ftf', 'so is one that took a role which is dropped, until it leaves it');
$node->stop;
done_testing();

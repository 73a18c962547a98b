# What prove() cannot show from within one transaction: what a connection carries to its next transaction, COPY, a second
# session that looks on, and the truncate guard's trigger where nothing has loaded the library.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use Test::More;

my $node = tenancy_node('prove_live', preload => 0, conf => [ "lock_timeout = '5s'" ]);
$node->safe_psql('app', qq{
	CREATE TABLE items (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 3) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON items TO app;
	SELECT tenancy.enroll('app');
});
my $in_a = "BEGIN; SELECT tenancy.set_tenant('$tenant{a}') \\g /dev/null\n";

# The trigger alone: this session has not loaded the library, so that no hook answers before it.
my $seen = session($node, 'postgres', [
	loaded    => "SELECT count(*) FROM pg_settings WHERE name = 'tenancy.enforcement';",
	truncate  => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{a}'; TRUNCATE items;",
	undone    => 'ROLLBACK; SELECT count(*) FROM items;',
]);
is(rows($seen, 'loaded'), '0', 'a session that has not loaded the library');
is(state($seen, 'truncate'), '42501', 'the truncate guard\'s trigger answers');
like($seen->{errors}, qr/TRUNCATE .* refused: it concerns all tenants/, 'and says why');
is(rows($seen, 'undone'), '9', 'no row is gone');
$seen = session($node, 'postgres', [
	sabotage => 'BEGIN; ALTER TABLE items DISABLE TRIGGER tenancy_truncate_guard;',
	truncate => "SET LOCAL app.current_tenant_id = '$tenant{a}'; TRUNCATE items;",
	gone     => 'SELECT count(*) FROM items;',
	back     => 'ROLLBACK; SELECT count(*) FROM items;',
]);
is(state($seen, 'truncate'), '00000', 'without the trigger it goes through');
is(rows($seen, 'gone') . ' ' . rows($seen, 'back'), '0 9', 'so that the trigger is what had stopped it');

# One connection, several transactions.
$seen = session($node, 'app', [
	first      => "${in_a}SELECT count(*), count(DISTINCT tenant_id) FROM items; COMMIT;",
	nobody     => 'SELECT count(*) FROM items;',
	second     => "BEGIN; SELECT tenancy.set_tenant('$tenant{b}') \\g /dev/null\nSELECT count(*), min(right(tenant_id::text, 1)) FROM items; COMMIT;",
	stays      => "SET app.current_tenant_id = '$tenant{a}';",
	still_none => 'SELECT count(*) FROM items;',
	rolled     => "${in_a}ROLLBACK;",
	after      => 'SELECT count(*) FROM items;',
]);
is(rows($seen, 'first'), '3|1', 'its own rows');
is(state($seen, $_), '42501', "nothing is carried over: $_") for qw(nobody still_none after);
isnt(state($seen, 'stays'), '00000', 'a tenant cannot be set for the session');
is(rows($seen, 'second'), '3|b', 'the next tenant on the same connection');

# COPY, which no function can run.
$seen = session($node, 'app', [
	out     => "${in_a}COPY items TO STDOUT; COMMIT;",
	query   => "${in_a}COPY (SELECT right(tenant_id::text, 1), id FROM items ORDER BY id) TO STDOUT; COMMIT;",
	for_b   => "${in_a}COPY items FROM STDIN;\n$tenant{b}\t9\n\\.\n",
	rolled  => 'ROLLBACK;',
	no_one  => 'COPY items TO STDOUT;',
	program => "COPY (SELECT 1) TO PROGRAM 'cat';",
]);
is(scalar(grep { /^$tenant{a}\t/ } @{ $seen->{out}{rows} }) . ' of ' . scalar(@{ $seen->{out}{rows} }), '3 of 3', 'COPY TO gives own rows');
is(rows($seen, 'query'), "a\t1\na\t2\na\t3", 'COPY of a query, too');
isnt(state($seen, 'for_b'), '00000', 'COPY FROM cannot write for another');
is(state($seen, 'no_one'), '42501', 'COPY TO without a tenant');
isnt(state($seen, 'program'), '00000', 'COPY TO PROGRAM');
is($node->safe_psql('app', 'SELECT count(*) FROM items'), '9', 'all rows are as they were');

# A second session sees nothing of prove(), and no lock of its stands in the way of writers for long.
my $watcher = $node->background_psql('app');
$watcher->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM items;');
my $found = $node->safe_psql('app', 'SELECT string_agg(DISTINCT outcome, \',\' ORDER BY outcome) FROM tenancy.prove()');
is($found, 'held,left out', 'prove() beside an open transaction');
is($watcher->query_safe('SELECT count(*) FROM items;'), '9', 'which sees nothing of it');
$watcher->query_safe('COMMIT; BEGIN; INSERT INTO items VALUES (\'' . $tenant{a} . '\', 99);');
$found = $node->safe_psql('app', 'SELECT string_agg(DISTINCT outcome, \',\' ORDER BY outcome) FROM tenancy.prove()');
is($found, 'held,left out', 'prove() beside a writer');
my ($out, $err);
$node->psql('app', 'SELECT count(*) FROM tenancy.prove(sabotage => true) WHERE outcome = \'left out\' AND detail ~ \'lock timeout\'', stdout => \$out, stderr => \$err);
ok(($out =~ /^[1-9]/ || $err =~ /lock timeout/), 'sabotage waits for no longer than lock_timeout, and says so');
$watcher->query_safe('COMMIT;');
$watcher->quit;
is($node->safe_psql('app', 'SELECT count(*) FROM items'), '10', 'the writer\'s row is there');
is($node->safe_psql('app', "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenancy\\_probe%'"), '0', 'no role is left behind');
done_testing();

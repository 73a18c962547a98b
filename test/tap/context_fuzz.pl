# Random statements in one guarded session: whatever it does with the setting, a transaction sees the
# rows of one tenant at most, and rows only when that tenant was set in that same transaction.
#
# TENANCY_FUZZ_STEPS (10,000) statements, from TENANCY_FUZZ_SEED (printed) the same ones every time.
# Every look at the protected tables is recorded with the transaction it was made in; the verdict needs
# no model of what should succeed: only what was seen, and what was set before within the transaction.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $steps = $ENV{TENANCY_FUZZ_STEPS} || 10_000;
my $seed = $ENV{TENANCY_FUZZ_SEED} // 20_240_607;
my $node = tenancy_node('context_fuzz');

# Perl's rand() differs between versions; this does not (MINSTD).
my $random = $seed % 2147483646 + 1;
sub pick
{
	$random = $random * 48271 % 2147483647;
	return $_[ $random % @_ ];
}

$node->safe_psql('app', q{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 3) AS n;
	SELECT tenancy.protect('items');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items TO app;
	SELECT tenancy.enroll('app');
	-- Tenants seen, as letters. A look of its own transaction, in a function, beneath a handler.
	CREATE FUNCTION seen() RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT coalesce(string_agg(DISTINCT right(tenant_id::text, 1), ''), '') FROM items $$;
	-- Which transaction: the same for its whole length, savepoints included.
	CREATE FUNCTION xact() RETURNS text LANGUAGE sql VOLATILE
		AS $$ SELECT pg_current_xact_id()::text $$;
	CREATE FUNCTION tell(tag text, what text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN RAISE INFO '@% % %', tag, public.xact(), what; END $$;
	-- Looks that survive a refusal.
	CREATE FUNCTION glance() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN PERFORM tell('look', seen()); EXCEPTION WHEN insufficient_privilege OR undefined_object THEN PERFORM tell('look', ''); END $$;
	CREATE FUNCTION put(tenant text, local boolean) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN PERFORM set_config('app.current_tenant_id', tenant, local); PERFORM tell('set', right(tenant, 1)); END $$;
});

my @tenants = map { $tenant{$_} } qw(a b c);
my %letter = reverse %tenant;
my $script = '';
my $prepare = q{PREPARE told AS SELECT tell('look', coalesce(string_agg(DISTINCT right(tenant_id::text, 1), ''), '')) FROM items;};
my $looks = 0;
my @kinds = (
	# Setting: told after it succeeded, with the transaction it happened in.
	(sub { my $t = pick(@tenants); "SET LOCAL app.current_tenant_id = '$t' \\; SELECT tell('set', '$letter{$t}');" }) x 3,
	sub { my $t = pick(@tenants); "SET app.current_tenant_id = '$t' \\; SELECT tell('set', '$letter{$t}');" },
	(sub { my $t = pick(@tenants); "SELECT put('$t', true);" }) x 2,
	(sub { my $t = pick(@tenants); "SELECT put('$t', false);" }) x 3,
	(sub { my $t = pick(@tenants); "SELECT tell('set', right(tenancy.set_tenant('$t'), 1));" }) x 3,
	sub { my $t = pick(@tenants); "UPDATE pg_settings SET setting = '$t' WHERE name = 'app.current_tenant_id' \\; SELECT tell('set', '$letter{$t}');" },
	sub { "SET LOCAL app.current_tenant_id = 'no-tenant';" },
	# Unsetting.
	sub { 'SELECT tenancy.clear_tenant();' }, sub { 'RESET app.current_tenant_id;' },
	sub { 'SET LOCAL app.current_tenant_id TO DEFAULT;' }, sub { 'RESET ALL;' },
	sub { "DISCARD ALL;\n$prepare" },
	# Transactions.
	(sub { pick('BEGIN;', 'BEGIN ISOLATION LEVEL REPEATABLE READ;', 'START TRANSACTION READ ONLY;') }) x 4,
	(sub { 'SAVEPOINT ' . pick('s', 't') . ';' }) x 3,
	(sub { 'ROLLBACK TO ' . pick('s', 't') . ';' }) x 3,
	(sub { 'RELEASE ' . pick('s', 't') . ';' }) x 2,
	sub { 'COMMIT;' }, sub { 'ROLLBACK;' }, sub { pick('COMMIT', 'ROLLBACK') . ' AND CHAIN;' },
	# Errors.
	sub { 'SELECT 1/0;' }, sub { 'SELECT no_such_column;' },
	# Blocks that set, commit, fail.
	(sub { my ($t, $u) = (pick(@tenants), pick(@tenants));
		my $end = pick('COMMIT;', 'ROLLBACK;', '');
		my $local = pick('true', 'false');
		"DO \$\$ BEGIN PERFORM put('$t', $local); PERFORM glance(); $end PERFORM glance(); "
		  . pick('', "BEGIN PERFORM put('$u', $local); PERFORM glance(); EXCEPTION WHEN OTHERS THEN NULL; END; PERFORM glance(); ")
		  . pick('', 'PERFORM 1/0; ', "RAISE EXCEPTION 'x'; ") . "END \$\$;" }) x 3,
	# Implicit transactions of several statements.
	sub { my $t = pick(@tenants); "SELECT put('$t', " . pick('true', 'false') . ") \\; SELECT glance();" },
	# Cursors: what they show is seen too.
	sub { "DECLARE c CURSOR FOR SELECT tell('look', right(tenant_id::text, 1)) FROM items;" },
	sub { 'FETCH 2 FROM c;' }, sub { 'CLOSE c;' },
	# Looking.
	(sub { $looks++; 'SELECT glance();' }) x 5,
	(sub { $looks++; "SELECT tell('look', seen());" }) x 3,
	# Its outcome and its transaction, in one statement.
	(sub { $looks++; 'EXECUTE told;' }) x 5,
	sub { $looks++; "SELECT tell('look', coalesce(right(tenant, 1), '')) FROM tenancy.context();" },
	sub { $looks++; "SELECT tell('look', right(current_setting('app.current_tenant_id'), 1));" },
	sub { $looks++; "INSERT INTO items (id) SELECT 100 + count(*) FROM items RETURNING tell('look', right(tenant_id::text, 1));" },
);
for (1 .. $steps)
{
	$script .= pick(@kinds)->() . "\n";
	# Not for ever in one transaction, and not in a failed one.
	$script .= pick('COMMIT;', 'ROLLBACK;') . "\n" if pick(1 .. 12) == 1;
}

my $seen = session($node, 'app', [
	start => "\\set VERBOSITY terse\nSET plan_cache_mode = " . pick('auto', 'force_generic_plan') . ";\n$prepare",
	fuzz => "\\o /dev/null\n$script\nROLLBACK;\n\\o",
	after => 'SELECT seen();' ], timeout => 600);

# ---- the verdict ----
my (%set, %looked, @wrong, $rows, $refused);
for (split /\n/, $seen->{errors})
{
	$refused++ if /ERROR:/;
	my ($what, $xact, $letters) = /INFO:  \@(set|look) (\S+) ?(\w*)\s*$/ or next;
	if ($what eq 'set') { $set{$xact}{$letters} = 1; next }
	next if $letters eq '';
	$rows++;
	$looked{$xact}{$_} = 1 for split //, $letters;
	push @wrong, "$xact: rows of " . join(', ', sort keys %{ $looked{$xact} }) . ' in one transaction'
	  if keys %{ $looked{$xact} } > 1;
	push @wrong, "$xact: rows of $letters, which this transaction has not set" if grep { !$set{$xact}{$_} } split //, $letters;
}
note("seed $seed, $steps statements: " . scalar(keys %set) . " transactions set a tenant, $rows looks saw rows, $refused statements failed");
is(scalar(@wrong), 0, 'never two tenants in one transaction, never rows without the tenant being set in it')
  or diag("seed $seed", map { "\n$_" } @wrong[ 0 .. ($#wrong < 20 ? $#wrong : 20) ]);
is($seen->{fuzz}{lost}, 0, 'the session lived to the end');
cmp_ok($rows, '>', $steps / 50, 'many looks saw rows');
cmp_ok(scalar(keys %set), '>', $steps / 50, 'in many transactions');
cmp_ok($refused, '>', $steps / 50, 'many statements were refused');
is(state($seen, 'after'), '42501', 'no tenant at the end');
is($node->safe_psql('app', q{SELECT count(DISTINCT tenant_id), count(*) FILTER (WHERE id <= 3) FROM items}), '3|9', "all tenants' rows are still there");
$node->stop;
done_testing();

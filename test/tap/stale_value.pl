# A tenant lives for one transaction. What an earlier transaction set shows no row in a later one: not
# through a cached generic plan, not in a parallel worker, not beneath a cascade, not from a cursor,
# and not where a missing tenant means zero rows instead of an error. The same statements with a
# tenant of their own transaction show exactly its rows, in parallel.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $each = 8_000;    # rows of each tenant
my $node = tenancy_node('stale_value', conf => ['tenancy.allow_explain = on']);
my $version = $node->safe_psql('app', 'SHOW server_version_num');
my $force = $version >= 160000 ? 'debug_parallel_query' : 'force_parallel_mode';

$node->safe_psql('app', qq{
	CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, body text,
		PRIMARY KEY (tenant_id, id));
	INSERT INTO items SELECT t.id, n, repeat('x', 40) FROM tenancy.tenants AS t, generate_series(1, $each) AS n;
	CREATE TABLE parents (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
	CREATE TABLE children (tenant_id uuid NOT NULL, id int, parent_id int, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parents ON UPDATE CASCADE ON DELETE CASCADE);
	INSERT INTO parents SELECT t.id, n FROM tenancy.tenants AS t, generate_series(1, 4) AS n;
	INSERT INTO children SELECT t.id, n, (n + 1) / 2 FROM tenancy.tenants AS t, generate_series(1, 8) AS n;
	-- What code beneath a cascade gets to see.
	CREATE TABLE glimpses (tenants text);
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO glimpses SELECT coalesce(string_agg(DISTINCT right(i.tenant_id::text, 1), ''), 'nothing') FROM items AS i;
		RETURN NULL;
	END \$\$;
	CREATE TRIGGER look AFTER UPDATE OR DELETE ON children FOR EACH ROW EXECUTE FUNCTION look();
	SELECT tenancy.protect('items'), tenancy.protect('parents'), tenancy.protect('children');
	GRANT SELECT, INSERT, UPDATE, DELETE ON items, parents, children, glimpses TO app;
	SELECT tenancy.enroll('app');
	VACUUM ANALYZE;
});

my @prepare = (prepare => join("\n",
	"PREPARE counted AS SELECT right(tenant_id::text, 1) AS tenant, count(*) FROM items GROUP BY 1 ORDER BY 1;",
	"PREPARE listed AS SELECT DISTINCT right(tenant_id::text, 1) FROM items WHERE body <> '' ORDER BY 1;",
	"PREPARE whose AS SELECT right(tenancy.current_tenant_id()::text, 1) FROM items WHERE id = 1;"));
my $workers = "SELECT 1; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
  . "SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; "
  . "SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off; SET $force = on;";

# How many workers did this very execution use?
sub launched
{
	my ($seen, $step) = @_;
	my ($number) = rows($seen, $step) =~ /Workers Launched: (\d+)/;
	return $number // 0;
}

# Ways in which a value can be left behind by an earlier transaction of the session.
my %left_behind = (
	'set_config' => "SELECT set_config('app.current_tenant_id', '$tenant{b}', false);",
	'set_config in a block' => "BEGIN; SELECT set_config('app.current_tenant_id', '$tenant{b}', false); EXECUTE counted; COMMIT;",
	'pg_settings' => "UPDATE pg_settings SET setting = '$tenant{b}' WHERE name = 'app.current_tenant_id';",
	'DO with COMMIT' => "DO \$\$ BEGIN PERFORM set_config('app.current_tenant_id', '$tenant{b}', false); COMMIT; END \$\$;",
	'set_config after a live one' => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{b}'; EXECUTE counted; "
	  . "SELECT set_config('app.current_tenant_id', '$tenant{b}', false); COMMIT;",
	'savepoint' => "BEGIN; SAVEPOINT s; SELECT set_config('app.current_tenant_id', '$tenant{b}', false); RELEASE s; COMMIT;",
);

for my $missing ('error', 'empty')
{
	$node->safe_psql('app', "ALTER DATABASE app SET tenancy.missing_context = $missing");
	my $refused = $missing eq 'error' ? '42501' : '00000';
	for my $mode ('force_generic_plan', 'force_custom_plan')
	{
		for my $parallel (1, 0)
		{
			my $case = "missing_context $missing, $mode, " . ($parallel ? 'parallel' : 'leader alone');
			for my $way (sort keys %left_behind)
			{
				my $seen = session($node, 'app', [
					@prepare,
					settings => "SET plan_cache_mode = $mode; " . ($parallel ? $workers : ''),
					leave => $left_behind{$way},
					counted => 'EXECUTE counted;',
					listed => 'EXECUTE listed;',
					direct => 'SELECT count(*) FROM items;',
					explained => 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE counted;',
					block => "BEGIN; EXECUTE counted;",
					block_end => 'ROLLBACK;',
					shown => 'SHOW app.current_tenant_id;',
					context => 'SELECT tenant IS NULL, guarded FROM tenancy.context();',
					other => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{a}'; EXECUTE counted; COMMIT;",
					after => 'EXECUTE counted;',
				]);
				subtest "$case: left behind by $way" => sub {
					is(state($seen, 'leave'), '00000', 'the earlier transaction committed');
					for my $step (qw(counted listed block after))
					{
						is(rows($seen, $step), '', "$step: no row");
						is(state($seen, $step), $refused, "$step: state");
					}
					is(rows($seen, 'direct'), $missing eq 'error' ? '' : '0', 'direct: no row');
					is(state($seen, 'direct'), $refused, 'direct: state');
					is(rows($seen, 'shown'), '', 'SHOW shows nothing');
					is(rows($seen, 'context'), 't|t', 'no tenant, guarded');
					is(rows($seen, 'other'), "a|$each", "another tenant's transaction: its rows");
					if ($missing eq 'empty' && $parallel)
					{
						cmp_ok(launched($seen, 'explained'), '>=', 1, 'workers looked, and saw nothing');
						like(rows($seen, 'explained'), qr/Scan.* on items \(actual rows=0(\.00)? /, 'no row left the scan');
					}
				};
			}

			# The same statements, live.
			my $seen = session($node, 'app', [
				@prepare,
				settings => "SET plan_cache_mode = $mode; " . ($parallel ? $workers : ''),
				begin => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{a}';",
				counted => 'EXECUTE counted;',
				listed => 'EXECUTE listed;',
				whose => 'EXECUTE whose;',
				explained => 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE counted;',
				commit => 'COMMIT;',
				stale => 'EXECUTE counted;',
				begin_b => 'BEGIN;', set_b => "SELECT tenancy.set_tenant('$tenant{b}');",
				counted_b => 'EXECUTE counted;',
				end_b => 'COMMIT;',
				begin_c => "BEGIN; SELECT set_config('app.current_tenant_id', '$tenant{c}', false);",
				counted_c => 'EXECUTE counted;',
				end_c => 'COMMIT;',
			]);
			subtest "$case: live" => sub {
				is(rows($seen, 'counted'), "a|$each", 'exactly its rows');
				is(rows($seen, 'listed'), 'a', 'its rows alone');
				is(rows($seen, 'whose'), 'a', 'the same tenant in the target list');
				is(rows($seen, 'stale'), '', 'none in the next transaction');
				is(rows($seen, 'counted_b'), "b|$each", 'then exactly the rows of another');
				is(rows($seen, 'counted_c'), "c|$each", 'and of a third, by set_config');
				if ($parallel)
				{
					cmp_ok(launched($seen, 'explained'), '>=', 1, 'by parallel workers');
				}
				else
				{
					is(launched($seen, 'explained'), 0, 'without workers');
				}
			};
		}
	}

	# Beneath a cascade.
	my $before = $node->safe_psql('app', 'SELECT count(*) FROM children');
	my $seen = session($node, 'app', [
		settings => "SET plan_cache_mode = force_generic_plan; $workers",
		leave => $left_behind{set_config},
		delete => 'DELETE FROM parents RETURNING id;',
		update => 'UPDATE parents SET id = id + 100 RETURNING id;',
		one => 'DELETE FROM parents WHERE id = 1 RETURNING id;',
		glimpsed => 'SELECT * FROM glimpses;',
	]);
	subtest "missing_context $missing: a stale value beneath a cascade" => sub {
		is(rows($seen, $_), '', "$_: no row") for qw(delete update one glimpsed);
		is(state($seen, $_), $refused, "$_: state") for qw(delete update one);
		is($node->safe_psql('app', 'SELECT count(*) FROM children'), $before, 'nothing changed');
	};
	$seen = session($node, 'app', [
		settings => "SET plan_cache_mode = force_generic_plan; $workers",
		leave => $left_behind{set_config},
		begin => 'BEGIN;', set => "SELECT tenancy.set_tenant('$tenant{a}');",
		delete => 'DELETE FROM parents WHERE id = 1;',
		update => 'UPDATE parents SET id = id + 100 WHERE id = 2;',
		glimpsed => 'SELECT tenants, count(*) FROM glimpses GROUP BY 1 ORDER BY 1;',
		left => q{SELECT right(tenant_id::text, 1), string_agg(parent_id::text, ',' ORDER BY id) FROM children GROUP BY 1;},
		rollback => 'ROLLBACK;',
	]);
	subtest "missing_context $missing: a live value beneath a cascade" => sub {
		is(state($seen, $_), '00000', "$_ succeeds") for qw(set delete update glimpsed);
		is(rows($seen, 'glimpsed'), 'a|4', 'the trigger of each child saw its own tenant alone');
		is(rows($seen, 'left'), 'a|102,102,3,3,4,4', 'the cascade did its work');
	};

	# What a transaction read must not be read by the next one.
	$seen = session($node, 'app', [
		begin => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{a}';",
		declare => 'DECLARE kept SCROLL CURSOR WITH HOLD FOR SELECT body FROM items;',
		commit => 'COMMIT;',
		without => 'FETCH 1 FROM kept;',
		begin_b => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{b}';",
		of_another => 'FETCH 1 FROM kept;',
		end_b => 'ROLLBACK;',
		first => 'FETCH FIRST FROM kept;',
	]);
	subtest "missing_context $missing: a cursor WITH HOLD" => sub {
		is(rows($seen, 'without'), '', 'no row without a tenant');
		is(rows($seen, 'of_another'), '', "no row in another tenant's transaction");
		is(rows($seen, 'first'), '', 'no row later');
	};
}

# Suspended in between: the worker's leader is refused, whatever plan is cached.
my $seen = session($node, 'app', [
	@prepare,
	settings => "SET plan_cache_mode = force_generic_plan; $workers",
	begin => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{c}'; EXECUTE counted;",
	end => 'COMMIT;',
]);
is(rows($seen, 'begin'), "c|$each", 'tenant c before its suspension');
$node->safe_psql('app', "SELECT tenancy.suspend_tenant('$tenant{c}')");
$seen = session($node, 'app', [
	@prepare,
	settings => "SET plan_cache_mode = force_generic_plan; $workers",
	begin => "BEGIN; SET LOCAL app.current_tenant_id = '$tenant{c}';",
	counted => 'EXECUTE counted;',
	end => 'ROLLBACK;',
]);
is(rows($seen, 'counted'), '', 'no row of a suspended tenant, in parallel');
is(state($seen, 'counted'), '42501', 'refused');

$node->stop;
done_testing();

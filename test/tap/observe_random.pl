# Observation counts what enforcement would hide or refuse, and changes nothing: random statements on
# observed tables, against an independent computation on copies that are not observed.
#
# TENANCY_OBSERVE_STATEMENTS (1,500) statements, from TENANCY_OBSERVE_SEED (printed) the same ones every
# time. Each runs on both schemas, as the application and rolled back; rows, row counts and what is in the
# tables afterwards must be equal. What is counted is told by plain SQL on the copies: the FROM and WHERE of
# each query level once more, with count(*) FILTER on each table's tenant.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $statements = $ENV{TENANCY_OBSERVE_STATEMENTS} || 1_500;
my $seed = $ENV{TENANCY_OBSERVE_SEED} // 20_261_122;
my $node = tenancy_node('observe_random', conf => [ 'max_parallel_workers = 8', "log_statement = 'none'", 'jit = off', 'fsync = off', 'synchronous_commit = off', 'max_parallel_workers_per_gather = 2' ]);

# Perl's rand() differs between versions; this does not (MINSTD).
my $random = $seed % 2147483646 + 1;
sub pick
{
	$random = $random * 48271 % 2147483647;
	return $_[ $random % @_ ];
}
sub chance { return pick(1 .. 100) <= $_[0] }

my $tables = <<'SQL';
	CREATE TABLE p (id int PRIMARY KEY, tenant_id uuid, v int, t text);
	CREATE TABLE c (id int PRIMARY KEY, tenant_id uuid, p_id int, v int);
	CREATE INDEX ON c (p_id);
	-- The tenant is never NULL, and stands last.
	CREATE TABLE n (v int, id int NOT NULL, tenant_id uuid NOT NULL);
	CREATE TABLE q (id int, tenant_id uuid, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
	CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (60);
	CREATE TABLE q2 (v int, tenant_id uuid, dropped int, id int NOT NULL);
	ALTER TABLE q2 DROP COLUMN dropped;
	ALTER TABLE q ATTACH PARTITION q2 FOR VALUES FROM (60) TO (1000000);
	-- Not observed.
	CREATE TABLE o (id int PRIMARY KEY, v int);
	CREATE VIEW vp AS SELECT id, tenant_id, v FROM p WHERE v <> 4;
	CREATE VIEW vg AS SELECT v, count(*) AS many FROM p GROUP BY v;
	CREATE VIEW vu AS SELECT id, v FROM p UNION ALL SELECT id, v FROM c;
	INSERT INTO p SELECT i, tenant(i), i % 7, 'p' || i FROM generate_series(1, 90) AS i;
	INSERT INTO c SELECT i, tenant(i * 7 + 1), i % 110, i % 5 FROM generate_series(1, 140) AS i;
	INSERT INTO n SELECT i % 6, i, coalesce(tenant(i + 2), tenant(0)) FROM generate_series(1, 50) AS i;
	INSERT INTO q SELECT i, tenant(i + 1), i % 4 FROM generate_series(1, 110) AS i;
	INSERT INTO o SELECT i, i % 8 FROM generate_series(1, 60) AS i;
SQL
my $setup = "CREATE FUNCTION tenant(i int) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN CASE i % 4 WHEN 0 THEN '$tenant{a}' WHEN 1 THEN '$tenant{a}' WHEN 2 THEN '$tenant{b}' END::uuid;\n";
for my $schema ('live', 'copy')
{
	$setup .= "CREATE SCHEMA $schema; SET search_path = $schema, public;\n$tables
		CREATE FUNCTION $schema.above(lowest int) RETURNS TABLE (id int, tenant_id uuid, v int) STABLE LANGUAGE sql AS 'SELECT id, tenant_id, v FROM $schema.p WHERE v > lowest';
		GRANT USAGE ON SCHEMA $schema TO app; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $schema TO app; ANALYZE;\n" . join('', map { "ALTER TABLE $schema.$_ OWNER TO app;\n" } qw(p c n q q1 q2 o));
}
$node->safe_psql('app', $setup . q{
	SET search_path = public;
	SELECT tenancy.observe('live.p'), tenancy.observe('live.c'), tenancy.observe('live.n'), tenancy.observe('live.q');
	GRANT EXECUTE ON FUNCTION tenancy.observation_counters() TO app;
	GRANT CREATE ON SCHEMA public TO app;
	CREATE FUNCTION rows_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE statement; END $$;
	-- All that it does, as one text.
	CREATE FUNCTION outcome(statement text, returns_rows boolean) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		out text;
		affected bigint;
	BEGIN
		IF returns_rows THEN
			SELECT count(*) || coalesce(md5(string_agg(r, ',' ORDER BY r COLLATE "C")), '-') INTO out FROM rows_of(statement) AS r;
		ELSE
			EXECUTE statement;
			GET DIAGNOSTICS affected = ROW_COUNT;
			out := affected;
		END IF;
		RETURN out;
	EXCEPTION WHEN unique_violation OR cardinality_violation OR check_violation OR not_null_violation THEN
		RETURN SQLSTATE;
	END $$;
	CREATE FUNCTION contents() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		out text := '';
		one text;
	BEGIN
		FOREACH one IN ARRAY ARRAY['p', 'c', 'n', 'q'] LOOP
			EXECUTE format('SELECT $1 || md5(string_agg(t::text, '','' ORDER BY t::text COLLATE "C")) FROM %I AS t', one) INTO out USING out;
		END LOOP;
		RETURN out;
	END $$;
	CREATE FUNCTION counts() RETURNS jsonb LANGUAGE sql AS $$
		SELECT coalesce(jsonb_object_agg(k.relname || ' ' || o.kind, jsonb_build_array(o.statements, o.statements_without_tenant, o.hidden_rows, o.refused_rows)), '{}')
		FROM tenancy.observation_counters() AS o JOIN pg_class AS k ON k.oid = o.target $$;
	-- expected: {table: [hidden, refused]}, each a query or a number; prepared: with parameters from a plan that is kept.
	CREATE FUNCTION judge(number int, given text, tenant text, kind text, returns_rows boolean, expected jsonb, parameters text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		writes boolean := kind <> 'SELECT' OR given ~ 'RETURNING';
		before jsonb;
		after jsonb;
		wanted jsonb := '{}';
		found jsonb := '{}';
		one record;
		statement text := given;
		hidden bigint;
		refused bigint;
		outcomes text[];
		left_behind text[];
		place text;
	BEGIN
		PERFORM set_config('app.current_tenant_id', tenant, true);
		PERFORM set_config('search_path', 'copy, public', true);
		-- Workers take long to start: only where they can make a difference.
		PERFORM set_config('max_parallel_workers_per_gather', '0', true);
		FOR one IN SELECT * FROM jsonb_each(expected) LOOP
			EXECUTE 'SELECT (' || (one.value ->> 0) || ')::bigint, (' || (one.value ->> 1) || ')::bigint' INTO hidden, refused;
			wanted := wanted || jsonb_build_object(one.key || ' ' || kind, CASE WHEN tenant = '' THEN '[1, 1, 0, 0]'::jsonb ELSE jsonb_build_array(1, 0, coalesce(hidden, 0), coalesce(refused, 0)) END);
		END LOOP;
		FOREACH place IN ARRAY ARRAY['copy', 'live'] LOOP
			BEGIN
				PERFORM set_config('search_path', place || ', public', true);
				IF parameters <> '' THEN
					EXECUTE 'PREPARE ' || place || number || ' AS ' || given;
					statement := 'EXECUTE ' || place || number || parameters;
				END IF;
				before := counts();
				PERFORM set_config('max_parallel_workers_per_gather', CASE place WHEN 'live' THEN '2' ELSE '0' END, true);
				outcomes := outcomes || outcome(statement, returns_rows);
				PERFORM set_config('max_parallel_workers_per_gather', '0', true);
				after := counts();
				left_behind := left_behind || CASE WHEN writes THEN contents() END;
				RAISE SQLSTATE 'UNDO0';
			EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
				NULL;
			END;
			IF parameters <> '' THEN
				EXECUTE 'DEALLOCATE ' || place || number;
			END IF;
		END LOOP;
		IF outcomes[1] <> outcomes[2] OR left_behind[1] <> left_behind[2] THEN
			RETURN format('%s: another outcome, %s for %s: %s', number, outcomes[2], outcomes[1], given);
		END IF;
		-- A statement that failed was not read to its end.
		IF outcomes[1] ~ '^2[0-9]{4}$' THEN
			RETURN 'failed';
		END IF;
		FOR one IN SELECT e.key, e.value, coalesce(before -> e.key, '[0, 0, 0, 0]') AS old FROM jsonb_each(after) AS e WHERE before -> e.key IS DISTINCT FROM e.value LOOP
			found := found || jsonb_build_object(one.key, (SELECT jsonb_agg((one.value ->> i)::bigint - (one.old ->> i)::bigint ORDER BY i) FROM generate_series(0, 3) AS i));
		END LOOP;
		IF found <> wanted THEN
			RETURN format('%s: tenant "%s", found %s, expected %s: %s', number, tenant, found, wanted, given);
		END IF;
		RETURN CASE WHEN found::text ~ '[2-9]|1[0-9]' THEN 'counted' ELSE 'ok' END;
	END $$;
});

# ---- levels: a FROM, a WHERE, and the aliases whose tenants count ----
my ($tenant, $aliases);
sub alias { return 'x' . ++$aliases }
sub other { my $x = shift; return "$x.tenant_id IS DISTINCT FROM '$tenant'" }
my %observed = map { $_ => 1 } qw(p c n q);
sub condition { my $x = shift; return "$x.v " . pick('<', '>', '=', '<>') . ' ' . pick(0 .. 6) }
sub level
{
	my (%option) = @_;
	my ($from, @of);
	my $tables = pick(1, 1, 2, 2, 3);
	for my $i (1 .. $tables)
	{
		my $x = alias();
		my $table = pick(qw(p p c c n q o vp above q1));
		my $item = $table eq 'above' ? 'above(' . pick(1 .. 5) . ") AS $x" : "$table AS $x";
		my $real = $table eq 'vp' || $table eq 'above' ? 'p' : $table eq 'q1' ? 'q' : $table;
		# Pulled up, or not.
		$item = "(SELECT y.* FROM $real AS y WHERE y.v < " . pick(2 .. 6) . ") AS $x" if $table !~ /^(vp|above|q1)$/ && chance(12);
		my $how = $i == 1 ? '' : pick('JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS', 'LATERAL');
		if ($i == 1) { $from = $item }
		elsif ($how eq 'CROSS') { $from = "($from CROSS JOIN (SELECT * FROM $real WHERE id < 9 OFFSET 0) AS $x)"; }
		elsif ($how eq 'LATERAL') { $from = "($from JOIN LATERAL (SELECT * FROM $real AS y WHERE y.v = $of[-1]{x}.v) AS $x ON true)"; }
		else { $from = "($from $how $item ON $x.id = $of[-1]{x}.id" . ($how eq 'FULL JOIN' ? '' : pick('', '', " AND $x.v > 1", " AND $of[-1]{x}.v < 5")) . ')' }
		# Behind a fence it is a level of its own, and counts there: what passes it all.
		push @of, { x => $x, table => $real, fence => $how eq 'CROSS' };
	}
	my @where = map { condition($_->{x}) } grep { chance(30) } @of;
	my $x = $of[0]{x};
	push @where, pick("EXISTS (SELECT FROM o WHERE o.id = $x.id AND o.v > 2)", "NOT EXISTS (SELECT FROM o WHERE o.id = $x.id)", "$x.id IN (SELECT id FROM o WHERE v < 5)",
		"$x.v NOT IN (SELECT v FROM o WHERE id < 3)", "$x.id = ANY (SELECT v * 10 FROM o)", "coalesce($x.v, 0) * 2 < 9", "$x.v IS NOT NULL") if chance(35);
	my $where = join(' AND ', @where) || 'true';
	my %expected;
	for my $one (@of)
	{
		next unless $observed{ $one->{table} };
		my $count = $one->{fence}
		  ? "(SELECT count(*) FROM $one->{table} WHERE id < 9 AND tenant_id IS DISTINCT FROM '$tenant')"
		  : "(SELECT count(*) FROM $from WHERE $where AND $one->{x}.id IS NOT NULL AND " . other($one->{x}) . ')';
		$expected{ $one->{table} } .= ($expected{ $one->{table} } ? ' + ' : '') . $count;
	}
	my $fences = grep { $_->{fence} } @of;
	return level(%option) if $fences && !$option{fences};
	return { from => $from, where => $where, of => \@of, expected => \%expected, x => $x };
}
sub add
{
	my ($to, $more) = @_;
	$to->{$_} = defined $to->{$_} ? "$to->{$_} + $more->{$_}" : $more->{$_} for keys %$more;
	return;
}
sub reading { my $expected = shift; return { map { $_ => [ $expected->{$_}, '0' ] } keys %$expected } }

# Each returns: the statement, its kind, whether it returns rows, what is expected, parameters.
sub select_one
{
	my $l = level();
	my @x = map { $_->{x} } @{ $l->{of} };
	my $ids = 'concat_ws(\'-\', ' . join(', ', map { "$_.id" } @x) . ')';
	my $body = "FROM $l->{from} WHERE $l->{where}";
	my $sql = pick("SELECT $ids $body", "SELECT $ids $body", "SELECT count(*)::text $body", "SELECT concat($x[0].v, ':', count(*)) $body GROUP BY $x[0].v",
		"SELECT concat($x[0].v, ':', count(*)) $body GROUP BY $x[0].v HAVING count(*) > 2", "SELECT DISTINCT $x[0].v::text $body", "SELECT $ids $body ORDER BY 1",
		"SELECT concat(sum($x[0].v) OVER (PARTITION BY $x[0].v), $ids) $body", "SELECT $ids $body ORDER BY $x[-1].v NULLS FIRST, 1");
	return ($sql, $l->{expected});
}
sub wrapped
{
	my ($sql, $expected) = select_one();
	my %all = %$expected;
	my ($second, $more) = select_one();
	my $x = alias();
	my $shape = pick(qw(cte cte_twice union union_all except fence nested scalar view_group view_union plain));
	return ("WITH w AS MATERIALIZED ($sql) SELECT * FROM w", \%all) if $shape eq 'cte';
	return ("WITH w AS ($sql) SELECT a.* FROM w AS a UNION ALL SELECT b.* FROM w AS b", \%all) if $shape eq 'cte_twice';
	return ("SELECT * FROM ($sql OFFSET 0) AS $x", \%all) if $shape eq 'fence';
	return ("SELECT * FROM ($sql) AS $x", \%all) if $shape eq 'nested';
	if ($shape =~ /^(union|union_all|except)$/)
	{
		add(\%all, $more);
		return ("($sql) " . { union => 'UNION', union_all => 'UNION ALL', except => 'EXCEPT' }->{$shape} . " ($second)", \%all);
	}
	if ($shape eq 'scalar')
	{
		my $l = level();
		%all = %{ $l->{expected} };
		my $inner = "c AS z WHERE z.p_id = $l->{x}.id";
		add(\%all, { c => "(SELECT coalesce(sum((SELECT count(*) FROM $inner AND z.tenant_id IS DISTINCT FROM '$tenant')), 0) FROM $l->{from} WHERE $l->{where})" });
		return ("SELECT concat($l->{x}.id, (SELECT sum(z.v) FROM $inner)) FROM $l->{from} WHERE $l->{where}", \%all);
	}
	return ("SELECT concat(v, many) FROM vg", { p => "(SELECT count(*) FROM p WHERE tenant_id IS DISTINCT FROM '$tenant')" }) if $shape eq 'view_group';
	return ("SELECT concat(id, v) FROM vu", { map { $_ => "(SELECT count(*) FROM $_ WHERE tenant_id IS DISTINCT FROM '$tenant')" } qw(p c) }) if $shape eq 'view_union';
	return ($sql, \%all);
}
sub reads { my ($sql, $expected) = wrapped(); return ($sql, 'SELECT', 'true', reading($expected), '') }
sub prepared
{
	my $l = level();
	my $number = pick(0 .. 6);
	my $body = "$l->{from} WHERE ($l->{where}) AND $l->{x}.v";
	my %expected = map { (my $one = $l->{expected}{$_}) =~ s/ WHERE \Q$l->{where}\E AND/ WHERE ($l->{where}) AND $l->{x}.v >= $number AND/g; $_ => $one } keys %{ $l->{expected} };
	return ("SELECT count(*)::text FROM $body >= \$1", 'SELECT', 'true', reading(\%expected), "($number)");
}
sub own { return "(tenant_id = '$tenant') IS TRUE" }
sub target
{
	my $table = pick(qw(p c q n));
	my $x = alias();
	return ($table, $x, level());
}
sub others_of { my ($x) = @_; return other($x) }
sub updates
{
	my ($table, $x, $l) = target();
	my $join = "$x.id = $l->{x}.id";
	my $alone = chance(40);
	my $new = pick(undef, undef, $tenant{a}, $tenant{b}, $tenant{c}, 'NULL');
	$new = undef if defined $new && $new eq 'NULL' && $table eq 'n';
	my $set = defined $new ? 'tenant_id = ' . ($new eq 'NULL' ? 'NULL' : "'$new'") : 'v = ' . pick('0', "$x.v + 1");
	my $cond = condition($x);
	my ($from, $where) = $alone ? ("$table AS $x", $cond) : ("$table AS $x, $l->{from}", "$join AND $cond AND $l->{where}");
	my %expected;
	if (!$alone)
	{
		for my $one (@{ $l->{of} })
		{
			next unless $observed{ $one->{table} };
			add(\%expected, { $one->{table} => "(SELECT count(*) FROM $from WHERE $where AND $one->{x}.id IS NOT NULL AND " . other($one->{x}) . ')' });
		}
	}
	add(\%expected, { $table => "(SELECT count(*) FROM $from WHERE $where AND " . other($x) . ')' });
	my $all = reading(\%expected);
	# Rows that move away; an own row is written once, however many rows it joins.
	$all->{$table}[1] = "(SELECT count(DISTINCT $x.id) FROM $from WHERE $where AND $x.tenant_id = '$tenant')" if defined $new && $new ne $tenant;
	my $returning = chance(30) ? " RETURNING $x.id::text" : '';
	return ("UPDATE $table AS $x SET $set" . ($alone ? '' : " FROM $l->{from}") . " WHERE $where$returning", 'UPDATE', $returning ? 'true' : 'false', $all, '') if !$returning || $alone || !defined $new;
	return updates();
}
sub deletes
{
	my ($table, $x, $l) = target();
	my $alone = chance(40);
	my $cond = condition($x);
	my ($from, $where) = $alone ? ("$table AS $x", $cond) : ("$table AS $x, $l->{from}", "$x.id = $l->{x}.id AND $cond AND $l->{where}");
	my %expected = ($table => "(SELECT count(*) FROM $from WHERE $where AND " . other($x) . ')');
	if (!$alone)
	{
		for my $one (grep { $observed{ $_->{table} } } @{ $l->{of} })
		{
			add(\%expected, { $one->{table} => "(SELECT count(*) FROM $from WHERE $where AND $one->{x}.id IS NOT NULL AND " . other($one->{x}) . ')' });
		}
	}
	return ("DELETE FROM $table AS $x" . ($alone ? '' : " USING $l->{from}") . " WHERE $where", 'DELETE', 'false', reading(\%expected), '');
}
sub inserts
{
	my $table = pick(qw(p q c));
	my $values = join ', ', map { my $given = pick("'$tenant{a}'", "'$tenant{b}'", 'NULL'); '(' . (1000 + $_) . ", ${given}::uuid)" } 1 .. pick(1 .. 5);
	if (chance(30))
	{
		# NULL is refused; left out it is not: protect() sets a default.
		return ("INSERT INTO $table (id, tenant_id) VALUES $values", 'INSERT', 'false',
			{ $table => [ '0', "(SELECT count(*) FROM (VALUES $values) AS g(id, tenant_id) WHERE " . other('g') . ')' ] }, '');
	}
	return ("INSERT INTO $table (id, v) VALUES (1001, 1), (1002, 2)", 'INSERT', 'false', { $table => [ '0', '0' ] }, '') if chance(15);
	my $l = level();
	if (chance(25))
	{
		# Meets rows that are there; only one row for each key.
		my $given = pick($tenant{a}, $tenant{b});
		my $limit = pick(3 .. 30);
		return ("INSERT INTO p (id, tenant_id, v) SELECT g, '$given', 0 FROM generate_series(70, 70 + $limit) AS g ON CONFLICT (id) DO UPDATE SET v = p.v + 1", 'INSERT', 'false',
			{ p => [ '0', ($given eq $tenant ? '0' : $limit + 1) . " + (SELECT count(*) FROM p WHERE id BETWEEN 70 AND 70 + $limit AND " . other('p') . ')' ] }, '');
	}
	my $from = pick("$l->{x}.tenant_id", "'$tenant{a}'::uuid");
	$from = "'$tenant{b}'::uuid" if $l->{of}[0]{table} eq 'o';
	my $ids = join ', ', map { "$_->{x}.id" } @{ $l->{of} };
	my %expected = %{ $l->{expected} };
	my $all = reading(\%expected);
	$all->{$table} //= [ '0', '0' ];
	$all->{$table}[1] = "(SELECT count(*) FROM $l->{from} WHERE $l->{where} AND ($from) IS DISTINCT FROM '$tenant')";
	return ("INSERT INTO $table (id, tenant_id, v) SELECT 2000 + row_number() OVER (ORDER BY $ids), $from, 1 FROM $l->{from} WHERE $l->{where}", 'INSERT', 'false', $all, '');
}
sub merges
{
	my $l = level();
	my $given = pick($tenant{a}, $tenant{b});
	my $join = "(SELECT DISTINCT $l->{x}.id AS id FROM $l->{from} WHERE $l->{where} AND $l->{x}.id IS NOT NULL) AS s";
	my %expected = map { (my $one = $l->{expected}{$_}) =~ s/ WHERE \Q$l->{where}\E AND/ WHERE $l->{where} AND $l->{x}.id IS NOT NULL AND/g; $_ => $one } keys %{ $l->{expected} };
	add(\%expected, { p => "(SELECT count(*) FROM $join JOIN p AS m ON m.id = s.id WHERE " . other('m') . ')' });
	my $all = reading(\%expected);
	$all->{p}[1] = $given eq $tenant ? '0' : "(SELECT count(*) FROM $join WHERE NOT EXISTS (SELECT FROM p AS m WHERE m.id = s.id))";
	return ("MERGE INTO p AS m USING $join ON m.id = s.id WHEN MATCHED AND m.v > 3 THEN DELETE WHEN MATCHED THEN UPDATE SET v = 9 WHEN NOT MATCHED THEN INSERT (id, tenant_id, v) VALUES (s.id, '$given', 1)", 'MERGE', 'false', $all, '');
}
# A WITH clause that writes: the statement is a SELECT.
sub writes_in_with
{
	my $cond = condition('y');
	return ("WITH w AS (DELETE FROM c AS y WHERE $cond RETURNING y.id, y.p_id) SELECT p.id::text FROM p JOIN w ON w.p_id = p.id", 'SELECT', 'true',
		{ c => [ "(SELECT count(*) FROM c AS y WHERE $cond AND " . other('y') . ')', '0' ],
			p => [ "(SELECT count(*) FROM p JOIN (SELECT y.p_id FROM c AS y WHERE $cond) AS w ON w.p_id = p.id WHERE " . other('p') . ')', '0' ] }, '');
}
my $has_merge = $node->safe_psql('app', 'SHOW server_version_num') >= 150000;
my @kinds = ((\&reads) x 8, (\&prepared) x 3, (\&updates) x 4, (\&deletes) x 3, (\&inserts) x 3, \&merges, \&writes_in_with);

sub literal { my $text = shift; $text =~ s/'/''/g; return "'$text'" }
sub json
{
	my $all = shift;
	my $text = '{' . join(', ', map { my $table = $_; "\"$table\": [" . join(', ', map { (my $one = $_) =~ s/(["\\])/\\$1/g; "\"$one\"" } @{ $all->{$table} }) . ']' } sort keys %$all) . '}';
	return literal($text) . '::jsonb';
}
my $parallel = "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;";
my $script = '';
for my $number (1 .. $statements)
{
	$aliases = 0;
	if ($number % 50 == 1)
	{
		# What was rolled back is in the way.
		$script .= join(' ', map { my $schema = $_; map { "VACUUM $schema.$_;" } qw(p c n q) } qw(live copy)) . "\n";
		$script .= pick($parallel, ('RESET min_parallel_table_scan_size; RESET parallel_setup_cost; RESET parallel_tuple_cost;') x 3) . ' '
		  . join(' ', map { "SET enable_$_ = " . pick('on', 'on', 'off') . ';' } qw(hashjoin mergejoin nestloop indexscan seqscan memoize hashagg))
		  . ' SET plan_cache_mode = ' . pick('force_generic_plan', 'force_custom_plan', 'auto') . ";\n";
	}
	my $entered = chance(8) ? '' : pick($tenant{a}, $tenant{a}, $tenant{b});
	$tenant = $entered || $tenant{a};
	my ($sql, $kind, $rows, $expected, $parameters) = pick(@kinds)->();
	$script .= "SELECT judge($number, " . literal($sql) . ", '$entered', '$kind', $rows, " . json($expected) . ", '$parameters');\n";
}
my $seen = session($node, 'app', [ random => $script ], timeout => 600 + $statements / 5);
my (%verdicts, @wrong);
for (@{ $seen->{random}{rows} })
{
	if (/^(counted|ok|failed)$/) { $verdicts{$1}++ }
	else { push @wrong, $_ if $_ ne '' && $_ ne 'SET' && $_ ne 'RESET' && $_ ne 'VACUUM' }
}
note("seed $seed: " . join(', ', map { "$verdicts{$_} $_" } sort keys %verdicts));
is(scalar(@wrong), 0, "$statements random statements: the same results, and the counts of the independent computation")
  or diag("seed $seed", map { "\n$_" } @wrong[ 0 .. ($#wrong < 10 ? $#wrong : 10) ]);
is($seen->{errors}, '', 'no errors');
is(($verdicts{counted} // 0) + ($verdicts{ok} // 0) + ($verdicts{failed} // 0) + @wrong, $statements, 'each was judged');
cmp_ok($verdicts{counted} // 0, '>', $statements / 3, 'many had something to count');
cmp_ok($verdicts{failed} // 0, '<', $statements / 20, 'few failed');
$node->stop;
done_testing();

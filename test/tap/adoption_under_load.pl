# Writers go on through a whole adoption: no statement waits longer than lock_timeout, none fails, no row is lost and
# none ends with a wrong tenant. Some hold their locks for a while, as slow requests do.
# TENANCY_ADOPTION_ROWS in the environment: rows of the service desk (40000).
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use AdoptionDesk;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('adoption_under_load');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_tenancy'\n");
$node->start;
make_desk($node, 'desk', $ENV{TENANCY_ADOPTION_ROWS} // 40000);
decide($node, 'desk');
$node->safe_psql('desk', q{
	CREATE ROLE regress_tenancy_desk LOGIN;
	GRANT USAGE ON SCHEMA servicedesk TO regress_tenancy_desk;
	GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA servicedesk TO regress_tenancy_desk;
	-- What writers choose from, and what they have written: in the same transaction as the row itself.
	CREATE TABLE known (n bigint PRIMARY KEY, user_id text, service_id text, booking_id text, request_id text);
	INSERT INTO known
	SELECT u.n, u.id, s.id, b.id, r.id FROM (SELECT row_number() OVER (ORDER BY id) AS n, id FROM servicedesk.users WHERE "tenantId" IS NOT NULL) AS u
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS n, id FROM servicedesk.services WHERE "tenantId" IS NOT NULL) AS s USING (n)
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS n, id FROM servicedesk.bookings) AS b USING (n)
	LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS n, id FROM servicedesk."ServiceRequest") AS r USING (n);
	CREATE TABLE written (target text, id text, user_id text, n bigint GENERATED ALWAYS AS IDENTITY);
	CREATE SEQUENCE written_id START 1000000;
	GRANT ALL ON known, written, written_id TO regress_tenancy_desk;
});
my $known = $node->safe_psql('desk', 'SELECT count(*) FROM known WHERE booking_id IS NOT NULL AND request_id IS NOT NULL');
my $dir = PostgreSQL::Test::Utils::tempdir;
my %script = (
	book => q{
		\set k random(1, :known)
		BEGIN;
		INSERT INTO servicedesk.bookings (id, "clientId", "startsAt", "endsAt", "updatedAt")
		SELECT 'new' || nextval('written_id'), user_id, now(), now(), now() FROM known WHERE n = :k;
		INSERT INTO written SELECT 'bookings', 'new' || currval('written_id'), user_id FROM known WHERE n = :k;
		COMMIT;
	},
	request => q{
		\set k random(1, :known)
		BEGIN;
		INSERT INTO servicedesk."ServiceRequest" (id, "clientId", description, "updatedAt")
		SELECT 'new' || nextval('written_id'), user_id, 'under load', now() FROM known WHERE n = :k;
		INSERT INTO servicedesk."Attachment" (id, "serviceRequestId", filename, "contentType", size) VALUES ('new' || currval('written_id'), 'new' || currval('written_id'), 'f', 't', 1);
		INSERT INTO written SELECT t, 'new' || currval('written_id'), user_id FROM known, unnest('{ServiceRequest,Attachment}'::text[]) AS t WHERE n = :k;
		COMMIT;
	},
	# The parent of a row that has no tenant yet changes: with it the tenant that the row must get.
	move => q{
		\set k random(1, :known)
		\set b random(1, :known)
		BEGIN;
		WITH moved AS (UPDATE servicedesk.bookings AS b SET "clientId" = k.user_id FROM known AS k, known AS o
			WHERE k.n = :k AND o.n = :b AND b.id = o.booking_id AND b."tenantId" IS NULL RETURNING b.id, b."clientId")
		INSERT INTO written SELECT 'moved', id, "clientId" FROM moved;
		COMMIT;
	},
	touch => q{
		\set b random(1, :known)
		UPDATE servicedesk."ServiceRequest" SET description = description || '.' WHERE id = (SELECT request_id FROM known WHERE n = :b);
	},
	slow => q{
		\set b random(1, :known)
		BEGIN;
		UPDATE servicedesk.bookings SET notes = 'slow' WHERE id = (SELECT booking_id FROM known WHERE n = :b);
		\sleep 1500 ms
		UPDATE servicedesk."ServiceRequest" SET description = description || '-' WHERE id = (SELECT request_id FROM known WHERE n = :b);
		COMMIT;
	},
);
append_to_file("$dir/$_.sql", $script{$_}) for keys %script;
my $before = $node->safe_psql('desk', 'SELECT count(*) FROM servicedesk.bookings');

my ($load_out, $load_err, $out, $err) = ('', '', '', '');
chdir $dir or die $!;
# Until it is told to stop.
my $load = IPC::Run::start([ $node->installed_command('pgbench'), '-n', '-c', 6, '-j', 2, '-T', 600, '-l', '--log-prefix', "$dir/load", '-D', "known=$known",
		'--failures-detailed', '-U', 'regress_tenancy_desk', map({ ('-f', "$dir/$_->[0].sql\@$_->[1]") } [ book => 10 ], [ request => 10 ], [ move => 10 ], [ touch => 10 ], [ slow => 1 ]),
		'-h', $node->host, '-p', $node->port, 'desk' ], '>', \$load_out, '2>', \$load_err);
sleep 1;
my $call = IPC::Run::start([ $node->installed_command('psql'), '-X', '-d', $node->connstr('desk'), '-c',
		"CALL tenancy.adopt('servicedesk', 'tenantId', batch_size => 1000, pause_ms => 20)" ], '>', \$out, '2>', \$err);
$call->finish;
like($err, qr/NOTICE:  adopted: /, 'adopted') or diag $err;
sleep 1;
$load->signal('INT');
eval { $load->finish };
unlike($load_err, qr/ERROR/, 'no statement failed') or diag $load_err;

# ---- how long they waited: pgbench has the latency of each transaction in its third column, in microseconds ----
my ($transactions, $worst) = (0, 0);
for my $log (glob "$dir/load.*")
{
	for (split /\n/, slurp_file($log))
	{
		my @column = split ' ';
		$transactions++;
		my $took = $column[2] / 1e6 - ($column[3] == 4 ? 1.5 : 0);
		$worst = $took if $took > $worst;
	}
}
cmp_ok($transactions, '>=', 300, "transactions went on: $transactions");
cmp_ok($worst, '<', 2, sprintf 'no transaction was held up for longer than lock_timeout: %.2f s', $worst);
my $tries = $node->safe_psql('desk', 'SELECT sum(tries) FROM tenancy.adoption_steps');
cmp_ok($tries, '>', 0, "steps gave way to others: $tries times");

# ---- what became of the rows ----
is($node->safe_psql('desk', q{SELECT count(*) FROM servicedesk.bookings}) - $before, $node->safe_psql('desk', q{SELECT count(*) FROM written WHERE target = 'bookings'}), 'no booking is lost');
is($node->safe_psql('desk', q{SELECT count(*) FROM written AS w WHERE NOT EXISTS (SELECT FROM servicedesk.bookings AS b WHERE b.id = w.id UNION ALL SELECT FROM servicedesk."ServiceRequest" AS r WHERE r.id = w.id)}), 0, 'nor is any other');
my $wrong = q{
	SELECT w.target, count(*) AS rows, count(*) FILTER (WHERE coalesce(b."tenantId", r."tenantId") IS NULL) AS without, count(*) FILTER (WHERE coalesce(b."tenantId", r."tenantId") <> u."tenantId") AS wrong
	FROM (SELECT DISTINCT ON (target, id) * FROM written WHERE target <> 'Attachment' ORDER BY target, id, n DESC) AS w JOIN servicedesk.users AS u ON u.id = w.user_id
	LEFT JOIN servicedesk.bookings AS b ON b.id = w.id AND w.target IN ('bookings', 'moved') LEFT JOIN servicedesk."ServiceRequest" AS r ON r.id = w.id AND w.target = 'ServiceRequest'
	GROUP BY w.target ORDER BY w.target};
note $node->safe_psql('desk', $wrong);
is($node->safe_psql('desk', "SELECT coalesce(string_agg(target || ' ' || wrong, ', '), 'none') FROM ($wrong) AS x WHERE wrong > 0"), 'none', 'none has a wrong tenant');
is($node->safe_psql('desk', "SELECT coalesce(string_agg(target || ' ' || without, ', '), 'none') FROM ($wrong) AS x WHERE without > 0"), 'none', 'and none is without');
is($node->safe_psql('desk', q{SELECT count(*) FROM servicedesk."Attachment" AS a JOIN servicedesk."ServiceRequest" AS r ON r.id = a."serviceRequestId" WHERE a."tenantId" IS DISTINCT FROM r."tenantId" AND r."tenantId" IN (SELECT id FROM servicedesk."Tenant")}), 0,
	'rows have the tenant of the row they were written for');

$node->stop;
done_testing();

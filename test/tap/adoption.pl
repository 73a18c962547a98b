# CALL adopt() beyond one session: its plan as files for psql, Flyway, Rails and Prisma gives the same database; a
# server that is killed at random moments, and started again, ends as an undisturbed one; it can be cancelled; it says
# so when there is no worker.
# TENANCY_ADOPTION_KILLS in the environment: how often the server is killed (10).
use strict;
use warnings;
use File::Path qw(make_path);
use FindBin;
use lib $FindBin::RealBin;
use AdoptionDesk;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $kills = $ENV{TENANCY_ADOPTION_KILLS} // 10;
my $node = PostgreSQL::Test::Cluster->new('adoption');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_tenancy'\nautovacuum = off\nmax_worker_processes = 4\nlog_statement = none\n");
$node->start;
make_desk($node, 'desk', 4000);
decide($node, 'desk');

# ---- undisturbed ----
copy_of($node, 'desk', 'adopted');
my ($code, $messages) = adopt($node, 'adopted');
is($code, 0, 'adopted') or diag $messages;
like($messages, qr/NOTICE:  adopted: \d+ steps, \d+ left out, \d+ rows given their tenant/, 'it says what it has done');
my ($rows, $schema) = (digest($node, 'adopted'), schema_of($node, 'adopted'));
isnt($rows, digest($node, 'desk'), 'rows have changed');
is(steps_left($node, 'adopted'), 0, 'nothing is left to be added');
is($node->safe_psql('adopted', q{SELECT count(*) FROM servicedesk."ServiceRequest" WHERE "updatedAt" > now() - interval '1 day'}), 0, "the application's triggers were not fired");
($code) = adopt($node, 'adopted');
is($code, 0, 'again');
is(digest($node, 'adopted'), $rows, 'which changes no row');
is(schema_of($node, 'adopted'), $schema, 'and nothing of the schema');

# ---- the plan as files ----
my $dir = PostgreSQL::Test::Utils::tempdir;
sub files
{
	my ($database, $format) = @_;
	my $all = $node->safe_psql($database, "SELECT file || chr(1) || content || chr(2) FROM tenancy.plan_script('servicedesk', 'tenantId', format => '$format')");
	my @files;
	for (split /\x02\n?/, $all)
	{
		my ($file, $content) = split /\x01/, $_, 2;
		my $path = "$dir/$format/$file";
		make_path($path =~ s{/[^/]*$}{}r);
		append_to_file($path, $content);
		push @files, $path;
	}
	return @files;
}
sub run_psql
{
	my ($database, @options) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ $node->installed_command('psql'), '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), @options ], '>', \$out, '2>', \$err);
	return ($ok, $err);
}
my %runner = (
	psql => sub { my ($database, $file) = @_; return run_psql($database, '-f', $file) },
	# As Flyway does: a transaction for each file, unless its .conf says otherwise.
	flyway => sub {
		my ($database, $file) = @_;
		return (1, '') if $file =~ /\.conf$/;
		my $alone = -e "$file.conf" && slurp_file("$file.conf") =~ /executeInTransaction=false/;
		return run_psql($database, ($alone ? () : ('-1')), '-f', $file);
	},
	# As Prisma does: the whole file as one message.
	prisma => sub { my ($database, $file) = @_; return run_psql($database, '-c', slurp_file($file)) },
);
sub compare
{
	my ($database, $format, $failed) = @_;
	is($failed, '', "$format: every file runs");
	is(digest($node, $database), $rows, "$format: the same rows");
	is(schema_of($node, $database), $schema, "$format: the same schema");
	return;
}
for my $format (sort keys %runner)
{
	my $database = copy_of($node, 'desk', "by_$format");
	my $failed = '';
	for my $file (files($database, $format))
	{
		my ($ok, $err) = $runner{$format}->($database, $file);
		$failed = "$file: $err" if !$ok;
		last if $failed;
	}
	compare($database, $format, $failed);
}
{
	my $database = copy_of($node, 'desk', 'by_rails');
	files($database, 'rails');
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'ruby', '-e', <<'RUBY', "$dir/rails", $node->host, $node->port, $database ], '>', \$out, '2>', \$err);
require 'active_record'
folder, host, port, database = ARGV
ActiveRecord::Base.establish_connection(adapter: 'postgresql', host: host, port: port, database: database)
ActiveRecord::Migration.verbose = false
ActiveRecord::Base.connection.execute("SET client_min_messages = error")
ActiveRecord::MigrationContext.new(folder, ActiveRecord::SchemaMigration).migrate
RUBY
	# Rails keeps its own list of what has run, outside of the schema.
	compare($database, 'rails', $err);
}

# ---- killed ----
my ($killed, $interrupted) = (0, 0);
my $seed = $ENV{TENANCY_ADOPTION_SEED} // time;
srand($seed);
note "TENANCY_ADOPTION_SEED=$seed";
sub kill_server
{
	# The postmaster first, or it would only restart its children.
	my @pids = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity');
	$node->kill9;
	kill 'KILL', @pids;
	# Until the last of them has let go of the shared memory; whoever should bury them may take its time.
	for (1 .. 100)
	{
		last if !grep { -e "/proc/$_" && slurp_file("/proc/$_/stat") !~ /\) Z / } @pids;
		sleep 0.1;
	}
	unlink $node->data_dir . '/postmaster.pid', $node->host . '/.s.PGSQL.' . $node->port . '.lock';
	$node->start;
	return;
}
for (my $round = 1; $killed < $kills && $round <= $kills; $round++)
{
	my $database = copy_of($node, 'desk', "killed$round");
	$node->safe_psql('postgres', 'CHECKPOINT');
	while ($killed < $kills)
	{
		my ($out, $err) = ('', '');
		# Small batches with pauses, so that a kill finds it anywhere.
		my $client = IPC::Run::start([ $node->installed_command('psql'), '-X', '-d', $node->connstr($database), '-c',
				"CALL tenancy.adopt('servicedesk', 'tenantId', batch_size => 100, pause_ms => 15)" ], '>', \$out, '2>', \$err);
		sleep 0.2 + rand(1.5);
		$client->pump_nb;
		my $ended = $err =~ /adopted: /;
		kill_server();
		eval { $client->finish };
		last if $ended;
		$killed++;
	}
	($code, $messages) = adopt($node, $database);
	is($code, 0, "killed $killed times so far, finished in the end") or diag $messages;
	is(digest($node, $database), $rows, 'the same rows');
	is(schema_of($node, $database), $schema, 'the same schema');
	$interrupted += $node->safe_psql($database, q{SELECT count(*) FROM tenancy.adoption_progress WHERE state = 'interrupted'});
}
is($killed, $kills, "the server was killed $kills times");
cmp_ok($interrupted, '>=', 1, 'runs that were interrupted are told as such');

# ---- cancelled ----
copy_of($node, 'desk', 'cancelled');
my ($out, $err) = ('', '');
my $client = IPC::Run::start([ $node->installed_command('psql'), '-X', '-d', $node->connstr('cancelled'), '-c',
		"CALL tenancy.adopt('servicedesk', 'tenantId', batch_size => 50, pause_ms => 200)" ], '>', \$out, '2>', \$err);
$node->poll_query_until('cancelled', q{SELECT count(*) > 0 FROM tenancy.adoption_progress WHERE phase = 'backfill' AND rows_done > 0});
($code, undef, $messages) = $node->psql('cancelled', "CALL tenancy.adopt('servicedesk', 'tenantId')");
like($messages, qr/an adoption runs in this database/, 'a second one is refused');
like($messages, qr/HINT:  SELECT \* FROM tenancy\.adoption_progress;/, 'with a hint');
is($node->safe_psql('cancelled', 'SELECT tenancy.cancel_adoption()'), 't', 'cancelled');
$client->finish;
like($err, qr/ERROR:  the adoption was cancelled after \d+ of \d+ steps/, 'the caller is told');
is($node->safe_psql('cancelled', 'SELECT tenancy.cancel_adoption()'), 'f', 'and there is none any more');
($code) = adopt($node, 'cancelled');
is($code, 0, 'called again');
is(digest($node, 'cancelled'), $rows, 'cancelled: the same rows');
is(schema_of($node, 'cancelled'), $schema, 'cancelled: the same schema');

# ---- no worker ----
$node->append_conf('postgresql.conf', "max_worker_processes = 0\n");
$node->restart;
copy_of($node, 'desk', 'idle');
($code, $messages) = adopt($node, 'idle');
like($messages, qr/no background worker is free/, 'no worker: it says so');
like($messages, qr/HINT:  ALTER SYSTEM SET max_worker_processes = 1; and restart the server\./, 'with a hint');
is(digest($node, 'idle'), digest($node, 'desk'), 'nothing has changed');

$node->stop;
done_testing();

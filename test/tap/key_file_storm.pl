# The key file is replaced, truncated, opened to others, removed, under the hands of sessions that
# authenticate: each attempt succeeds or fails with the one error, each broken state is a line in the log, and
# a key that is gone from a file that was read opens nothing, whatever becomes of the file after that.
#
# TENANCY_STORM_ROUNDS (200) changes of the file.

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib $FindBin::RealBin;
use MIME::Base64 qw(encode_base64);
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{TENANCY_STORM_ROUNDS} || 200;
my $node = tenancy_node('storm', conf => [ "tenancy.keyring_file = 'keys.json'", 'log_statement = none', 'log_min_error_statement = panic' ]);
my $file = $node->data_dir . '/keys.json';

sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }
my %secret = (one => 'o' x 32, two => 't' x 32);
sub ring { return '{"keys": [' . join(', ', map { sprintf '{"kid": "%s", "kty": "oct", "alg": "HS256", "k": "%s"}', $_, base64url($secret{$_}) } @_) . ']}' }
sub token
{
	my ($kid) = @_;
	my $signed = base64url(qq({"alg": "HS256", "kid": "$kid"})) . '.' . base64url(sprintf '{"iat": %d, "exp": %d, "tenant_id": "%s"}', time, time + 3500, $tenant{a});
	return "$signed." . base64url(hmac_sha256($signed, $secret{$kid}));
}
# Beside the file and renamed, as people should.
sub put
{
	my ($text, $mode) = @_;
	unlink "$file.new";
	append_to_file("$file.new", $text);
	chmod $mode // oct('0600'), "$file.new";
	rename "$file.new", $file or die "$file: $!";
	return;
}
my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
sub reload { kill HUP => $postmaster; return }
# In place, as people should not. Name, how, what the log says.
my %broken = (
	half => [ sub { open my $handle, '>', $file or die; print $handle substr(ring('one', 'two'), 0, 20 + int rand 60); close $handle; chmod oct('0600'), $file }, qr/./ ],
	empty => [ sub { open my $handle, '>', $file or die; close $handle; chmod oct('0600'), $file }, qr/./ ],
	open => [ sub { put(ring('one', 'two'), oct('0644')) }, qr/others than the server's user may read or write it/ ],
	gone => [ sub { unlink $file }, qr/it cannot be opened/ ],
	folder => [ sub { unlink $file; mkdir $file or die }, qr/it is no regular file/ ],
	large => [ sub { put(ring('one', 'two') . ' ' x 300_000) }, qr/it is too large/ ]);

$node->safe_psql('app', qq{
	CREATE TABLE tokens (kid text PRIMARY KEY, token text);
	CREATE TABLE outcomes (pid int, kid text, outcome text, loaded timestamptz, began timestamptz, ended timestamptz);
	GRANT SELECT ON tokens TO app;
	GRANT INSERT ON outcomes TO app;
	CREATE FUNCTION attempt(wanted text) RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE
		began timestamptz := clock_timestamp();
		outcome text := 'opened';
	BEGIN
		BEGIN
			PERFORM tenancy.authenticate(token) FROM tokens WHERE kid = wanted;
		EXCEPTION WHEN OTHERS THEN outcome := SQLSTATE || ' ' || SQLERRM;
		END;
		INSERT INTO outcomes VALUES (pg_backend_pid(), wanted, outcome, pg_conf_load_time(), began, clock_timestamp());
	END \$\$;
	SELECT tenancy.enroll('app');
	ALTER DATABASE app SET tenancy.context_source = 'token';
});
$node->safe_psql('app', "INSERT INTO tokens VALUES ('one', '" . token('one') . "'), ('two', '" . token('two') . "')");
put(ring('one', 'two'));
$node->reload;

# ---- four sessions, one of which connects again for each attempt ----
my $script = PostgreSQL::Test::Utils::tempdir . '/attempts';
append_to_file($script, "SELECT attempt('one');\nSELECT attempt('two');\n\\sleep 2 ms\n");
my @bench = ('pgbench', '-n', '-T', '3600', '-U', 'app', '-h', $node->host, '-p', $node->port, '-f', $script);
my $said = '';
my @sessions = (IPC::Run::start([ @bench, '-c', '3', 'app' ], '>', \$said, '2>&1'), IPC::Run::start([ @bench, '-c', '1', '-C', 'app' ], '>', \$said, '2>&1'));
my $steady = q{SELECT pid FROM outcomes GROUP BY pid HAVING count(*) > 2 ORDER BY pid};
$node->poll_query_until('app', "SELECT count(*) = 3 FROM ($steady) AS s") or die 'the sessions do not come up';
my @steady = split /\n/, $node->safe_psql('app', $steady);

# ---- rounds of: both keys; one key, until every session has read that; broken in some ways ----
my (@closed, %log);    # spans of time in which key two opens nothing
my $now = sub { return $node->safe_psql('app', 'SELECT clock_timestamp()') };
my $stuck = 0;
srand 1;
for (my $round = 0; $round < $rounds;)
{
	put(ring('two', 'one'));
	reload();
	sleep 0.02;
	put(ring('one'));
	my $put = $now->();
	reload();
	$node->poll_query_until('app', "SELECT count(DISTINCT pid) = 3 FROM outcomes WHERE loaded > '$put' AND pid IN (" . join(',', @steady) . ')') or $stuck++;
	my $since = $now->();
	$round += 2;
	for my $how ((sort { rand() <=> 0.5 } keys %broken)[ 0 .. 2 ])
	{
		my $from = -s $node->logfile;
		$broken{$how}[0]->();
		reload();
		# Until somebody has met it.
		my $waited = 0;
		sleep 0.01 until substr(slurp_file($node->logfile), $from) =~ /key ring "keys.json" was not taken: ($broken{$how}[1])/ || ++$waited > 500;
		$waited > 500 ? $log{$how}{silent}++ : $log{$how}{told}++;
		rmdir $file if $how eq 'folder';
		$round++;
	}
	push @closed, [ $since, $now->() ];
}
my $end = $now->();
put(ring('one', 'two'));
$node->reload;
ok($node->poll_query_until('app', "SELECT count(DISTINCT pid) = 3 FROM outcomes WHERE loaded > '$end' AND kid = 'two' AND outcome = 'opened' AND pid IN (" . join(',', @steady) . ')'), 'after the storm, both keys open');
$_->signal('INT') for @sessions;
$_->finish for @sessions;

# ---- the verdict ----
my ($all, $opened, $refused) = split /\|/, $node->safe_psql('app', "SELECT count(*), count(*) FILTER (WHERE outcome = 'opened'), count(*) FILTER (WHERE outcome LIKE '28000%') FROM outcomes");
note("$all attempts, $opened opened, $refused refused");
cmp_ok($all, '>', 5 * $rounds, 'many attempts');
cmp_ok($opened, '>', $rounds, 'many succeed');
cmp_ok($refused, '>', $rounds, 'many are refused');
is($node->safe_psql('app', q{SELECT string_agg(DISTINCT outcome, '; ') FROM outcomes WHERE outcome NOT IN ('opened', '28000 the token is refused')}), '', 'nothing else happens');
is($node->safe_psql('app', "SELECT count(*) FROM outcomes WHERE kid = 'one' AND outcome <> 'opened' AND pid IN (" . join(',', @steady) . ')'), '0', 'the key that stays opens always, where it was read once');
is($stuck, 0, 'each good file reaches every session');
my $spans = join ', ', map { "('$_->[0]'::timestamptz, '$_->[1]'::timestamptz)" } @closed;
is($node->safe_psql('app', "SELECT count(*) FROM outcomes AS o, (VALUES $spans) AS s (since, until) WHERE o.kid = 'two' AND o.began > s.since AND o.ended < s.until AND o.outcome = 'opened'"),
	'0', 'a key that was taken away opens nothing, whatever the file is then');
cmp_ok($node->safe_psql('app', "SELECT count(*) FROM outcomes AS o, (VALUES $spans) AS s (since, until) WHERE o.kid = 'two' AND o.began > s.since AND o.ended < s.until"), '>', $rounds / 2, '(of many attempts)');
is(join(' ', map { "$_:" . ($log{$_}{silent} // 0) } sort keys %log), join(' ', map { "$_:0" } sort keys %log), 'each broken state is a line in the log');
is(scalar(keys %log), scalar(keys %broken), 'of every kind');
my $log = slurp_file($node->logfile);
unlike($log, qr/terminated by signal|PANIC|server process/, 'nothing crashes');
is((split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0], $postmaster, 'the server is the same');
unlike($log, qr/\Q@{[ base64url($secret{one}) ]}\E|\Q@{[ base64url($secret{two}) ]}\E|o{32}|t{32}/, 'no key is in the log');
$node->stop;
done_testing();

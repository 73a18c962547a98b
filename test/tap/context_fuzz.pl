# Random statements in one guarded session: whatever it does with the setting, a transaction sees the
# rows of one tenant at most, and rows only when that tenant was set in that same transaction. Under
# context_source = 'token' the same, and set means: by a token that was to be believed.
#
# TENANCY_FUZZ_STEPS (10,000) statements in each mode, from TENANCY_FUZZ_SEED (printed) the same ones
# every time. Every look at the protected tables is recorded with the transaction it was made in; the
# verdict needs no model of what should succeed: only what was seen, and what was set before within the
# transaction.

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib $FindBin::RealBin;
use MIME::Base64 qw(encode_base64);
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $steps = $ENV{TENANCY_FUZZ_STEPS} || 10_000;
my $seed = $ENV{TENANCY_FUZZ_SEED} // 20_240_607;
my $node = tenancy_node('context_fuzz', conf => ["tenancy.keyring_file = 'keys.json'"]);

# ---- tokens, in a table: it stands for the parameters of a driver ----
sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }
my $secret = 'f' x 32;
append_to_file($node->data_dir . '/keys.json', sprintf '{"keys": [{"kid": "one", "kty": "oct", "alg": "HS256", "k": "%s"}]}', base64url($secret));
chmod oct('0600'), $node->data_dir . '/keys.json';
my $now = time;
sub token
{
	my ($user, $tenant, $by, $life) = @_;
	my $signed = base64url('{"alg": "HS256", "kid": "one"}') . '.'
	  . base64url(sprintf '{"iat": %d, "exp": %d, "sub": "user-%s"%s}', $now - 100, $now + $life, $user, $tenant ? qq(, "tenant_id": "$tenant") : '');
	return "$signed." . base64url(hmac_sha256($signed, $by));
}
my (%tokens, @believed, @refused, @users);
for my $letter (qw(a b c))
{
	my ($own) = $tenant{$letter};
	$tokens{"good_$letter"} = token($letter, $own, $secret, 3400);
	$tokens{"user_$letter"} = token($letter, undef, $secret, 3400);
	$tokens{"expired_$letter"} = token($letter, $own, $secret, -50);
	$tokens{"forged_$letter"} = token($letter, $own, 'g' x 32, 3400);
	# The signature of another token.
	my ($head, $body) = split /\./, token($letter, $own, $secret, 3300);
	$tokens{"swapped_$letter"} = "$head.$body." . (split /\./, $tokens{"good_$letter"})[2];
	push @believed, "good_$letter";
	push @users, "user_$letter";
	push @refused, map { "${_}_$letter" } qw(expired forged swapped);
}

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
	CREATE TABLE tokens (name text PRIMARY KEY, token text);
	GRANT SELECT ON tokens TO app;
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
	CREATE FUNCTION enter(wanted text) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		given text := token FROM tokens WHERE name = wanted;
	BEGIN
		PERFORM tell('token', coalesce(right(tenancy.authenticate(given), 1), ''));
		PERFORM tell('by', wanted);
	END $$;
});
$node->safe_psql('app', join '', map { "INSERT INTO tokens VALUES ('$_', '$tokens{$_}');" } sort keys %tokens);

my @tenants = map { $tenant{$_} } qw(a b c);
my %letter = reverse %tenant;
my $prepare = q{PREPARE told AS SELECT tell('look', coalesce(string_agg(DISTINCT right(tenant_id::text, 1), ''), '')) FROM items;}
  . q{ PREPARE enter_as AS SELECT tell('by', $1) FROM (SELECT tell('token', coalesce(right(tenancy.authenticate(token), 1), '')) FROM tokens WHERE name = $1 OFFSET 0) AS t;};
my @raw = (
	# Setting: told after it succeeded, with the transaction it happened in.
	(sub { my $t = pick(@tenants); "SET LOCAL app.current_tenant_id = '$t' \\; SELECT tell('set', '$letter{$t}');" }) x 3,
	sub { my $t = pick(@tenants); "SET app.current_tenant_id = '$t' \\; SELECT tell('set', '$letter{$t}');" },
	(sub { my $t = pick(@tenants); "SELECT put('$t', true);" }) x 2,
	(sub { my $t = pick(@tenants); "SELECT put('$t', false);" }) x 3,
	(sub { my $t = pick(@tenants); "SELECT tell('set', right(tenancy.set_tenant('$t'), 1));" }) x 3,
	sub { my $t = pick(@tenants); "UPDATE pg_settings SET setting = '$t' WHERE name = 'app.current_tenant_id' \\; SELECT tell('set', '$letter{$t}');" },
	sub { "SET LOCAL app.current_tenant_id = 'no-tenant';" },
	# Blocks that set, commit, fail.
	(sub { my ($t, $u) = (pick(@tenants), pick(@tenants));
		my $end = pick('COMMIT;', 'ROLLBACK;', '');
		my $local = pick('true', 'false');
		"DO \$\$ BEGIN PERFORM put('$t', $local); PERFORM glance(); $end PERFORM glance(); "
		  . pick('', "BEGIN PERFORM put('$u', $local); PERFORM glance(); EXCEPTION WHEN OTHERS THEN NULL; END; PERFORM glance(); ")
		  . pick('', 'PERFORM 1/0; ', "RAISE EXCEPTION 'x'; ") . "END \$\$;" }) x 3,
	# Implicit transactions of several statements.
	sub { my $t = pick(@tenants); "SELECT put('$t', " . pick('true', 'false') . ") \\; SELECT glance();" },
);
my @by_token = (
	# By tokens, good and others.
	(sub { "SELECT enter('" . pick(@believed) . "');" }) x 2,
	(sub { "ROLLBACK;\nBEGIN;\nSELECT enter('" . pick(@believed) . "');" }) x 2,
	sub { "EXECUTE enter_as('" . pick(@believed, @refused) . "');" },
	sub { "SELECT enter('" . pick(@users) . "');" },
	(sub { "SELECT enter('" . pick(@refused) . "');" }) x 2,
	sub { "SELECT enter('" . pick(@believed, @refused) . "') \\; SELECT glance() \\; SELECT tell('user', coalesce(right(tenancy.current_user_id(), 1), ''));" },
	sub { my $end = pick('COMMIT;', 'ROLLBACK;', '');
		"DO \$\$ BEGIN PERFORM enter('" . pick(@believed) . "'); PERFORM glance(); $end PERFORM glance(); "
		  . "BEGIN PERFORM enter('" . pick(@believed, @refused) . "'); PERFORM glance(); " . pick('', 'PERFORM 1/0; ') . "EXCEPTION WHEN OTHERS THEN NULL; END; PERFORM glance(); "
		  . pick('', "RAISE EXCEPTION 'x'; ") . "END \$\$;" },
);
my @others = (
	# Unsetting.
	sub { 'SELECT tenancy.clear_tenant();' }, sub { 'RESET app.current_tenant_id;' },
	sub { 'SET LOCAL app.current_tenant_id TO DEFAULT;' }, sub { 'RESET ALL;' },
	sub { "DISCARD ALL;\n$prepare" }, sub { 'DISCARD ' . pick('PLANS', 'SEQUENCES', 'TEMP') . ';' },
	sub { 'SET plan_cache_mode = ' . pick('auto', 'force_generic_plan', 'force_custom_plan') . ';' },
	# Transactions.
	(sub { pick('BEGIN;', 'BEGIN ISOLATION LEVEL REPEATABLE READ;', 'START TRANSACTION READ ONLY;') }) x 4,
	(sub { 'SAVEPOINT ' . pick('s', 't') . ';' }) x 3,
	(sub { 'ROLLBACK TO ' . pick('s', 't') . ';' }) x 3,
	(sub { 'RELEASE ' . pick('s', 't') . ';' }) x 2,
	sub { 'COMMIT;' }, sub { 'ROLLBACK;' }, sub { pick('COMMIT', 'ROLLBACK') . ' AND CHAIN;' },
	# Errors.
	sub { 'SELECT 1/0;' }, sub { 'SELECT no_such_column;' },
	# Cursors: what they show is seen too.
	sub { "DECLARE c CURSOR FOR SELECT tell('look', right(tenant_id::text, 1)) FROM items;" },
	sub { 'FETCH 2 FROM c;' }, sub { 'CLOSE c;' },
	# Looking.
	(sub { 'SELECT glance();' }) x 5,
	(sub { "SELECT tell('look', seen());" }) x 3,
	# Its outcome and its transaction, in one statement.
	(sub { 'EXECUTE told;' }) x 5,
	sub { "SELECT tell('look', coalesce(right(tenant, 1), '')) FROM tenancy.context();" },
	(sub { "SELECT tell('user', coalesce(right(tenancy.current_user_id(), 1), ''));" }) x 3,
	sub { "SET app.current_user_id = 'user-" . pick('a', 'b', 'c') . "';" },
	sub { "SELECT tell('look', right(current_setting('app.current_tenant_id'), 1));" },
	sub { "INSERT INTO items (id) SELECT 100 + count(*) FROM items RETURNING tell('look', right(tenant_id::text, 1));" },
);

# ---- both modes ----
for my $source ('setting', 'token')
{
	$node->safe_psql('app', "ALTER DATABASE app SET tenancy.context_source = '$source'");
	my @kinds = $source eq 'token' ? (@raw, (@by_token) x 6, (@others) x 2) : (@raw, @by_token, @others);
	my $script = '';
	for (1 .. $steps)
	{
		$script .= pick(@kinds)->() . "\n";
		# Not for ever in one transaction, and not in a failed one.
		$script .= pick('COMMIT;', 'ROLLBACK;') . "\n" if pick(1 .. 12) == 1;
	}
	my $seen = session($node, 'app', [
		start => "\\set VERBOSITY terse\n$prepare",
		fuzz => "\\o /dev/null\n$script\nROLLBACK;\n\\o",
		after => 'SELECT seen();' ], timeout => 600 + $steps / 50);
	subtest "$source, seed $seed, $steps statements" => sub { judge($source, $seen) };
}
is($node->safe_psql('app', q{SELECT count(DISTINCT tenant_id), count(*) FILTER (WHERE id <= 3) FROM items}), '3|9', "all tenants' rows are still there");
$node->stop;
done_testing();

# ---- the verdict ----
sub judge
{
	my ($source, $seen) = @_;
	my (%set, %user, %looked, @wrong);
	my ($rows, $refused, $users, $last) = (0, 0, 0, '');
	for (split /\n/, $seen->{errors})
	{
		$refused++ if /ERROR:/;
		my ($what, $xact, $said) = /INFO:  \@(\w+) (\S+) ?(\w*)\s*$/ or next;
		if ($what eq 'by')
		{
			# Told after the tenant that the same token gave.
			push @wrong, "$xact: a token that is $said was believed" if $said !~ /^(good|user)_(\w)$/;
			push @wrong, "$xact: a token that is $said gave '$last'" if $last ne ($1 eq 'good' ? $2 : '');
			$set{$xact}{$2} = 1 if $1 eq 'good';
			$user{$xact}{$2} = 1;
		}
		elsif ($what eq 'token') { $last = $said }
		elsif ($what eq 'set' && $source eq 'token') { push @wrong, "$xact: tenant $said was set without a token" }
		elsif ($what eq 'set') { $set{$xact}{$said} = 1 }
		elsif ($said eq '') { next }
		elsif ($what eq 'user')
		{
			$users++;
			push @wrong, "$xact: user $said, of no token of this transaction" if $source eq 'token' && !$user{$xact}{$said};
		}
		else
		{
			$rows++;
			$looked{$xact}{$_} = 1 for split //, $said;
			push @wrong, "$xact: rows of " . join(', ', sort keys %{ $looked{$xact} }) . ' in one transaction'
			  if keys %{ $looked{$xact} } > 1;
			push @wrong, "$xact: rows of $said, which this transaction has not set" if grep { !$set{$xact}{$_} } split //, $said;
		}
	}
	my $transactions = keys %set;
	note("$transactions transactions had a tenant, $rows looks saw rows, $users a user, $refused statements failed");
	is(scalar(@wrong), 0, 'never two tenants in one transaction, never rows without the tenant being set in it')
	  or diag("$source, seed $seed", map { "\n$_" } @wrong[ 0 .. ($#wrong < 20 ? $#wrong : 20) ]);
	is($seen->{fuzz}{lost}, 0, 'the session lived to the end');
	cmp_ok($rows, '>', $steps / 50, 'many looks saw rows');
	cmp_ok($transactions, '>', $steps / 50, 'in many transactions');
	cmp_ok($users, '>', $steps / 1000, 'users were seen');
	cmp_ok($refused, '>', $steps / 50, 'many statements were refused');
	is(state($seen, 'after'), '42501', 'no tenant at the end');
	return;
}

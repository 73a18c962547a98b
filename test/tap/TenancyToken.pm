# Signed tokens for the TAP tests, by HS256.
#
#   put_ring($node, ring_of('one', 'two'), $mode)   the file keys.json in the data directory, and a reload
#   token(CLAIM => VALUE, ...)                      for tenant a, good for ten minutes; kid chooses the key;
#                                                   undef leaves a claim out
#   give($node, DATABASE, NAME => TOKEN, ...)       into the table "tokens", for a parameter that a driver would bind
#   enter(NAME)                                     SQL: authenticate() with that token
#   elsewhere(SQL, SECONDS)                         for session(): another session runs that SQL as superuser
#                                                   meanwhile; with SECONDS beside it, so much later
package TenancyToken;

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use Exporter 'import';
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils;
use TenancyNode;
our @EXPORT = qw(%secret base64url ring_of put_ring token give enter elsewhere);

our %secret = (one => 'o' x 32, two => 't' x 40);

sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }

sub ring_of
{
	return '{"keys": [' . join(', ', map { sprintf '{"kid": "%s", "kty": "oct", "alg": "HS256", "k": "%s"}', $_, base64url($secret{$_}) } @_) . ']}';
}

sub put_ring
{
	my ($node, $text, $mode) = @_;
	my $ring = $node->data_dir . '/keys.json';
	unlink $ring;
	append_to_file($ring, $text);
	chmod $mode // oct('0600'), $ring;
	$node->reload;
	return;
}

sub token
{
	my (%claim) = @_;
	my $kid = delete $claim{kid} // 'one';
	my $now = time;
	%claim = (tenant_id => $tenant{a}, exp => $now + 600, iat => $now, %claim);
	my $json = sub { my %h = @_; '{' . join(', ', map { qq("$_": ) . ($h{$_} =~ /^-?\d+(\.\d+)?$/ ? $h{$_} : qq("$h{$_}")) } grep { defined $h{$_} } sort keys %h) . '}' };
	my $signed = base64url($json->(alg => 'HS256', kid => $kid)) . '.' . base64url($json->(%claim));
	return $signed . '.' . base64url(hmac_sha256($signed, $secret{$kid}));
}

sub give
{
	my ($node, $database, %tokens) = @_;
	$node->safe_psql($database, join '', 'CREATE TABLE IF NOT EXISTS tokens (name text PRIMARY KEY, token text); GRANT SELECT ON tokens TO app; TRUNCATE tokens;',
		map { "INSERT INTO tokens VALUES ('$_', '$tokens{$_}');" } sort keys %tokens);
	return;
}

sub enter { return "SELECT tenancy.authenticate((SELECT token FROM tokens WHERE name = '$_[0]'))" }

sub elsewhere
{
	my ($sql, $seconds) = @_;
	my $run = qq(psql -XAtq -U postgres -d app -c "$sql" > /dev/null 2>&1);
	return defined $seconds ? "\\! (sleep $seconds; $run) &\n" : "\\! $run\n";
}

1;

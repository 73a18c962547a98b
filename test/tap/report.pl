# The report of a database whose every name is an attack on it, in a real browser without network.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = tenancy_node('report');
my $tools = "$FindBin::Bin/../tools";
$node->safe_psql('postgres', 'CREATE DATABASE hostile');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('hostile'), '-f', "$tools/report_hostile.sql" ], 'names are made that nobody should make');

my $folder = PostgreSQL::Test::Utils::tempdir;
sub page
{
	my ($name, $sql, %option) = @_;
	my $path = "$folder/$name.html";
	local $ENV{PGCLIENTENCODING} = $option{encoding} // 'UTF8';
	open my $file, '>:raw', $path or die $!;
	print $file $node->safe_psql($option{database} // 'hostile', $sql), "\n";
	close $file;
	return $path;
}

my $page = page('hostile', 'SELECT tenancy.report(data => true)');
my $text = slurp_file($page);
unlike($text, qr/<script|<img|<iframe|<svg onload|[^\x09\x0a\x20-\x7e]/, 'no name is in the page as it is, and the page is ASCII');
like($text, qr/&lt;script&gt;document\.title=&#39;$_&#39;/, "the $_ is") for ('schema', 'role');
like($text, qr/&lt;script&gt;document\.title=&quot;reason&quot;/, 'and so is the reason of a waiver');
is($node->safe_psql('hostile', "SELECT tenancy.report('json')::json #>> '{verdict,grade}'"), 'error', 'the same for CI');
my $other = page('latin', 'SELECT tenancy.report(data => true)', encoding => 'LATIN1');
is(scalar(() = slurp_file($other) =~ /\[U\+202E\]/g), scalar(() = $text =~ /\[U\+202E\]/g), 'a client of another encoding gets the same page');

# Databases of other encodings; bytes that are no text, where the database does not care. (The planner does; of names it reads UTF-8 alone.)
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	$node->safe_psql('postgres', "CREATE DATABASE \L$encoding\E TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	$node->safe_psql(lc $encoding, 'CREATE EXTENSION pg_tenancy');
}
my $latin = page('latin1', "SELECT tenancy.report_html(replace(tenancy.report_facts(false, false)::text, '\"latin1\"', '\"t\xc3\xa4\"'))", database => 'latin1');
like(slurp_file($latin), qr/t&#xE4;/, 'a name in another encoding is shown as what it is');
my $bytes = page('ascii', "SELECT tenancy.report_html(replace(tenancy.report_facts(false, false)::text, '\"sql_ascii\"', E'\"t\\xff\\xe2\\x82\"'))", database => 'sql_ascii', encoding => 'SQL_ASCII');
like(slurp_file($bytes), qr/t&#xFFFD;&#xFFFD;&#xFFFD;/, 'bytes that are no text are shown as such');

# A database in good order.
$node->safe_psql('app', "CREATE TABLE items (tenant_id uuid NOT NULL REFERENCES tenancy.tenants, id int, PRIMARY KEY (tenant_id, id)); SELECT tenancy.protect('items'); SELECT tenancy.enroll('app')");
my $sound = page('sound', 'SELECT tenancy.report(data => true)', database => 'app');
like(slurp_file($sound), qr/<p class="sentence [yw]">Isolation holds for 1 of 1 table; 0 errors, /, 'a database in order holds');

for my $name ([ hostile => $page ], [ sound => $sound ])
{
	my $said = '';
	IPC::Run::run([ "$tools/report_in_browser.sh", $name->[1], "$folder/$name->[0]" ], '>', \$said, '2>&1');
	SKIP: {
		skip $1, 1 if $said =~ /^skip all: (.*)/m;
		note($said);
		for my $line (split /\n/, $said)
		{
			ok(defined $1 && $1 eq 'ok', "$name->[0]: $2") if $line =~ /^(ok|FAIL) (.*)/;
		}
		cmp_ok(scalar(() = $said =~ /^ok /mg), '>=', 16, "$name->[0]: all was looked at");
	}
}

# The browser test can fail: a page in which names are not escaped.
SKIP: {
	my $broken = "$folder/broken.html";
	my $unescaped = $text =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&#39;/'/gr =~ s/&quot;/"/gr;
	open my $file, '>:raw', $broken or die $!;
	print $file $unescaped;
	close $file;
	my $said = '';
	IPC::Run::run([ "$tools/report_in_browser.sh", $broken, "$folder/broken" ], '>', \$said, '2>&1');
	skip $1, 1 if $said =~ /^skip all: (.*)/m;
	like($said, qr/^FAIL page-runs-nothing/m, 'unescaped, they would be elements');
	like($said, qr/^FAIL bare-title/m, 'and run, where no policy stands before');
	unlike($said, qr/^FAIL page-title/m, 'which the policy of the page prevents');
}
$node->stop;
done_testing();

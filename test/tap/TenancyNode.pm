# A private server for the TAP tests, and sessions on it whose every statement is accounted for.
#
#   my $node = tenancy_node('name', preload => 1, conf => [LINES]);   # started, database "app" with
#                                                       # the extension, tenants a, b and c, role app
#   my $seen = session($node, 'app', [ name => SQL, ... ], %options); # one psql session
#   $seen->{name}{state}   SQLSTATE of the last statement of that SQL, '00000' when all is well
#   $seen->{name}{rows}    the lines it printed
#   $seen->{name}{lost}    true when the session ended before
#   $seen->{errors}        what psql wrote to standard error
# A name must be used once per session. Options: options => PGOPTIONS of the connection,
# database, timeout (seconds).
#
# TENANCY_LIBRARY_PATH in the environment: a folder whose pg_tenancy.so is tested instead of the
# installed one.
package TenancyNode;

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Exporter 'import';
our @EXPORT = qw(tenancy_node session rows state %tenant);

our %tenant = map { $_ => "00000000-0000-4000-8000-00000000000$_" } qw(a b c);

sub tenancy_node
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', join("\n",
		($option{preload} // 1) ? "shared_preload_libraries = 'pg_tenancy'" : (),
		$ENV{TENANCY_LIBRARY_PATH} ? "dynamic_library_path = '$ENV{TENANCY_LIBRARY_PATH}:\$libdir'" : (),
		'autovacuum = off', @{ $option{conf} // [] }) . "\n");
	$node->start;
	# initdb names the superuser after the operating system's user.
	$node->safe_psql('postgres', "DO \$\$ BEGIN CREATE ROLE postgres SUPERUSER LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$");
	$node->safe_psql('postgres', 'CREATE DATABASE app');
	$node->safe_psql('app', join("\n",
		'CREATE EXTENSION pg_tenancy; CREATE ROLE app LOGIN;',
		map { "SELECT tenancy.create_tenant('$_', '$_', id => '$tenant{$_}');" } sort keys %tenant));
	return $node;
}

sub session
{
	my ($node, $role, $steps, %option) = @_;
	my (@order, $script);
	my @left = @$steps;
	while (my ($name, $sql) = splice(@left, 0, 2))
	{
		push @order, $name;
		$script .= "\\echo \@begin $name\n$sql\n\\echo \@end :SQLSTATE\n";
	}
	my ($out, $errors) = ('', '');
	local $ENV{PGOPTIONS} = $option{options} // '';
	$node->psql($option{database} // 'app', $script,
		stdout => \$out, stderr => \$errors, on_error_stop => 0,
		timeout => $option{timeout} // $PostgreSQL::Test::Utils::timeout_default,
		extra_params => [ '-U', $role ]);
	my %seen = (errors => $errors);
	$seen{$_} = { state => 'none', rows => [], lost => 1 } for @order;
	my $now;
	for (split /\n/, $out)
	{
		if    (/^\@begin (.*)$/) { $now = $1; $seen{$now}{rows} = [] }
		elsif (/^\@end (\S*)$/ && defined $now) { $seen{$now}{state} = $1; $seen{$now}{lost} = 0; $now = undef }
		elsif (defined $now) { push @{ $seen{$now}{rows} }, $_ }
	}
	return \%seen;
}

sub rows  { return join("\n", @{ $_[0]{ $_[1] }{rows} }) }
sub state { return $_[0]{ $_[1] }{state} }

1;

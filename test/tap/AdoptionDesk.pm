# The service desk of examples/servicedesk in a database of its own, ready to be adopted, and what is compared of it
# afterwards: rows, and the schema as pg_dump writes it.
package AdoptionDesk;

use strict;
use warnings;
use FindBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Exporter 'import';
our @EXPORT = qw(make_desk copy_of decide digest schema_of steps_left adopt);

my $desk = "$FindBin::RealBin/../../examples/servicedesk";

# Where rows of each table get their tenant from, in order of preference.
our %derivations = (
	'"ServiceRequest"' => [ '"clientId" -> users."tenantId"', '"serviceId" -> services."tenantId"' ],
	'bookings' => [ '"clientId" -> users."tenantId"', '"serviceRequestId" -> "ServiceRequest"."tenantId"', '"serviceId" -> services."tenantId"' ],
	'"WorkOrder"' => [ '"serviceRequestId" -> "ServiceRequest"."tenantId"', '"bookingId" -> bookings."tenantId"', '"clientId" -> users."tenantId"', '"serviceId" -> services."tenantId"' ],
	'invoices' => [ '"bookingId" -> bookings."tenantId"', '"clientId" -> users."tenantId"' ],
	'"Attachment"' => [ '"serviceRequestId" -> "ServiceRequest"."tenantId"' ],
);

sub make_desk
{
	my ($node, $database, $size) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	for my $file ('schema.sql', 'generate.sql')
	{
		my ($code, $out, $err) = $node->psql($database, slurp_file("$desk/$file"), extra_params => [ '-v', "size=$size" ]);
		die $err if $code;
	}
	$node->safe_psql($database, q{ANALYZE; CREATE EXTENSION pg_tenancy; SELECT tenancy.use_tenant_table('servicedesk."Tenant"', 'id')});
	return;
}

sub decide
{
	my ($node, $database) = @_;
	for my $table (sort keys %derivations)
	{
		my $paths = join ', ', map { "'$table.$_'" } @{ $derivations{$table} };
		$node->safe_psql($database, "SELECT tenancy.set_derivation('servicedesk.$table', ARRAY[$paths])");
	}
	return;
}

sub copy_of
{
	my ($node, $database, $copy) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $copy TEMPLATE $database");
	return $copy;
}

# Exit code and messages.
sub adopt
{
	my ($node, $database, $options) = @_;
	my ($code, $out, $err) = $node->psql($database, "CALL tenancy.adopt('servicedesk', 'tenantId'" . ($options // '') . ')');
	return ($code, $err);
}

sub digest
{
	my ($node, $database) = @_;
	my ($code, $out, $err) = $node->psql($database, slurp_file("$desk/digest.sql"));
	die $err if $code;
	return $out;
}

sub schema_of
{
	my ($node, $database) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ $node->installed_command('pg_dump'), '-s', '-n', 'servicedesk', '-d', $node->connstr($database) ], '>', \$out, '2>', \$err) or die $err;
	# A token of pg_dump's own, another one each time.
	return join "\n", grep { !/^\\(un)?restrict / } split /\n/, $out;
}

sub steps_left
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{SELECT count(*) FROM tenancy.plan('servicedesk', 'tenantId', adopt => true) WHERE phase IN ('columns', 'fill', 'keys')});
}

1;

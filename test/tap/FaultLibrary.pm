# The library with its fault points (src/pg/fault.hpp), built from TENANCY_SRC or the tree this file lies in.
#
#   my $source = fault_sources();                 # undef without sources
#   my ($folder, %points) = fault_library($source);   # pg_tenancy.so in it; names of fault points
# Built once for all tests of a run, in TESTDIR.
package FaultLibrary;

use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use File::Basename;
use File::Copy;
use File::Path qw(make_path);
use FindBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';
our @EXPORT = qw(fault_sources fault_library);

sub fault_sources
{
	my $source = $ENV{TENANCY_SRC} || dirname(dirname($FindBin::RealBin));
	return -e "$source/src/pg/fault.cpp" && -e "$source/Makefile" ? $source : undef;
}

sub fault_library
{
	my ($source) = @_;
	my @files = grep { -f && /(Makefile|\.(control|cpp|hpp|sql|txt|list))$/ }
	  glob("$source/Makefile $source/pg_tenancy.control $source/src/* $source/src/*/*");
	my (%points, %text);
	for my $file (@files)
	{
		$text{$file} = slurp_file($file);
		next unless $file =~ /pp$/;
		$points{$1} = 1 while $text{$file} =~ /TENANCY_FAULT_POINT\("(\w+)"\)/g;
	}
	my $config = $ENV{PG_CONFIG} || 'pg_config';
	my $folder = ($ENV{TESTDIR} || PostgreSQL::Test::Utils::tempdir) . '/fault_library_'
	  . sha1_hex(join "\0", $config, map { ($_, $text{$_}) } sort keys %text);
	return ($folder, %points) if -e "$folder/built";
	for my $file (@files)
	{
		(my $copy = $file) =~ s/^\Q$source\E/$folder/;
		make_path(dirname($copy));
		copy($file, $copy) or die "$file: $!";
	}
	# -O1 -g0: quicker to compile; what is tested is the same.
	local %ENV = %ENV;
	delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
	my $said = '';
	my $done = IPC::Run::run(
		[ 'make', '-C', $folder, '-j2', 'with_llvm=no', "PG_CONFIG=$config",
			'EXTRA_CXXFLAGS=-DTENANCY_FAULT_INJECTION -O1 -g0', 'pg_tenancy.so' ],
		'<', \undef, '>', \$said, '2>&1');
	$done or BAIL_OUT("the fault-injection build fails:\n" . substr($said, -3000));
	append_to_file("$folder/built", '');
	return ($folder, %points);
}

1;

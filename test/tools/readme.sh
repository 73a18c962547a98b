#!/usr/bin/env bash
# Runs the SQL of README.md, or of the Markdown file that is given: what it shows is true.
#
#   readme.sh [FILE]
#
# The ```sql blocks run in order, in one psql session on a fresh database. All of their statements
# must succeed. Of a block marked ```sql error the last statement, and only that, must fail, with
# the SQLSTATE that the block's first line names: `-- 42501`. Prints one ok or FAIL per block.
#
# Uses the server of the environment if TENANCY_TEST_SERVER is set (test/tools/run_all.sh does),
# else a private one. The extension must be installed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readme=${1:-$root/README.md}
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"

work=$(mktemp -d /tmp/pg_tenancy_readme.XXXXXX)
chmod 755 "$work"
trap 'cluster_stop "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -z "${TENANCY_TEST_SERVER:-}" ]; then
    pg_env
    cluster_start "$work"
fi

# The script has the README's line numbers, so that psql's messages name the right lines: prose
# becomes empty lines, the fences become markers on standard error, where the errors are too.
perl -ne '
    chomp;
    if (!$inside && /^\s*```sql\b\s*(.*)$/) { $inside = 1; $_ = "\\warn \@begin $. $1" }
    elsif ($inside && /^\s*```\s*$/) { $inside = 0; $_ = "\\warn \@end :SQLSTATE" }
    elsif (!$inside) { $_ = "" }
    print "$_\n";
' "$readme" >"$work/README.md"

"$PGBIN/dropdb" --if-exists readme_test 2>/dev/null || :
"$PGBIN/createdb" readme_test
(cd "$work" && "$PGBIN/psql" -X -q -d readme_test -f README.md) \
    >"$work/out" 2>"$work/err" </dev/null || :

# The verdict on every block, from the README (what should happen) and the markers (what did).
perl - "$readme" "$work/err" <<'PERL'
use strict;
use warnings;
my ($readme, $errors) = @ARGV;
my ($name) = $readme =~ m{([^/]+)$};
my (%want, %last, @blocks, $begin);
open my $in, '<', $readme or die "$readme: $!\n";
while (<$in>) {
    if (!$begin && /^\s*```sql\b\s*(.*?)\s*$/) {
        push @blocks, $begin = $.;
        $want{$begin} = $1 eq '' ? 'success' : $1;
    } elsif ($begin && /^\s*```\s*$/) {
        $begin = undef;
    } elsif ($begin) {
        # `sql error` becomes the SQLSTATE of the block's first line.
        $want{$begin} = $1 if $want{$begin} eq 'error' && /^--\s*([0-9A-Z]{5})\b/ && $. == $begin + 1;
        s/\s--\s.*//;
        $last{$begin} = $_ if /\S/ && !/^\s*--/;
    }
}
my (%state, %complaints);
$begin = undef;
open $in, '<', $errors or die "$errors: $!\n";
while (<$in>) {
    if (/^\@begin (\d+)/) { $begin = $1; $complaints{$begin} = [] }
    elsif (/^\@end (\S+)/) { $state{$begin} = $1; $begin = undef }
    elsif ($begin && /^psql:\S+ (?!(?:NOTICE|WARNING|INFO|DEBUG|LOG):)/) { chomp; push @{$complaints{$begin}}, $_ }
}
my $failed = 0;
for my $block (@blocks) {
    my @said = @{$complaints{$block} // []};
    my $wrong;
    if ($want{$block} eq 'error') { $wrong = 'the first line names no SQLSTATE' }
    elsif ($want{$block} !~ /^(success|[0-9A-Z]{5})$/) { $wrong = "unknown mark \"$want{$block}\"" }
    elsif (!defined $last{$block} || $last{$block} !~ /;\s*$|^\s*\\|\\g\w*\s*$/) { $wrong = 'the last statement has no end' }
    elsif (!$complaints{$block}) { $wrong = 'psql ended before it' }
    elsif (!defined $state{$block}) { $wrong = "psql ended in it: @said" }
    elsif ($want{$block} eq 'success') { $wrong = "@said" if @said }
    elsif (@said == 0) { $wrong = "no error, expected $want{$block}" }
    elsif (@said > 1) { $wrong = "more than one error: @said" }
    elsif ($state{$block} ne $want{$block}) { $wrong = "SQLSTATE $state{$block}, expected $want{$block}: @said" }
    print defined $wrong ? "FAIL $name:$block: $wrong\n" : "ok $name:$block\n";
    $failed++ if defined $wrong;
}
exit($failed ? 1 : 0);
PERL

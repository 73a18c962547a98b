#!/usr/bin/env bash
# Every block of docs/CONNECTING.md, or of the file that is given, stands in a program that runs: the
# fence names it, ```js test/clients/node/shop.js, and its lines are found there one after the other,
# the block as a whole indented as it may be. Prints one ok or FAIL per block.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec perl - "${1:-docs/CONNECTING.md}" <<'PERL'
use strict;
use warnings;
my ($document) = @ARGV;
my ($name) = $document =~ m{([^/]+)$};
my ($failed, $blocks, $begin, $where, $text) = (0, 0);
sub verdict {
    my $wrong = !$where ? 'names no program' : !-f $where ? "no $where" : undef;
    if (!$wrong) {
        open my $in, '<', $where or die "$where: $!\n";
        my $program = do { local $/; <$in> };
        # At the beginning of a line, with one indentation for all lines that are not empty.
        my @lines = map { $_ eq '' ? '\n' : '\g{indent}' . quotemeta($_) . '\n' } split /\n/, $text;
        $lines[0] =~ s/^\\g\{indent\}/(?<indent>[ \\t]*)/ if @lines;
        my $pattern = '^' . join '', @lines;
        $wrong = 'is empty' if !@lines;
        $wrong //= "is not in $where" if $program !~ /$pattern/m;
    }
    print defined $wrong ? "FAIL $name:$begin: the block $wrong\n" : "ok $name:$begin is in $where\n";
    $failed++ if defined $wrong;
    $blocks++;
}
open my $in, '<', $document or die "$document: $!\n";
while (<$in>) {
    if (!$begin && /^\s*(?:```|~~~)\s*(?:\S+\s+(\S+))?/) { ($begin, $where, $text) = ($., $1, '') }
    elsif ($begin && /^\s*(?:```|~~~)\s*$/) { verdict(); $begin = undef }
    elsif ($begin) { $text .= $_ }
}
if ($begin || !$blocks) { print "FAIL $name: ", ($begin ? "the block of line $begin has no end" : 'no block'), "\n"; $failed++ }
exit($failed ? 1 : 0);
PERL

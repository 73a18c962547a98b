# shellcheck shell=bash
# Shared by the static checks; to be sourced. Every check takes the tree's folder as its only
# argument (this repository if there is none) and prints one `ok NAME` or `FAIL NAME: where` per
# rule, further places indented below; its exit status is nonzero after a FAIL.
set -euo pipefail
export LC_ALL=C
STATIC_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd "${1:-$STATIC_DIR/../..}" && pwd)
cd "$TREE"
# shellcheck disable=SC2034 # read in the trap
status=0
trap 'code=$?; exit $((code ? code : status))' EXIT

# verdict NAME VIOLATIONS: the violations are lines, none if the rule holds
verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "FAIL $1: ${2//$'\n'/$'\n    '}"
        # shellcheck disable=SC2034
        status=1
    fi
}

# files "FOLDER..." ENDING...: the files below the folders, sorted
files() {
    local folder ending
    for folder in $1; do
        [ -d "$folder" ] || continue
        for ending in "${@:2}"; do
            find "$folder" -type f -name "*.$ending"
        done
    done | sort
}

# code cpp|sql: reads file names, prints `FILE:LINE:TEXT` without comments (see CodeOnly.pm)
code() {
    perl -I"$STATIC_DIR" -MCodeOnly -e '
        my $strip = CodeOnly->can(shift);
        while (my $file = <STDIN>) {
            chomp $file;
            next if $file eq "";
            my $line = 0;
            print "$file:", ++$line, ":$_\n" for split /\n/, $strip->($file);
        }
    ' "$1"
}

# matches cpp|sql PATTERN: reads file names, prints FILE:LINE of every match; may span lines
matches() {
    perl -I"$STATIC_DIR" -MCodeOnly -e '
        my ($strip, $pattern) = (CodeOnly->can(shift), shift);
        while (my $file = <STDIN>) {
            chomp $file;
            next if $file eq "";
            CodeOnly::each_match($strip->($file), qr/$pattern/, sub { print "$file:$_[1]\n" });
        }
    ' "$1" "$2"
}

# like grep, but finding nothing is no error
find_in() { grep "$@" || [ $? = 1 ]; }

#!/usr/bin/env bash
# The version is written in two files: pg_tenancy.control and, twice, META.json.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

control=$(sed -nE "s/^default_version *= *'(.*)'/\1/p" pg_tenancy.control)
verdict version-everywhere "$(perl -MJSON::PP -0777 -ne '
    BEGIN { $control = shift }
    my $meta = decode_json($_);
    for ($meta->{version}, $meta->{provides}{pg_tenancy}{version}) {
        print "META.json: ", $_ // "none", ", pg_tenancy.control: $control\n"
            if ($_ // "") ne $control;
    }' "$control" META.json)"

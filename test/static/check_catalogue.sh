#!/usr/bin/env bash
# docs/SECURITY.md against what it speaks of: every row of its catalogue of attacks has an attack in
# test/threats/attacks or names a test that is there, every attack has a row, and the doors it lists are
# those of src/guard/door.hpp, through which nothing else goes.
# shellcheck source=test/static/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
page=docs/SECURITY.md

# `ROW TEXT` of the catalogue's tables: | A1 | channel | outcome | by | tried by |
rows=$(sed -nE 's/^\| ([ABRWOFG][0-9]+) \|(.*)$/\1 \2/p' $page 2>/dev/null || :)
tried=$(sed -nE 's/^--@ ([A-Z]+[0-9]+)\.[a-z_0-9]+: .*/\1/p' test/threats/attacks/*.sql 2>/dev/null | sort -u || :)
verdict catalogue-complete "$({
    [ -n "$rows" ] || echo "$page has no catalogue"
    while read -r row text; do
        [ -n "$row" ] || continue
        if grep -qx "$row" <<<"$tried"; then continue; fi
        test=$(grep -oE '`(sql|test)/[^` ]+`' <<<"$text" | tr -d '`' | head -n 1 || :)
        if [ -z "$test" ] || [ ! -e "$test" ]; then echo "$row is tried by nothing: no attack of that name, no test"; fi
    done <<<"$rows"
    comm -23 <(echo "$tried") <(cut -d' ' -f1 <<<"$rows" | sort -u) | sed 's/$/ is tried, and not in the catalogue/'
} || :)"

listed=$(sed -nE 's/^ +\{"([a-z_]+)", "[^"]*"\},$/\1/p' src/guard/door.hpp 2>/dev/null | sort || :)
shown=$(sed -nE 's/^\| `([a-z_]+)\(\)` \| door \|.*/\1/p' $page 2>/dev/null | sort || :)
verdict doors-listed "$({
    [ "$listed" = "$shown" ] || echo "src/guard/door.hpp has \"${listed//$'\n'/ }\", $page shows \"${shown//$'\n'/ }\""
    files src cpp hpp | grep -v '^src/guard/door\.' | code cpp | grep -E 'through_door' | grep -vE 'Door::[a-z_]+' || :
} || :)"

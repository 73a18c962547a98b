#!/usr/bin/env bash
# A rule of lint is its entry in lint_rules(), a page docs/lint/RULE.md that the index has, and tests.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

rules=$(sed -nE 's/^ *\{"([a-z_]+)", "[a-z]+", (error|warning|info), ".*", lint_[a-z_]+\},$/\1/p' src/core/lint.cpp | sort)
pages=$(for page in docs/lint/*.md; do basename "$page" .md; done | grep -v '^README$' | sort)

violations=''
[ -n "$rules" ] || violations+='src/core/lint.cpp: no rules'$'\n'
while read -r rule; do
    [ -z "$rule" ] || violations+="src/core/lint.cpp: no docs/lint/$rule.md"$'\n'
done < <(comm -23 <(echo "$rules") <(echo "$pages"))
while read -r page; do
    violations+="docs/lint/$page.md: no such rule"$'\n'
done < <(comm -13 <(echo "$rules") <(echo "$pages"))
verdict lint-rules-have-pages "${violations%$'\n'}"

# Each part of a page, once; its first line; and its line in the index, with title and level as in the source.
violations=''
for rule in $rules; do
    page=docs/lint/$rule.md
    [ -f "$page" ] || continue
    [ "$(head -1 "$page")" = "# $rule" ] || violations+="$page: begins otherwise"$'\n'
    for part in Finds Why Level Run Waive; do
        [ "$(find_in -cE "^\*\*$part\*\* ." "$page")" = 1 ] || violations+="$page: $part"$'\n'
    done
    entry=$(sed -nE "s/^ *\{\"$rule\", \"[a-z]+\", ([a-z]+), \"(.*)\", lint_[a-z_]+\},$/- [$rule]($rule.md): \2 (\1)/p" src/core/lint.cpp)
    grep -qxF -- "$entry" docs/lint/README.md || violations+="docs/lint/README.md: $rule"$'\n'
done
verdict lint-pages-are-complete "${violations%$'\n'}"

# By its name as a word, in a unit test and in what the regression tests expect to be found, but for those that SQL cannot plant.
violations=''
for rule in $rules; do
    grep -qw "$rule" test/unit/lint_*_test.cpp || violations+="src/core/lint.cpp: $rule is in no unit test"$'\n'
    grep -qw "$rule" sql/lint_finds_every_hole.sql expected/lint_finds_every_hole.out 2>/dev/null ||
        violations+="src/core/lint.cpp: $rule is not in sql/lint_finds_every_hole.sql"$'\n'
done
verdict lint-rules-are-tested "${violations%$'\n'}"

#!/usr/bin/env bash
# What comes in pairs: a test and its expected output, a core file and its unit test.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

# pair FOLDER1 ENDING1 FOLDER2 ENDING2: files of the first without a partner in the second.
# foo_1.out is an alternative output of foo.
pair() {
    local file name
    for file in "$1"/*."$2"; do
        [ -e "$file" ] || continue
        name=$(basename "$file" ".$2")
        [ -e "$3/$name.$4" ] || [ -e "$3/${name%_[0-9]}.$4" ] ||
            echo "$file: no $3/$name.$4"
    done
}
specs=test/isolation/specs outs=test/isolation/expected
verdict sql-has-expected "$(pair sql sql expected out)"
verdict expected-has-sql "$(pair expected out sql sql)"
verdict spec-has-expected "$(pair $specs spec $outs out)"
verdict expected-has-spec "$(pair $outs out $specs spec)"

# src/core/NAME.cpp has test/unit/NAME_test.cpp, which includes NAME.hpp, or, where the file
# implements a part of another header, some header of the core.
violations=''
for source in $(files src/core cpp); do
    name=$(basename "$source" .cpp)
    header=$name.hpp
    [ -f "src/core/$header" ] || header=
    grep -qsF "#include \"core/$header" "test/unit/${name}_test.cpp" ||
        violations+="$source: no test/unit/${name}_test.cpp that includes core/$header"$'\n'
done
verdict core-has-unit-test "${violations%$'\n'}"

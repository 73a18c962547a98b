#!/usr/bin/env bash
# Proof that the checks can fail: in a copy of the tree with a violation of every rule, no rule may
# hold; and nothing in the file that only looks like violations may be reported.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

copy=$(mktemp -d)
trap 'code=$?; rm -rf "$copy"; exit $((code ? code : status))' EXIT
mkdir -p "$copy"/{src/{core,guard},sql,expected,examples/servicedesk,test/unit,test/isolation/{specs,expected},.ci}
cp -R src test docs "$copy"
cp Makefile META.json pg_tenancy.control "$copy"
find "$copy" -name '*.o' -delete
cd "$copy" || exit

# ---- violations ----
cat >src/guard/planted.cpp <<'CPP'
#include "utils/rel.h"
#include <iostream>
void planted()
{
    ereport(ERROR,
            (errmsg("no errcode( outside of this string"), errdetail("%d", f(1))));
    elog(ERROR, "planted");
    PG_TRY();
}
CPP
printf '// a line%.0s\n' {1..450} >>src/guard/planted.cpp
echo '#include "pg/entry.hpp"' >src/core/planted.hpp
echo 'struct Schema {' >>src/core/planted.hpp
touch src/core/planted.cpp
sed -i 's/^ *{"drift", .*/&\n        {"planted_rule", "rls", error, "planted", lint_planted},/' src/core/lint.cpp
sed -i 's/^\*\*Why/**Planted/' docs/lint/drift.md
sed -i 's/find_tenant", "/planted_door", "/' src/guard/door.hpp
sed -i 's/^| B1 |/| Z1 |/' docs/SECURITY.md
touch sql/planted.sql expected/unpaired.out expected/servicedesk_has_every_trap.out
printf '```text\nplanted\n```\n' >examples/servicedesk/README.md
touch test/isolation/specs/planted.spec test/isolation/expected/unpaired.out
cat >src/planted.sql <<'SQL'
CREATE OR
REPLACE VIEW tenancy.planted AS SELECT 1;
CREATE TABLE IF NOT EXISTS tenancy.planted (i int);
DO $$ BEGIN EXECUTE 'create role planted'; END $$;
CREATE FUNCTION tenancy.planted() RETURNS void LANGUAGE sql
SET search_path = public SECURITY DEFINER
AS $$ SELECT 'SET search_path = pg_catalog, pg_temp'; $$;
SQL
sed -i 's|^SQL_PARTS *=|& src/planted_missing.sql|' Makefile
sed -i '0,/"version"/s/"version": *"/&9./' META.json
echo 'if true; then' >.ci/planted.sh
cat >planted.c <<'C'
extern void planted_missing(void);
extern int __cxa_atexit(void (*)(void *), void *, void *);
void planted_end(void *argument) { (void) argument; }
__attribute__((constructor)) void planted_start(void)
{
    planted_missing();
    __cxa_atexit(planted_end, 0, 0);
}
C
"${CXX:-g++}" -x c -shared -fPIC -Wl,--no-as-needed planted.c -o pg_tenancy.so -nodefaultlibs -lc

# ---- things that only look like violations ----
cat >src/guard/innocent.cpp <<'CPP'
// ereport(ERROR, errmsg("x")); elog(ERROR, "x"); PG_TRY(); #include "postgres.h"
/* #include <iostream>
   elog(ERROR) */
const char *innocent = "elog(ERROR) \" // PG_TRY ereport(";
const int thousand = 1'000; // it's one
void f() { ereport(ERROR, (errmsg(")"), errcode(ERRCODE_INTERNAL_ERROR))); }
CPP
cat >src/innocent.sql <<'SQL'
-- CREATE OR REPLACE, it's a comment; CREATE ROLE
CREATE FUNCTION tenancy.innocent() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, tenancy, pg_temp
AS $body$ BEGIN IF NOT EXISTS (SELECT ';') THEN NULL; END IF; END $body$;
SQL
sed -i 's|^SQL_PARTS *=|& src/innocent.sql|' Makefile

output=$(for check in "$STATIC_DIR"/check_*.sh; do
    bash "$check" "$copy" 2>&1 || :
done)
verdict selftest "$({
    grep -vE '^(FAIL |    )' <<<"$output"
    grep innocent <<<"$output"
} || :)"

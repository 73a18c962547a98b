# pg_tenancy: a PGXS module in C++20. `make help` lists the targets for people.

EXTENSION  = pg_tenancy
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(srcdir_)pg_tenancy.control)
MODULE_big = pg_tenancy

srcdir_ := $(dir $(firstword $(MAKEFILE_LIST)))

# Every .cpp of the rooms is part of the library; a file is found by its name.
SOURCES = $(sort $(patsubst $(srcdir_)%,%,$(wildcard $(srcdir_)src/*.cpp $(srcdir_)src/*/*.cpp)))
OBJS    = $(SOURCES:.cpp=.o)

# The install script: the SQL parts of the rooms, in the order they build on each other.
SQL_PARTS = src/extension.sql src/tenants/ids.sql src/tenants/tenants.sql \
            src/context/context.sql src/context/tokens.sql src/tenants/lifecycle.sql src/guard/guard.sql src/guard/door.sql \
            src/guard/enroll.sql src/adopt/references.sql src/protect/snapshot.sql src/protect/protect.sql \
            src/protect/soft_delete.sql src/protect/watch.sql src/protect/status.sql \
            src/adopt/classify.sql src/adopt/derivations.sql src/adopt/orphans.sql \
            src/adopt/assign.sql src/adopt/archive.sql src/adopt/undo.sql src/adopt/keys.sql \
            src/adopt/plan.sql src/adopt/adopt.sql src/adopt/run.sql src/adopt/backfill.sql src/adopt/observe.sql \
            src/assure/surroundings.sql src/assure/lint.sql src/assure/prove_rows.sql src/assure/prove.sql src/assure/prove_run.sql src/assure/explain.sql src/assure/report.sql \
            src/models/triggers.sql src/models/models.sql
# Scripts of the models, NAME.sql and NAME--FROM--TO.sql, as rows of tenancy.model_scripts.
MODELS = $(sort $(wildcard $(srcdir_)models/*.sql))
# The command for people: bin, with the core in it.
COMMAND_OBJS  = $(patsubst $(srcdir_)%.cpp,%.o,$(sort $(wildcard $(srcdir_)bin/*.cpp)))
CORE_OBJS     = $(filter src/core/%,$(OBJS))
SCRIPTS_built = bin/pg_tenancy

DATA_built = $(EXTENSION)--$(EXTVERSION).sql

REGRESS        = $(sort $(patsubst $(srcdir_)sql/%.sql,%,$(wildcard $(srcdir_)sql/*.sql)))
REGRESS_OPTS   = --inputdir=$(srcdir_) --load-extension=pg_tenancy
ISOLATION      = $(sort $(patsubst $(srcdir_)test/isolation/specs/%.spec,%,$(wildcard $(srcdir_)test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir_)test/isolation --load-extension=pg_tenancy

PG_CONFIG ?= pg_config
# -isystem keeps warnings about the server's own headers out of ours.
PG_CPPFLAGS  = -I$(srcdir_)src -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CXXFLAGS  = -std=c++20 -Wall -Wextra -Wshadow -Wconversion -Wno-deprecated-declarations \
               -fvisibility=hidden -MMD -MP $(EXTRA_CXXFLAGS)
# Signatures of tokens: OpenSSL 3.
SHLIB_LINK   += -lcrypto
# Only what the server must find; two modules share one symbol scope.
SHLIB_EXPORTS = src/exports.txt
EXTRA_CLEAN   = $(OBJS:.o=.d) $(COMMAND_OBJS) $(COMMAND_OBJS:.o=.d) $(DATA_built) build

# Link with the C++ driver, so that libstdc++ is a dependency of the library itself.
override COMPILER = $(CXX) $(CXXFLAGS)

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PGXS's bitcode rule ignores PG_CXXFLAGS; without -std=c++20 it does not compile.
COMPILE.cxx.bc += $(filter-out -MMD -MP,$(PG_CXXFLAGS))
# VPATH builds need the folders of the objects.
$(shell mkdir -p bin $(sort $(dir $(OBJS))))
-include $(OBJS:.o=.d) $(COMMAND_OBJS:.o=.d)

bin/pg_tenancy: $(COMMAND_OBJS) $(CORE_OBJS)
	$(CXX) $(CXXFLAGS) -o $@ $^ $(LDFLAGS) $(LDFLAGS_EX) $(libpq) -lcrypto
$(COMMAND_OBJS): override CPPFLAGS += -I$(shell $(PG_CONFIG) --includedir) -Ibuild/command -DTENANCY_VERSION='"$(EXTVERSION)"'
bin/lint.o: build/command/queries.hpp
build/command/queries.hpp: $(addprefix $(srcdir_),bin/queries.sh src/protect/snapshot.sql src/assure/surroundings.sql)
	@mkdir -p $(@D)
	$^ >$@.new
	mv $@.new $@

$(DATA_built): $(addprefix $(srcdir_),$(SQL_PARTS)) $(MODELS) $(srcdir_)models/embed.sh $(srcdir_)pg_tenancy.control
	@printf '%s\n' '\echo Use "CREATE EXTENSION pg_tenancy" to load this file. \quit' > $@
	cat $(addprefix $(srcdir_),$(SQL_PARTS)) >> $@
	$(srcdir_)models/embed.sh $(MODELS) >> $@

# ---- for people -------------------------------------------------------------
.PHONY: help demo test test-clients prove-live soak docs bench bench-gate static unit fuzz format
help:
	@echo "make demo        install what is missing, build, show the product on a private cluster"
	@echo "make test        install what is missing, build, run every suite on a private cluster"
	@echo "make test-clients  install drivers and PgBouncer, run what docs/CONNECTING.md shows through them"
	@echo "make prove-live  what prove() cannot show within one transaction: connections, COPY, a session without the library"
	@echo "make soak        the long forms of what make test runs short; about an hour"
	@echo "make docs        build, install, write docs/DATABASE_SCHEMA.md from a private cluster"
	@echo "make bench       instruction counts of protected statements as ratios to unprotected ones"
	@echo "make bench-gate  the same for what has a goal, and fails past it"
	@echo "make unit        Boost.Test suite of src/core (needs no server)"
	@echo "make fuzz        fuzz targets of src/core, each for FUZZ_SECONDS=60 (needs clang)"
	@echo "make static      shell checks of the source tree and the built library"
	@echo "make install     as root; make installcheck runs pg_regress on your own server"
demo:
	@$(srcdir_)test/tools/demo.sh
test:
	@$(srcdir_)test/tools/run_all.sh
test-clients:
	@$(srcdir_)test/clients/run.sh --build
soak:
	@$(srcdir_)test/tools/run_all.sh soak
prove-live:
	@$(srcdir_)test/tools/run_all.sh live
docs:
	@$(srcdir_)test/tools/build.sh build >/dev/null && $(srcdir_)test/tools/build.sh install >/dev/null
	@$(srcdir_)docs/schema.sh
bench:
	@$(srcdir_)bench/run.sh
bench-gate:
	@$(srcdir_)bench/run.sh --gate
static:
	@$(srcdir_)test/static/run.sh
unit:
	cmake -S $(srcdir_) -B build/unit -DCMAKE_BUILD_TYPE=Debug && cmake --build build/unit -j2 && ctest --test-dir build/unit --output-on-failure
fuzz:
	@$(srcdir_)test/tools/fuzz.sh
format:
	clang-format -i $(addprefix $(srcdir_),$(SOURCES)) $(wildcard $(srcdir_)src/*/*.hpp $(srcdir_)test/unit/*.cpp $(srcdir_)test/fuzz/*.?pp)

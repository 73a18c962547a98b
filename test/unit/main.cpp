// The unit test program of the core: one file for each core unit, found by its name.
//
// build/unit/unit --list_content lists the cases; --run_test=<suite>/<case> runs some of them.
#define BOOST_TEST_MODULE pg_tenancy_core
#include <boost/test/unit_test.hpp>

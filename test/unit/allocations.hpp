// How often the test program has called operator new: to see that what runs for every row allocates
// nothing.
#pragma once

#include <cstddef>

extern std::size_t allocations;

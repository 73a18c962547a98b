// Fault injection for the tests of the wall. In a normal build a fault point is nothing at all.
//
// With -DTENANCY_FAULT_INJECTION, `SET tenancy.fault = 'scan'` makes every wrapper of that name
// raise ERROR 58000 just before it does its work. test/tap/faults.pl knows every name.
// 'KIND:scan' does something else, 'KIND:scan:3' at the third time only: memory (53200), cancel, terminate and
// kill (signals to itself), wait (for a signal or timeout from outside, ten seconds), fault.
#pragma once

#ifdef TENANCY_FAULT_INJECTION
namespace tenancy::pg {
void fault_point(const char *name);
void define_fault_setting();
} // namespace tenancy::pg
#define TENANCY_FAULT_POINT(name) tenancy::pg::fault_point(name)
#else
#define TENANCY_FAULT_POINT(name) static_cast<void>(0)
#endif

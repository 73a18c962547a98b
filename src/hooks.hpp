// All hooks of the server that the library takes, in one place: what happens at each point of a
// statement's way is read here from top to bottom. Each calls the previous hook or the standard
// function exactly once.
#pragma once

namespace tenancy {

void install_hooks();

} // namespace tenancy

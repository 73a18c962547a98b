// The keys by which signed tokens are verified: a JWK Set (core/key_ring.hpp) in the file that the
// setting tenancy.keyring_file names, relative to the data directory.
//
// Each backend reads it when it first needs it, and again when the server's configuration was
// reloaded since. The file must be a regular one that belongs to the server's user and is readable
// by nobody else (mode 0600 or less). A file that is not so, or is no such set, is one line in the
// log; the keys that were read before stay, and where there are none no token is believed.
#pragma once

#include "core/key_ring.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

// Lives until the next call. nullptr: no keys.
const core::KeyRing *key_ring();

void define_key_file();

} // namespace tenancy::context

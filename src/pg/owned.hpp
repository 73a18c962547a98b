// A C++ object that lives as long as a memory context of the server.
#pragma once

#include "pg/entry.hpp"

namespace tenancy::pg {

// Made with its default constructor; its destructor must not raise.
template <typename T> T *owned_by(MemoryContext context)
{
    MemoryContextCallback *callback = static_cast<MemoryContextCallback *>(
        MemoryContextAlloc(context, sizeof(MemoryContextCallback)));
    T *object = entry([] { return new T(); });
    callback->func = [](void *made) { delete static_cast<T *>(made); };
    callback->arg = object;
    MemoryContextRegisterResetCallback(context, callback);
    return object;
}

} // namespace tenancy::pg

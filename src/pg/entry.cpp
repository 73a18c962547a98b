#include "pg/entry.hpp"

namespace tenancy::pg {

namespace {

void copy(char *to, std::size_t size, const char *from) noexcept
{
    std::size_t length = std::strlen(from);
    if (length >= size)
        length = size - 1;
    std::memcpy(to, from, length);
    to[length] = '\0';
}

} // namespace

void describe_current_exception(CaughtError *out) noexcept
{
    out->sqlstate = ERRCODE_INTERNAL_ERROR;
    out->detail[0] = out->hint[0] = '\0';
    try {
        throw;
    } catch (const core::Error &error) {
        const char *s = error.sqlstate();
        out->sqlstate = MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
        copy(out->message, sizeof out->message, error.what());
        copy(out->detail, sizeof out->detail, error.detail().c_str());
        copy(out->hint, sizeof out->hint, error.hint().c_str());
    } catch (const std::bad_alloc &) {
        out->sqlstate = ERRCODE_OUT_OF_MEMORY;
        copy(out->message, sizeof out->message, "out of memory");
    } catch (const std::exception &error) {
        copy(out->message, sizeof out->message, error.what());
    } catch (...) {
        copy(out->message, sizeof out->message, "unknown C++ exception");
    }
}

namespace {

// Without the beginning of a character that copy() has cut in two.
const char *whole_characters(const char *text)
{
    const int length = static_cast<int>(std::strlen(text));
    return pnstrdup(text, static_cast<Size>(pg_mbcliplen(text, length, length)));
}

} // namespace

void raise_caught(const CaughtError *error)
{
    ereport(ERROR, (errcode(error->sqlstate),
                    errmsg_internal("%s", whole_characters(error->message)),
                    error->detail[0] ? errdetail_internal("%s", whole_characters(error->detail)) : 0,
                    error->hint[0] ? errhint("%s", whole_characters(error->hint)) : 0));
    pg_unreachable();
}

char *copy_text(const char *data, std::size_t size)
{
    // palloc_extended raises on sizes over 1 GB even with MCXT_ALLOC_NO_OOM.
    if (size >= MaxAllocSize)
        throw std::bad_alloc();
    char *copied = static_cast<char *>(palloc_extended(size + 1, MCXT_ALLOC_NO_OOM));
    if (copied == nullptr)
        throw std::bad_alloc();
    std::memcpy(copied, data, size);
    copied[size] = '\0';
    return copied;
}

} // namespace tenancy::pg

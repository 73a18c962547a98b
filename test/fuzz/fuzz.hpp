// What the fuzz targets share.
//
// A target is one LLVMFuzzerTestOneInput. libFuzzer calls it in the programs of `make fuzz`; the
// unit test program calls all of them, each under the name that CMakeLists.txt gives it. A property
// that does not hold leaves as an exception: libFuzzer stops there and saves the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace fuzz {

inline void require(bool holds, const char *property)
{
    if (!holds)
        throw std::logic_error(std::string("does not hold: ") + property);
}

inline std::string_view text(const std::uint8_t *data, std::size_t size)
{
    return size == 0 ? std::string_view()
                     : std::string_view(reinterpret_cast<const char *>(data), size);
}

// The parts between separators; one more than there are of these.
inline std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> out;
    std::size_t end = 0;
    for (std::size_t start = 0; end != text.npos; start = end + 1) {
        end = text.find(separator, start);
        out.emplace_back(text.substr(start, end - start));
    }
    return out;
}

} // namespace fuzz

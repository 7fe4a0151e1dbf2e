// SPDX-License-Identifier: Apache-2.0
// The machine's own programs as the image needs them.
#pragma once

#include <string>

#include "tools/run/paths.hpp"

namespace tessera::tools::run {

// A component's ELF without symbols: they stay on the host, which symbolises.
[[nodiscard]] Result<std::string> stripped_component(const Paths& paths, const std::string& name);

// The same of any ELF file.
[[nodiscard]] Result<std::string> stripped_file(const std::string& elf);

// Path of the nucleus without symbols, in the cache.
[[nodiscard]] Result<std::string> stripped_nucleus(const Paths& paths);

}  // namespace tessera::tools::run

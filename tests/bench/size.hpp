// SPDX-License-Identifier: Apache-2.0
// The nucleus' size: bytes of its ELF and lines of its source.
#pragma once

#include "tests/bench/results.hpp"

namespace tessera::bench {

inline const std::string kTextRow = "nucleus-text", kReadOnlyRow = "nucleus-read-only-data", kDataRow = "nucleus-data",
                         kZeroRow = "nucleus-zeroed", kLinesRow = "kernel-lines", kCodeLinesRow = "kernel-code-lines",
                         kArchLinesRow = "kernel-lines-of-architecture", kUnsafeLinesRow = "kernel-lines-unsafe-buffer";

[[nodiscard]] Result<void> measure_bytes(const std::string& elf, Results& results);
[[nodiscard]] Result<void> measure_lines(const std::string& directory, const std::string& arch, Results& results);

}  // namespace tessera::bench

// SPDX-License-Identifier: Apache-2.0
// The checksums of ext4: CRC-32C (Castagnoli) without the final inversion, and CRC-16 (ARC) for the
// group descriptors of file systems without metadata_csum.
#pragma once

#include "components/fs/bytes.hpp"

namespace tessera::fs::ext4 {

// The processor has instructions for the first (processor_crc32c): from now on they are used.
void use_checksum_instructions();
// Goes on from `seed`; a first one is ~0.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t seed, Bytes bytes);
[[nodiscard]] std::uint32_t crc32c_number(std::uint32_t seed, std::uint32_t value);
[[nodiscard]] std::uint32_t crc32c_number64(std::uint32_t seed, std::uint64_t value);
[[nodiscard]] std::uint16_t crc16(std::uint16_t seed, Bytes bytes);

}  // namespace tessera::fs::ext4

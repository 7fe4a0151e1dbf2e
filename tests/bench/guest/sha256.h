// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), the part that works on whole blocks: integer work in
// registers, without a system call.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { sha256_block_bytes = 64 };

struct sha256 {
  uint32_t words[8];
};

void sha256_start(struct sha256 *hash);
void sha256_blocks(struct sha256 *hash, const unsigned char *bytes, size_t blocks);

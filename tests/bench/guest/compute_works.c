// SPDX-License-Identifier: Apache-2.0
// Pure user work: hashing memory. A unit is 64 KiB.
#include "scaling.h"
#include "sha256.h"

enum { buffer_bytes = 64 << 10 };
static unsigned char buffer[buffer_bytes];

// The digest of "abc" (FIPS 180-4's example), so that what is measured is the real thing.
static void check_hash(void) {
  const unsigned char block[sha256_block_bytes] = {'a', 'b', 'c', 0x80, [sha256_block_bytes - 1] = 24};
  struct sha256 hash;
  sha256_start(&hash);
  sha256_blocks(&hash, block, 1);
  require(hash.words[0] == 0xba7816bf && hash.words[7] == 0xf20015ad, "the digest of abc");
}

static void fill(void) {
  for (size_t at = 0; at < buffer_bytes; ++at) buffer[at] = (unsigned char)(at * 31);
}

static void run_sha256(unsigned units) {
  struct sha256 hash;
  sha256_start(&hash);
  while (units-- != 0) sha256_blocks(&hash, buffer, buffer_bytes / sha256_block_bytes);
  __asm__ volatile("" ::"r"(hash.words[0]) : "memory");  // the result counts as used
}

static const struct work works[] = {
    {"sha256", 24, 0, check_hash, fill, run_sha256, NULL, NULL},
};
WORKS(compute_works, works);

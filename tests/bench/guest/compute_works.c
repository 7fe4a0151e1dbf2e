// SPDX-License-Identifier: Apache-2.0
// Pure user work: hashing 64 KiB, which stays in the caches, and changing bytes of 16 MiB,
// which does not. What the second gains from more cores the host's memory allows: it is
// the most that work can gain which, like fork and page faults, is spread over memory.
#include <stdint.h>
#include <sys/mman.h>

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

enum { spread_bytes = 16 << 20, touches = 20000 };
static unsigned char *spread;
static void make_spread(void) {
  spread = mmap(NULL, spread_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  require(spread != MAP_FAILED, "mmap");
}
static void drop_spread(void) { munmap(spread, spread_bytes); }

// Places by a linear congruential generator (Knuth, TAOCP 2, 3.3.4: MMIX).
static void run_memory(unsigned units) {
  uint64_t place = 1;
  for (uint64_t at = 0; at < (uint64_t)units * touches; ++at) {
    place = place * 6364136223846793005u + 1442695040888963407u;
    ++spread[(place >> 33) % spread_bytes];
  }
}

static const struct work works[] = {
    {"sha256", 24, 0, check_hash, fill, run_sha256, NULL, NULL},
    {"memory", 40, 0, NULL, make_spread, run_memory, drop_spread, NULL},
};
WORKS(compute_works, works);

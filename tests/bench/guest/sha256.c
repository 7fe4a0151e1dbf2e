// SPDX-License-Identifier: Apache-2.0
#include "sha256.h"

// FIPS 180-4, 5.3.3 and 4.2.2.
static const uint32_t first_words[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotated(uint32_t word, unsigned by) { return word >> by | word << (32 - by); }

// 6.2.2: what each round adds.
static void expand(uint32_t schedule[64], const unsigned char *bytes) {
  for (unsigned at = 0; at < 16; ++at, bytes += 4)
    schedule[at] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  for (unsigned at = 16; at < 64; ++at) {
    const uint32_t early = schedule[at - 15], late = schedule[at - 2];
    schedule[at] = schedule[at - 16] + schedule[at - 7] + (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3) +
                   (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10);
  }
}

static void add_block(struct sha256 *hash, const unsigned char *bytes) {
  uint32_t schedule[64], word[8];
  expand(schedule, bytes);
  for (unsigned at = 0; at < 8; ++at) word[at] = hash->words[at];
  for (unsigned at = 0; at < 64; ++at) {
    const uint32_t e = word[4], a = word[0];
    const uint32_t first = word[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & word[5]) ^ (~e & word[6])) +
                           constants[at] + schedule[at];
    const uint32_t second =
        (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & word[1]) ^ (a & word[2]) ^ (word[1] & word[2]));
    for (unsigned place = 7; place > 0; --place) word[place] = word[place - 1];
    word[4] += first;
    word[0] = first + second;
  }
  for (unsigned at = 0; at < 8; ++at) hash->words[at] += word[at];
}

void sha256_start(struct sha256 *hash) {
  for (unsigned at = 0; at < 8; ++at) hash->words[at] = first_words[at];
}

void sha256_blocks(struct sha256 *hash, const unsigned char *bytes, size_t blocks) {
  for (; blocks != 0; --blocks, bytes += sha256_block_bytes) add_block(hash, bytes);
}

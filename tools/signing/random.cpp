// SPDX-License-Identifier: Apache-2.0
// What libsodium's keypair.c calls for random bytes. Nothing here does: keys are made of a seed.
#include <sys/random.h>

#include <cstddef>
#include <cstdlib>

extern "C" void randombytes_buf(void* memory, std::size_t bytes);

void randombytes_buf(void* memory, std::size_t bytes) {
  if (::getrandom(memory, bytes, 0) != static_cast<ssize_t>(bytes)) std::abort();
}

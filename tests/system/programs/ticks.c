// SPDX-License-Identifier: Apache-2.0
// ticks: prints the counter as it was at the first instruction of main.
// ticks loop: prints how far it goes in a loop of a million rounds. Under --icount
// it counts instructions.
#include <stdint.h>
#include <stdio.h>

#include "machine.h"

static uint64_t ticks(void) {
  return machine_ticks();
}

int main(int count, char **words) {
  (void)words;
  const uint64_t start = ticks();
  if (count < 2) {
    printf("%llu\n", (unsigned long long)start);
    return 0;
  }
  uint64_t best = UINT64_MAX;  // of ten: without a timer interrupt in between
  for (int round = 0; round < 10; ++round) {
    const uint64_t before = ticks();
    for (int i = 0; i < 1000000; ++i) __asm__ volatile("");
    const uint64_t spent = ticks() - before;
    if (spent < best) best = spent;
  }
  printf("%llu\n", (unsigned long long)best);
  return 0;
}

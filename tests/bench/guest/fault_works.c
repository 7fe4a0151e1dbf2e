// SPDX-License-Identifier: Apache-2.0
// Page faults: a unit is 16 MiB mapped, each page touched, unmapped. By processes,
// each with memory of its own, or by threads that share one address space.
#include <sys/mman.h>

#include "scaling.h"

enum { page_bytes = 4096, area_bytes = 16 << 20 };

static void run_faults(unsigned units) {
  while (units-- != 0) {
    volatile char *area = mmap(NULL, area_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(area != MAP_FAILED, "mmap");
    madvise((void *)area, area_bytes, MADV_NOHUGEPAGE);  // pages, on every system
    for (size_t at = 0; at < area_bytes; at += page_bytes) area[at] = 1;
    require(munmap((void *)area, area_bytes) == 0, "munmap");
  }
}

static const struct work works[] = {
    {"page-faults", 4, 0, NULL, NULL, run_faults, NULL, NULL},
    {"shared-page-faults", 4, 1, NULL, NULL, run_faults, NULL, NULL},
};
WORKS(fault_works, works);

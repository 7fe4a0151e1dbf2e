// SPDX-License-Identifier: Apache-2.0
// Anonymous memory: faults, and mapping with what goes with it.
#include "measure.h"

#include <sys/mman.h>

enum { page_bytes = 4096, fault_pages = 4200 };

static volatile char *area;
static unsigned touched;

static void map_area(void) {
  area = mmap(NULL, (size_t)fault_pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(area != MAP_FAILED, "mmap");
  madvise((void *)area, (size_t)fault_pages * page_bytes, MADV_NOHUGEPAGE);  // pages, on every system
  touched = 0;
}
static void unmap_area(void) { munmap((void *)area, (size_t)fault_pages * page_bytes); }

// Each page of the area is touched once; when none is left, the area is mapped anew.
static void run_fault(unsigned count) {
  while (count-- != 0) {
    if (touched == fault_pages) {
      unmap_area();
      map_area();
    }
    area[(size_t)touched++ * page_bytes] = 1;
  }
}

static void map_touch_unmap(unsigned count, size_t pages) {
  while (count-- != 0) {
    volatile char *memory = mmap(NULL, pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED, "mmap");
    for (size_t at = 0; at < pages; ++at) memory[at * page_bytes] = 1;
    require(munmap((void *)memory, pages * page_bytes) == 0, "munmap");
  }
}
static void run_map_1(unsigned count) { map_touch_unmap(count, 1); }
static void run_map_256(unsigned count) { map_touch_unmap(count, 256); }

static const struct row rows[] = {
    {"page-fault", 100, 1000, map_area, run_fault, unmap_area},
    {"map-touch-unmap-1", 20, 300, NULL, run_map_1, NULL},
    {"map-touch-unmap-256", 2, 12, NULL, run_map_256, NULL},
};
ROWS(memory_rows, rows);

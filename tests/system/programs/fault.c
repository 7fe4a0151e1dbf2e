// SPDX-License-Identifier: Apache-2.0
// fault KIND: does something that a program may not do. It should die of the same
// signal everywhere; status 1 says that it did not.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static volatile int zero;
static char text_like[16] __attribute__((aligned(16)));

static void jump_to(uintptr_t where) { ((void (*)(void))where)(); }
static char read_from(uintptr_t where) { return *(volatile char *)where; }
static void write_to(uintptr_t where) { *(volatile char *)where = 1; }

__attribute__((noinline)) static int use_stack(int depth) {
  volatile char space[4096];
  space[0] = (char)depth;
  return zero == 0 ? use_stack(depth + 1) + space[0] : 0;
}

#include "fault_instructions.h"

static void null(void) { write_to(0); }
static void write_text(void) { write_to((uintptr_t)&write_text); }
static void jump_null(void) { jump_to(0); }
static void jump_data(void) { memcpy(text_like, machine_return, sizeof(machine_return)); jump_to((uintptr_t)text_like); }
static void stack(void) { zero = use_stack(0); }
static void aborts(void) { abort(); }
static void noncanonical(void) { zero = read_from(0x800000000000); }
static void noncanonical_jump(void) { jump_to(0x800000000000); }
static void personality_read(void) { zero = read_from(0xffff800000100000); }
static void personality_write(void) { write_to(0xffff800000100000); }
static void personality_jump(void) { jump_to(0xffff800000100000); }
static void kernel_read(void) { zero = read_from(0xffffffff80100000); }
static void kernel_write(void) { write_to(0xffffffff80100000); }
static void kernel_jump(void) { jump_to(0xffffffff80100000); }
static void last_byte(void) { zero = read_from(UINTPTR_MAX); }

static const struct {
  const char *name;
  void (*act)(void);
} kinds[] = {
    {"null", null}, {"write-text", write_text}, {"jump-null", jump_null}, {"jump-data", jump_data}, {"breakpoint", breakpoint},
    {"illegal", illegal}, {"privileged", privileged}, {"stack", stack}, {"abort", aborts},
    {"noncanonical", noncanonical}, {"noncanonical-jump", noncanonical_jump},
    {"personality-read", personality_read}, {"personality-write", personality_write}, {"personality-jump", personality_jump},
    {"personality-stack", personality_stack}, {"kernel-read", kernel_read}, {"kernel-write", kernel_write},
    {"kernel-jump", kernel_jump}, {"last-byte", last_byte}, MACHINE_FAULTS
};

int main(int count, char **words) {
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (size_t at = 0; at < sizeof(kinds) / sizeof(kinds[0]); ++at) {
    if (count < 2) {
      puts(kinds[at].name);
    } else if (strcmp(words[1], kinds[at].name) == 0) {
      kinds[at].act();
      return 1;
    }
  }
  return count < 2 ? 0 : 2;
}

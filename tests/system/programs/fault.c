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

static void null(void) { write_to(0); }
static void write_text(void) { write_to((uintptr_t)&write_text); }
static void jump_null(void) { jump_to(0); }
static void jump_data(void) { text_like[0] = (char)0xc3; jump_to((uintptr_t)text_like); }
static void divide(void) { __asm__ volatile("idivl %0" ::"r"(zero), "a"(1), "d"(0)); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void illegal(void) { __asm__ volatile("ud2"); }
static void privileged(void) { __asm__ volatile("hlt"); }
static void clear_interrupts(void) { __asm__ volatile("cli"); }
static void port(void) { __asm__ volatile("inb $0x60, %%al" ::: "rax"); }
static void control_register(void) { __asm__ volatile("mov %%cr3, %%rax" ::: "rax"); }
static void model_register(void) { __asm__ volatile("rdmsr" ::"c"(0xc0000080) : "rax", "rdx"); }
static void write_model_register(void) { __asm__ volatile("wrmsr" ::"c"(0xc0000082), "a"(0), "d"(0)); }
static void load_table(void) { __asm__ volatile("lgdt %0" ::"m"(text_like)); }
static void invalidate(void) { __asm__ volatile("invlpg (%0)" ::"r"(text_like)); }
static void swap_gs(void) { __asm__ volatile("swapgs"); }
static void system_return(void) { __asm__ volatile("sysretq"); }
static void interrupt_return(void) {
  __asm__ volatile("push $0; push %0; push $2; push $8; push %1; iretq" ::"r"((uintptr_t)text_like), "r"((uintptr_t)text_like));
}
static void software_interrupt(void) { __asm__ volatile("int $0x20"); }
static void bad_segment(void) { __asm__ volatile("mov %0, %%ds" ::"r"((short)0x1234)); }
static void stack(void) { zero = use_stack(0); }
static void aborts(void) { abort(); }
static void noncanonical(void) { zero = read_from(0x800000000000); }
static void noncanonical_jump(void) { jump_to(0x800000000000); }
static void personality_read(void) { zero = read_from(0xffff800000100000); }
static void personality_write(void) { write_to(0xffff800000100000); }
static void personality_jump(void) { jump_to(0xffff800000100000); }
static void personality_stack(void) { __asm__ volatile("mov %0, %%rsp; push %%rax" ::"r"(0xffff800050000000)); }
static void kernel_read(void) { zero = read_from(0xffffffff80100000); }
static void kernel_write(void) { write_to(0xffffffff80100000); }
static void kernel_jump(void) { jump_to(0xffffffff80100000); }
static void last_byte(void) { zero = read_from(UINTPTR_MAX); }
static void trap_flag(void) { __asm__ volatile("pushfq; orq $0x100, (%rsp); popfq; nop; nop"); }

static const struct {
  const char *name;
  void (*act)(void);
} kinds[] = {
    {"null", null}, {"write-text", write_text}, {"jump-null", jump_null}, {"jump-data", jump_data}, {"divide", divide},
    {"breakpoint", breakpoint}, {"illegal", illegal}, {"privileged", privileged}, {"cli", clear_interrupts}, {"port", port},
    {"cr3", control_register}, {"rdmsr", model_register}, {"wrmsr", write_model_register}, {"lgdt", load_table},
    {"invlpg", invalidate}, {"swapgs", swap_gs}, {"sysret", system_return}, {"iret", interrupt_return},
    {"int20", software_interrupt}, {"segment", bad_segment}, {"stack", stack}, {"abort", aborts},
    {"noncanonical", noncanonical}, {"noncanonical-jump", noncanonical_jump},
    {"personality-read", personality_read}, {"personality-write", personality_write}, {"personality-jump", personality_jump},
    {"personality-stack", personality_stack}, {"kernel-read", kernel_read}, {"kernel-write", kernel_write},
    {"kernel-jump", kernel_jump}, {"last-byte", last_byte}, {"trap-flag", trap_flag},
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

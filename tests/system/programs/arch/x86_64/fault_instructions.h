// SPDX-License-Identifier: Apache-2.0
// Instructions that a program may not use: x86-64.
static const unsigned char machine_return[] = {0xc3};
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
static void personality_stack(void) { __asm__ volatile("mov %0, %%rsp; push %%rax" ::"r"(0xffff800050000000)); }
static void trap_flag(void) { __asm__ volatile("pushfq; orq $0x100, (%rsp); popfq; nop; nop"); }

#define MACHINE_FAULTS                                                                                              \
  {"divide", divide}, {"cli", clear_interrupts}, {"port", port}, {"cr3", control_register}, {"rdmsr", model_register}, \
  {"wrmsr", write_model_register}, {"lgdt", load_table}, {"invlpg", invalidate}, {"swapgs", swap_gs},               \
  {"sysret", system_return}, {"iret", interrupt_return}, {"int20", software_interrupt}, {"segment", bad_segment},   \
  {"trap-flag", trap_flag},

// SPDX-License-Identifier: Apache-2.0
// Instructions that a program may not use: AArch64.
static const unsigned int machine_return[] = {0xd65f03c0};
static void breakpoint(void) { __asm__ volatile("brk #0"); }
static void illegal(void) { __asm__ volatile("udf #0"); }
static void privileged(void) { __asm__ volatile("mrs x0, ttbr0_el1" ::: "x0"); }
static void write_register(void) { __asm__ volatile("msr ttbr0_el1, x0"); }
static void scalable(void) { __asm__ volatile(".inst 0x04bf5020" ::: "x0"); }  // rdvl x0, #1
static void exception_return(void) { __asm__ volatile("eret"); }
static void mask_interrupts(void) { __asm__ volatile("msr daifset, #2"); }
static void invalidate(void) { __asm__ volatile(".inst 0xd508871f"); }  // tlbi vmalle1
static void higher_call(void) { __asm__ volatile(".inst 0xd4000002"); }  // hvc #0
static void misaligned_jump(void) { jump_to((uintptr_t)illegal + 2); }
static void misaligned_exclusive(void) {
  __asm__ volatile("ldxr x9, [%0]" ::"r"((uintptr_t)text_like + 1) : "x9", "memory");
}
static void personality_stack(void) { __asm__ volatile("mov sp, %0; str x0, [sp, #-16]!" ::"r"(0xffff800050000000) : "memory"); }

#define MACHINE_FAULTS                                                                                                 \
  {"write-register", write_register}, {"scalable", scalable}, {"eret", exception_return}, {"daif", mask_interrupts},   \
  {"tlbi", invalidate}, {"hvc", higher_call},                                                                          \
  {"misaligned-jump", misaligned_jump}, {"misaligned-exclusive", misaligned_exclusive},

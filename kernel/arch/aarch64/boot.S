// SPDX-License-Identifier: Apache-2.0
// From the boot loader to C++ at the image's random high address. Linux'
// Documentation/arm64/booting.rst: the image is at a multiple of 2 MiB anywhere in RAM,
// the MMU is off, x0 is the device tree, EL2 or EL1. Other cores come the same way, by
// PSCI's CPU_ON. All that is reached with the MMU off is reached relative to the
// program counter, for the image is not where it is linked.
#include "offsets.h"

#define BLOCK_NORMAL 0x701   /* valid, inner shareable, accessed, AttrIndx 0 */
#define NOT_GLOBAL 0x800
#define TABLE 3

// dst = physical address of a label of this section.
.macro here register, label
  adr \register, \label
.endm

// Leaves EL2, if the loader was there, for EL1 with nothing trapped. Uses x9 to x11.
.macro enter_el1
  mrs x9, CurrentEL
  cmp x9, #(2 << 2)
  b.ne 1f
  mov x9, #(1 << 31)           // HCR_EL2.RW: EL1 is AArch64
  msr hcr_el2, x9
  isb
  mov x9, #3
  msr cnthctl_el2, x9          // counter and timer are EL1's
  msr cntvoff_el2, xzr
  mov x9, #0x22ff              // CPTR_EL2: RES1, no trap
  msr cptr_el2, x9
  msr hstr_el2, xzr
  msr vttbr_el2, xzr
  mrs x9, midr_el1
  msr vpidr_el2, x9
  mrs x9, mpidr_el1
  msr vmpidr_el2, x9
  mrs x9, mdcr_el2
  and x9, x9, #0x1f            // HPMN as it is, no trap
  msr mdcr_el2, x9
  mrs x9, id_aa64pfr0_el1
  ubfx x9, x9, #24, #4
  cbz x9, 2f                   // no GICv3 CPU interface
  mrs x9, S3_4_C12_C9_5        // ICC_SRE_EL2
  orr x9, x9, #1               // SRE
  orr x9, x9, #8               // Enable
  msr S3_4_C12_C9_5, x9
  isb
  msr S3_4_C12_C11_0, xzr      // ICH_HCR_EL2
2:
  mrs x9, id_aa64pfr0_el1      // the first generation of pointer authentication and SME traps are EL2's
  mrs x10, hcr_el2
  mov x11, #0x30000000000         // APK, API: not trapped
  orr x10, x10, x11
  msr hcr_el2, x10
  movz x9, #(SCTLR_OFF >> 16), lsl #16
  movk x9, #(SCTLR_OFF & 0xffff)
  msr sctlr_el1, x9
  mov x9, #0x3c5               // EL1h, all masked
  msr spsr_el2, x9
  adr x9, 1f
  msr elr_el2, x9
  eret
1:
  msr daifset, #15
.endm

// Turns the MMU on with the boot tables. x25 = TTBR1. Uses x9, x10. Needs the running code mapped in TTBR0.
.macro mmu_on
  mov x9, #(MAIR_VALUE & 0xffff)
  msr mair_el1, x9
  movz x9, #(TCR_VALUE >> 16), lsl #16
  movk x9, #(TCR_VALUE & 0xffff)
  mrs x10, id_aa64mmfr0_el1
  and x10, x10, #15            // PARange; what we map has 48 bits at most
  cmp x10, #5
  b.ls 3f
  mov x10, #5
3:
  orr x9, x9, x10, lsl #32
  orr x9, x9, #(1 << 37)       // TBI0: the highest byte of user mode's addresses is its own
  msr tcr_el1, x9
  here x9, boot_root
  msr ttbr0_el1, x9
  msr ttbr1_el1, x25
  isb
  tlbi vmalle1
  dsb nsh
  ic iallu
  dsb nsh
  isb
  movz x9, #(SCTLR_VALUE >> 16), lsl #16
  movk x9, #(SCTLR_VALUE & 0xffff)
  msr sctlr_el1, x9
  isb
.endm

.section .boot, "awx"
.global boot_start
boot_start:
  b boot_entry
  .long 0
  .quad 0                      // offset from a multiple of 2 MiB
  .quad boot_image_bytes       // in memory
  .quad 0xa                    // little-endian, 4 KiB pages, anywhere
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long 0

boot_entry:
  mov x20, x0                  // the device tree
  enter_el1
  here x21, boot_start         // where the image is
  // A random place of 511 of 2 MiB: from the counter, and the loader's seed is mixed in
  // later, where it decides what is kept for itself.
  mrs x9, cntvct_el0
  mrs x10, cntpct_el0
  eor x9, x9, x10, lsl #7
  movz x10, #0x79b1
  movk x10, #0x9e37, lsl #16
  mul w9, w9, w10
  lsr w22, w9, #23
  cmp w22, #511
  csel w22, wzr, w22, eq
  // The boot tables: in memory that the loader's caches may know of.
  here x9, boot_tables
  here x10, boot_tables_end
4:
  stp xzr, xzr, [x9]
  stp xzr, xzr, [x9, #16]
  stp xzr, xzr, [x9, #32]
  stp xzr, xzr, [x9, #48]
  add x9, x9, #64
  cmp x9, x10
  b.lo 4b
  here x19, boot_pool
  // High: the image.
  here x9, boot_high_root
  here x10, boot_high
  here x11, boot_high_directory
  add x12, x10, #TABLE
  str x12, [x9, #(255 * 8)]
  add x12, x11, #TABLE
  str x12, [x10, #(510 * 8)]
  mov x12, #BLOCK_NORMAL
  add x12, x12, x21
  str x12, [x11, x22, lsl #3]
  // Low: the image where it is, and the device tree, which may reach into the next block.
  mov x0, x21
  bl map_low
  mov x0, x20
  bl map_low
  add x0, x20, #0x200000
  bl map_low
  // What was written with caches off must not be hidden by what a cache still has.
  dmb sy
  here x9, boot_tables
  here x10, boot_tables_end
5:
  dc ivac, x9
  add x9, x9, #16              // a line is not shorter
  cmp x9, x10
  b.lo 5b
  dsb sy
  here x25, boot_high_root
  mmu_on
  // Distances are the same here and up there.
  lsl x23, x22, #21            // the slide
  movz x24, #(LINK_ADDRESS >> 16 & 0xffff), lsl #16
  movk x24, #0xffff, lsl #32
  movk x24, #0xffff, lsl #48
  add x24, x24, x23            // boot_start up there
  here x9, boot_high_entry
  sub x9, x9, x21
  add x9, x9, x24
  br x9

// Maps the 2 MiB around x0 at themselves. Uses x9 to x13; x19 = next free table.
map_low:
  here x9, boot_root
  ubfx x10, x0, #39, #8
  mov x13, #2
6:
  add x9, x9, x10, lsl #3
  ldr x11, [x9]
  cbnz x11, 7f
  add x11, x19, #TABLE
  str x11, [x9]
  add x19, x19, #4096
7:
  and x9, x11, #0xfffffffffffff000
  ubfx x10, x0, #30, #9
  sub x13, x13, #1
  cbz x13, 8f
  b 6b
8:
  ubfx x10, x0, #21, #9
  lsr x12, x0, #21
  lsl x12, x12, #21
  add x12, x12, #(BLOCK_NORMAL | NOT_GLOBAL)
  str x12, [x9, x10, lsl #3]
  ret

// Another core: x0 = what PSCI was given, which is nothing.
.global core_entry
core_entry:
  enter_el1
  adrp x9, core_start_root
  ldr x25, [x9, :lo12:core_start_root]
  mmu_on
  adrp x9, core_start_high
  ldr x9, [x9, :lo12:core_start_high]
  br x9

// Called at its low address: the high half's tables become those at x0, without a moment
// in which a core could have both cached.
.global install_high_half
install_high_half:
  dsb ishst
  here x9, boot_empty
  msr ttbr1_el1, x9
  isb
  tlbi vmalle1
  dsb nsh
  isb
  msr ttbr1_el1, x0
  isb
  ret

.balign 4096
boot_tables:
.global boot_root
boot_root: .skip 4096
boot_empty: .skip 4096
boot_high_root: .skip 4096
boot_high: .skip 4096
boot_high_directory: .skip 4096
boot_pool: .skip 6 * 4096
boot_tables_end:

.section .text, "ax"
boot_high_entry:
  // Memory that the file has nothing for; then every relocation is "address = addend + slide".
  adrp x9, bss_start
  add x9, x9, :lo12:bss_start
  adrp x10, image_end
  add x10, x10, :lo12:image_end
1:
  cmp x9, x10
  b.hs 2f
  stp xzr, xzr, [x9], #16
  b 1b
2:
  adrp x9, relocations_start
  add x9, x9, :lo12:relocations_start
  adrp x10, relocations_end
  add x10, x10, :lo12:relocations_end
3:
  cmp x9, x10
  b.hs 4f
  ldr x11, [x9]
  ldr x12, [x9, #16]
  add x12, x12, x23
  str x12, [x11, x23]
  add x9, x9, #24
  b 3b
4:
  adrp x9, first_core_stack_end
  add x9, x9, :lo12:first_core_stack_end
  mov sp, x9
  mov x29, xzr
  mov x30, xzr
  mov x0, x20                  // the device tree
  mov x1, x21                  // where the image is
  mov x2, x23                  // the slide
  bl nucleus_start
  brk #1

.global core_high
core_high:
  hint #36                     // bti j
  adrp x9, core_start_stack
  ldr x9, [x9, :lo12:core_start_stack]
  mov sp, x9
  mov x29, xzr
  mov x30, xzr
  bl nucleus_start_core
  brk #1

.section .bss, "aw", @nobits
.balign 4096
  .skip CORE_STACK_BYTES
.global first_core_stack_end
first_core_stack_end:
.section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: Apache-2.0
// The program as firmware reads it: PE32+ (Microsoft's PE Format), two sections whose bytes are
// in the file as in memory. Where it was loaded it adds to its own addresses.
#define PAGE 4096

.section .head, "ax"
.global loader_start
loader_start:
  .ascii "MZ"
  .skip 58
  .long pe_header - loader_start
pe_header:
  .ascii "PE\0\0"
  .short 0xaa64                 // AArch64
  .short 2                      // sections
  .long 0, 0, 0                 // no date, no symbols
  .short section_table - optional_header
  .short 0x20e                  // executable, without symbols and line numbers
optional_header:
  .short 0x20b                  // PE32+
  .short 0
  .long text_bytes, data_bytes, 0
  .long _start - loader_start
  .long PAGE                    // code begins
  .quad 0                       // linked at, but goes anywhere
  .long PAGE, PAGE              // alignment in memory, in the file
  .long 0, 0, 0, 0
  .long image_bytes
  .long PAGE                    // header
  .long 0
  .short 10                     // an EFI application
  .short 0x160                  // goes anywhere above 4 GiB, too; no execution of data
  .quad 0, 0, 0, 0              // stack and heap are firmware's
  .long 0
  .long 6                       // directories, all empty
  .quad 0, 0, 0, 0, 0, 0
section_table:
  .ascii ".text\0\0\0"
  .long text_bytes, PAGE, text_bytes, PAGE, 0, 0, 0
  .long 0x60000020              // code, read, execute
  .ascii ".data\0\0\0"
  .long data_bytes, PAGE + text_bytes, data_bytes, PAGE + text_bytes, 0, 0, 0
  .long 0xc0000040              // data, read, write

.section .text.start, "ax"
.global _start
_start:                         // x0 = image handle, x1 = system table: as loader_main takes them
  adrp x9, loader_start
  add x9, x9, :lo12:loader_start
  adrp x10, relocations_start
  add x10, x10, :lo12:relocations_start
  adrp x11, relocations_end
  add x11, x11, :lo12:relocations_end
1:
  cmp x10, x11
  b.hs loader_main
  ldr x12, [x10], #16           // where; all are R_AARCH64_RELATIVE
  ldr x13, [x10], #8
  add x13, x13, x9
  str x13, [x9, x12]
  b 1b

// clean_range(start, bytes): what caches have of it is in memory, and nothing of it in caches.
.global clean_range
clean_range:
  mrs x9, ctr_el0
  ubfx x9, x9, #16, #4
  mov x10, #4
  lsl x10, x10, x9              // bytes of a line
  sub x11, x10, #1
  add x1, x0, x1
  bic x0, x0, x11
1:
  dc civac, x0
  add x0, x0, x10
  cmp x0, x1
  b.lo 1b
  dsb sy
  ret

// enter_nucleus(image, device tree): with MMU and caches off.
.global enter_nucleus
enter_nucleus:
  msr daifset, #15
  mov x20, x0
  mov x0, x1
  mov x1, xzr
  mov x2, xzr
  mov x3, xzr
  mov x10, #0x1005              // M, C, I
  mrs x9, CurrentEL
  cmp x9, #(2 << 2)
  b.eq 2f
  mrs x9, sctlr_el1
  bic x9, x9, x10
  msr sctlr_el1, x9
  b 3f
2:
  mrs x9, sctlr_el2
  bic x9, x9, x10
  msr sctlr_el2, x9
3:
  isb
  ic iallu
  dsb nsh
  isb
  br x20
.section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: Apache-2.0
// From the boot loader's 32-bit protected mode to C++ at the image's random high
// address. Two ways in: PVH (Xen's start info in ebx) and Multiboot2 (magic in
// eax, information in ebx). The image is loaded at LOAD_ADDRESS and not moved; the
// code here is position-dependent through constants only, because the image is
// linked position-independent.
#include "offsets.h"

#define HERE(label) (LOAD_ADDRESS + (label - boot_start))

// For the code below that other cores start with.
.set core_root, HERE(boot_root)
.set core_gdt, HERE(boot_gdt)
.set core_long_mode, HERE(core_long)

.section .boot, "awx"
.global boot_start
boot_start:

// Multiboot2 2.0, 3.1: header in the first 32 KiB, 8-byte aligned.
.align 8
multiboot_header:
  .long 0xe85250d6, 0, multiboot_header_end - multiboot_header
  .long -(0xe85250d6 + 0 + (multiboot_header_end - multiboot_header))
  .short 3, 0              // entry address
  .long 12, HERE(multiboot_entry)
  .align 8
  .short 6, 0              // modules page-aligned
  .long 8
  .align 8
  .short 0, 0
  .long 8
multiboot_header_end:

.code32
.global pvh_entry
pvh_entry:
  xor %eax, %eax
multiboot_entry:
  cli
  cld
  mov $HERE(boot_stack_end), %esp
  mov %eax, %edi           // protocol: 0 = PVH, else Multiboot2's magic
  mov %ebx, %esi           // its information
  // CPUs without long mode or NX are not served.
  mov $0x80000001, %eax
  cpuid
  test $(1 << 29), %edx
  jz no_cpu
  test $(1 << 20), %edx
  jz no_cpu
  // A random number: RDRAND, and the time-stamp counter in any case.
  mov $1, %eax
  cpuid
  xor %ebp, %ebp
  bt $30, %ecx
  jnc 1f
  mov $10, %ecx
2: rdrand %ebp
  jc 1f
  loop 2b
1: rdtsc
  xor %eax, %ebp
  imul $0x9e3779b1, %ebp, %ebp
  shr $23, %ebp            // 9 bits: which of 511 places of 2 MiB
  cmp $511, %ebp
  jb 3f
  xor %ebp, %ebp
3:
  // A debugger knows the image where it is linked: with the command line "nokaslr",
  // and no other, it stays there.
  test %edi, %edi
  jnz 9f
  cmpl $0x336ec578, (%esi)
  jne 13f
  mov 24(%esi), %eax       // PVH: where the command line is
  test %eax, %eax
  jz 13f
  jmp 12f
9: cmp $0x36d76289, %edi
  jne 13f
  lea 8(%esi), %ebx
10: mov (%ebx), %ecx       // Multiboot2 2.0, 3.6: tags; 1 holds the command line, 0 is the last
  jecxz 13f
  lea 8(%ebx), %eax
  cmp $1, %ecx
  je 12f
  mov 4(%ebx), %ecx
  lea 7(%ebx, %ecx), %ebx
  and $-8, %ebx
  jmp 10b
12: cmpl $0x616b6f6e, (%eax)   // "noka"
  jne 13f
  cmpl $0x00726c73, 4(%eax)    // "slr", 0
  jne 13f
  xor %ebp, %ebp
13:
  // Identity map of the first 4 GiB, for the loader's tables.
  mov $HERE(boot_directories), %edx
  mov $0x83, %eax
  mov $2048, %ecx
4: mov %eax, (%edx)
  movl $0, 4(%edx)
  add $8, %edx
  add $0x200000, %eax
  loop 4b
  mov $HERE(boot_directories) + 3, %eax
  mov %eax, HERE(boot_identity)
  add $0x1000, %eax
  mov %eax, HERE(boot_identity) + 8
  add $0x1000, %eax
  mov %eax, HERE(boot_identity) + 16
  add $0x1000, %eax
  mov %eax, HERE(boot_identity) + 24
  movl $(HERE(boot_identity) + 3), HERE(boot_root)
  movl $(HERE(boot_high) + 3), HERE(boot_root) + 511 * 8
  movl $(HERE(boot_high_directory) + 3), HERE(boot_high) + 510 * 8
  movl $(LOAD_ADDRESS + 0x83), HERE(boot_high_directory)(,%ebp,8)
  // Long mode with no-execute.
  mov $HERE(boot_root), %eax
  mov %eax, %cr3
  mov %cr4, %eax
  or $0x20, %eax           // PAE
  mov %eax, %cr4
  mov $0xc0000080, %ecx
  rdmsr
  or $0x901, %eax          // SCE, LME, NXE
  wrmsr
  mov %cr0, %eax
  or $0x80010001, %eax     // PG, WP, PE
  mov %eax, %cr0
  lgdt HERE(boot_gdt_pointer)
  ljmp $SELECTOR_KERNEL_CODE, $HERE(boot_long)

no_cpu:
  mov $0x3f8, %dx
  mov $HERE(no_cpu_text), %esi
5: lodsb
  test %al, %al
  jz 6f
  out %al, %dx
  jmp 5b
6: hlt
  jmp 6b
no_cpu_text: .asciz "tessera: fatal: this CPU has no 64-bit mode with NX\n"

.code64
boot_long:
  mov $SELECTOR_KERNEL_DATA, %eax
  mov %eax, %ss
  mov %eax, %ds
  mov %eax, %es
  // Distances are the same here and up there.
  movabs $(LINK_ADDRESS - LOAD_ADDRESS), %rax
  mov %ebp, %ecx
  shl $21, %rcx            // the slide
  add %rcx, %rax
  lea boot_high_entry(%rip), %rdx
  add %rax, %rdx
  jmp *%rdx
boot_high_entry:
  // Relocate the image: every entry is "address = addend + slide".
  lea relocations_start(%rip), %rax
  lea relocations_end(%rip), %rdx
7: cmp %rdx, %rax
  jae 8f
  mov 0(%rax), %r8
  mov 16(%rax), %r9
  add %rcx, %r9
  mov %r9, (%r8, %rcx)
  add $24, %rax
  jmp 7b
8:
  lea first_core_stack_end(%rip), %rsp
  mov %rcx, %rdx           // third argument: the slide
  xor %ebp, %ebp
  call nucleus_start
  ud2

// Another core, in long mode on the boot tables: goes on at the image's high address.
core_long:
  mov $SELECTOR_KERNEL_DATA, %eax
  mov %eax, %ss
  mov %eax, %ds
  mov %eax, %es
  lea core_high(%rip), %rdx
  add core_start_distance(%rip), %rdx
  jmp *%rdx

.align 8
boot_gdt:
  .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_pointer:
  .short 23
  .long HERE(boot_gdt)
.align 16
  .skip 1024
boot_stack_end:
.align 4096
boot_root: .skip 4096
boot_identity: .skip 4096
boot_high: .skip 4096
boot_high_directory: .skip 4096
boot_directories: .skip 4 * 4096

// PVH entry point for QEMU, Firecracker and others (Xen's ELF note 18).
.section .note.pvh, "a", @note
  .long 4, 8, 18
  .asciz "Xen"
  .quad HERE(pvh_entry)

// Where another core begins: in real mode at the start of CORE_START_PAGE, which
// holds a copy of this. Straight to long mode: AMD's manual 2, 14.6.1 allows it, and
// INIT left caches off (Intel SDM 3, 10.1) until CR0 is written.
.section .rodata, "a"
.code16
.global core_start_code, core_start_code_end
core_start_code:
  cli
  cld
  mov %cs, %ax
  mov %ax, %ds
  lgdtl core_gdt_pointer - core_start_code
  mov $0x20, %eax          // PAE
  mov %eax, %cr4
  mov $core_root, %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx
  rdmsr
  or $0x901, %eax          // SCE, LME, NXE
  wrmsr
  mov $0x80010011, %eax    // PG, WP, ET, PE
  mov %eax, %cr0
  ljmpl $SELECTOR_KERNEL_CODE, $core_long_mode
.align 8
core_gdt_pointer:
  .short 23
  .long core_gdt
core_start_code_end:

.section .text, "ax"
.code64
core_high:
  mov core_start_root(%rip), %rax
  mov %rax, %cr3
  mov core_start_stack(%rip), %rsp
  xor %ebp, %ebp
  call nucleus_start_core
  ud2
.section .bss, "aw", @nobits
.align 4096
  .skip CORE_STACK_BYTES
.global first_core_stack_end
first_core_stack_end:
.section .note.GNU-stack, "", @progbits

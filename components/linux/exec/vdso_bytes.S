// SPDX-License-Identifier: Apache-2.0
// The vdso's file, embedded. VDSO_FILE comes from the build.
        .section .rodata
        .balign 16
        .globl vdso_image_begin
        .hidden vdso_image_begin
vdso_image_begin:
        .incbin VDSO_FILE
        .globl vdso_image_end
        .hidden vdso_image_end
vdso_image_end:
        .section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: Apache-2.0
// The only instructions of the personality that touch the guest's half of the address
// space. A fault between guest_access_begin and guest_access_end goes on at
// guest_access_fixup with x16 = fault address; every routine keeps in x2 how many bytes
// are left. A fault while many bytes are moved at a time (x9 != 0) is tried again byte by
// byte from there, so that all that can be done is done.
//
// Result (x0, x1) = (bytes not done, fault address), see core/guest_access.hpp.
        .text
        .balign 64
        .globl guest_access_begin
        .hidden guest_access_begin
guest_access_begin:

// x0 = to, x1 = from, x2 = bytes
        .globl guest_copy
        .hidden guest_copy
guest_copy:
        adr     x9, copy_bytes
        cmp     x2, #64
        b.lo    2f
1:      ldp     x3, x4, [x1]
        ldp     x5, x6, [x1, #16]
        ldp     x7, x8, [x1, #32]
        ldp     x10, x11, [x1, #48]
        stp     x3, x4, [x0]
        stp     x5, x6, [x0, #16]
        stp     x7, x8, [x0, #32]
        stp     x10, x11, [x0, #48]
        add     x1, x1, #64
        add     x0, x0, #64
        sub     x2, x2, #64
        cmp     x2, #64
        b.hs    1b
2:      cmp     x2, #8
        b.lo    copy_bytes
        ldr     x3, [x1]
        str     x3, [x0]
        add     x1, x1, #8
        add     x0, x0, #8
        sub     x2, x2, #8
        b       2b
copy_bytes:
        hint    #36                     // bti j: the fix-up goes here by a register
        mov     x9, #0
        cbz     x2, 4f
3:      ldrb    w3, [x1]
        strb    w3, [x0]
        add     x1, x1, #1
        add     x0, x0, #1
        subs    x2, x2, #1
        b.ne    3b
4:      mov     x0, #0
        mov     x1, #0
        ret

// x0 = to, x1 = bytes
        .globl guest_clear
        .hidden guest_clear
guest_clear:
        mov     x2, x1
        adr     x9, clear_bytes
        cmp     x2, #64
        b.lo    2f
1:      stp     xzr, xzr, [x0]
        stp     xzr, xzr, [x0, #16]
        stp     xzr, xzr, [x0, #32]
        stp     xzr, xzr, [x0, #48]
        add     x0, x0, #64
        sub     x2, x2, #64
        cmp     x2, #64
        b.hs    1b
2:      cmp     x2, #8
        b.lo    clear_bytes
        str     xzr, [x0]
        add     x0, x0, #8
        sub     x2, x2, #8
        b       2b
clear_bytes:
        hint    #36                     // bti j: the fix-up goes here by a register
        mov     x9, #0
        cbz     x2, 4f
3:      strb    wzr, [x0]
        add     x0, x0, #1
        subs    x2, x2, #1
        b.ne    3b
4:      mov     x0, #0
        mov     x1, #0
        ret

// Copies a string up to and with its zero: words while the source is aligned, so
// that none is read beyond the page the string ends in; bytes before and after.
// x0 = to, x1 = from, x2 = most bytes.
// Result: x0 = bytes not done; 0 in the last byte copied tells that it ended.
        .globl guest_string
        .hidden guest_string
guest_string:
        mov     x9, #0
        mov     x10, #0x0101010101010101
1:      cbz     x2, 9f
        tst     x1, #7
        b.ne    3f
2:      cmp     x2, #8
        b.lo    4f
        ldr     x3, [x1]
        sub     x4, x3, x10
        bic     x4, x4, x3
        tst     x4, #0x8080808080808080
        b.ne    3f
        str     x3, [x0]
        add     x1, x1, #8
        add     x0, x0, #8
        sub     x2, x2, #8
        b       2b
3:      ldrb    w3, [x1]
        strb    w3, [x0]
        add     x1, x1, #1
        add     x0, x0, #1
        sub     x2, x2, #1
        cbnz    w3, 1b
        b       9f
4:      cbnz    x2, 3b
9:      mov     x0, x2
        mov     x1, #0
        ret

// x0 = address, x1 = place for the value. x0 = 0 when done.
        .globl guest_load32
        .hidden guest_load32
guest_load32:
        mov     x2, #4
        mov     x9, #0
        ldar    w3, [x0]
        str     w3, [x1]
        mov     x0, #0
        mov     x1, #0
        ret

// x0 = address, x1 = in: expected value, out: what was there; w2 = new value
        .globl guest_exchange32
        .hidden guest_exchange32
guest_exchange32:
        mov     w3, w2
        mov     x2, #4
        mov     x9, #0
        ldr     w4, [x1]
1:      ldaxr   w5, [x0]
        cmp     w5, w4
        b.ne    2f
        stlxr   w6, w3, [x0]
        cbnz    w6, 1b
        b       3f
2:      clrex
3:      dmb     ish
        str     w5, [x1]
        mov     x0, #0
        mov     x1, #0
        ret

        .globl guest_access_end
        .hidden guest_access_end
guest_access_end:

        .globl guest_access_fixup
        .hidden guest_access_fixup
guest_access_fixup:
        cbz     x9, 1f
        br      x9
1:      mov     x0, x2
        mov     x1, x16
        ret

        .section .note.GNU-stack, "", @progbits

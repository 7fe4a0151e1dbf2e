// SPDX-License-Identifier: Apache-2.0
// The only instructions of the personality that touch the guest's half of the
// address space. A page fault between guest_access_begin and guest_access_end
// goes on at guest_access_fixup with rax = fault address, rdx = error bits; every
// routine keeps its progress in rcx (units), r8 (bytes behind them) and r9 (log2
// of a unit), so that the fixup can tell what is left.
//
// Result (rax, rdx) = (bytes not done, fault address), see core/guest_access.hpp.
        .intel_syntax noprefix
        .text
        .balign 64
        .globl guest_access_begin
        .hidden guest_access_begin
guest_access_begin:

// rdi = to, rsi = from, rdx = bytes
        .globl guest_copy
        .hidden guest_copy
guest_copy:
        mov     rcx, rdx
        mov     r8, rdx
        mov     r9d, 3
        shr     rcx, 3
        and     r8d, 7
        rep movsq
        mov     rcx, r8
        xor     r8d, r8d
        xor     r9d, r9d
        rep movsb
        xor     eax, eax
        xor     edx, edx
        ret

// rdi = to, rsi = bytes
        .globl guest_clear
        .hidden guest_clear
guest_clear:
        mov     rcx, rsi
        mov     r8, rsi
        mov     r9d, 3
        shr     rcx, 3
        and     r8d, 7
        xor     eax, eax
        rep stosq
        mov     rcx, r8
        xor     r8d, r8d
        xor     r9d, r9d
        rep stosb
        xor     edx, edx
        ret

// Copies a string up to and with its zero: words while the source is aligned, so
// that none is read beyond the page the string ends in; bytes before and after.
// rdi = to, rsi = from, rdx = most bytes.
// Result: rax = bytes not done; 0 in the last byte copied tells that it ended.
        .globl guest_string
        .hidden guest_string
guest_string:
        mov     rcx, rdx
        xor     r8d, r8d
        xor     r9d, r9d
        mov     r10, 0x0101010101010101
        mov     r11, 0x8080808080808080
1:      test    rcx, rcx
        jz      9f
        test    sil, 7
        jnz     3f
2:      cmp     rcx, 8
        jb      4f
        mov     rax, [rsi]
        mov     rdx, rax
        sub     rdx, r10
        not     rax
        and     rdx, rax
        not     rax
        test    rdx, r11
        jnz     3f
        mov     [rdi], rax
        add     rsi, 8
        add     rdi, 8
        sub     rcx, 8
        jmp     2b
3:      mov     al, [rsi]
        mov     [rdi], al
        inc     rsi
        inc     rdi
        dec     rcx
        test    al, al
        jnz     1b
        jmp     9f
4:      test    rcx, rcx
        jnz     3b
9:      mov     rax, rcx
        xor     edx, edx
        ret

// rdi = address, rsi = place for the old value. rax = 0 when done.
        .globl guest_load32
        .hidden guest_load32
guest_load32:
        mov     ecx, 4
        xor     r8d, r8d
        xor     r9d, r9d
        mov     eax, [rdi]
        mov     [rsi], eax
        xor     eax, eax
        xor     edx, edx
        ret

// rdi = address, rsi = in: expected value, out: what was there; rdx = new value
        .globl guest_exchange32
        .hidden guest_exchange32
guest_exchange32:
        mov     ecx, 4
        xor     r8d, r8d
        xor     r9d, r9d
        mov     eax, [rsi]
        lock cmpxchg [rdi], edx
        mov     [rsi], eax
        xor     eax, eax
        xor     edx, edx
        ret

        .globl guest_access_end
        .hidden guest_access_end
guest_access_end:

        .globl guest_access_fixup
        .hidden guest_access_fixup
guest_access_fixup:
        mov     rdx, rax
        mov     rax, rcx
        mov     ecx, r9d
        shl     rax, cl
        add     rax, r8
        ret

        .section .note.GNU-stack, "", @progbits

# Entry of the test guest, problem-state excursions and the interrupt vectors that end them.

        .machine power8
        .section .text.start, "ax"
        .globl  _start
# In: r5 = client interface entry (PA binding, Initial Program State).
_start:
        mfmsr   6                       # 32-bit mode, whatever the loader chose
        clrldi  6, 6, 1
        mtmsrd  6
        isync
        lis     1, stack_top@ha
        addi    1, 1, stack_top@l - 16
        li      0, 0
        stw     0, 0(1)
        mr      3, 5
        bl      main
1:      b       1b

        .text
# int call_entry(void *arguments, unsigned entry)
        .globl  call_entry
call_entry:
        mtctr   4
        bctr

# long hypercall(long number, long, long, long, long): 32-bit arguments, 32-bit status.
        .globl  hypercall
hypercall:
        mfcr    0
        stw     0, 8(1)
        sc      1
        lwz     0, 8(1)
        mtcrf   0xff, 0
        blr

# void set_segment(void): effective segment 0 is virtual segment 1, no keys, 4 KiB pages.
        .globl  set_segment
set_segment:
        lis     3, 0x0800               # ESID 0, valid, entry 0
        li      4, 0x1000               # VSID 1
        slbmte  4, 3
        isync
        blr

# unsigned excursion(const void *code, unsigned msr): runs code, which ends in `sc`, and returns the
# vector of the interrupt that came: 0xc00 when all of it was executed.
        .globl  excursion
excursion:
        mflr    0
        stw     0, 4(1)
        stwu    1, -128(1)
        stmw    13, 16(1)
        mfcr    0
        stw     0, 12(1)
        lis     5, saved_stack@ha
        stw     1, saved_stack@l(5)
        mtsrr0  3
        mtsrr1  4
        lis     5, 0x7fff               # no decrementer interrupt for a while
        mtdec   5
        lis     9, scratch@ha           # what probes find: r9 a 16-byte buffer, r4 to r8 numbers
        addi    9, 9, scratch@l
        li      4, 0x55
        li      5, 7
        li      6, 3
        li      7, 1
        li      8, 0
        rfid

# End of an excursion; LR has the address after the vector's branch.
        .globl  excursion_ended
excursion_ended:
        mflr    3
        rlwinm  3, 3, 0, 0, 26          # vectors are 32 bytes apart at the least
        lis     5, saved_stack@ha
        lwz     1, saved_stack@l(5)
        lwz     0, 12(1)
        mtcrf   0xff, 0
        lmw     13, 16(1)
        addi    1, 1, 128
        lwz     0, 4(1)
        mtlr    0
        blr

# The words put at every vector. Interrupts come in 64-bit mode; back to 32-bit mode first.
        .globl  vector_code, vector_code_end
vector_code:
        mfmsr   3
        clrldi  3, 3, 1
        mtmsrd  3
        isync
        bla     excursion_ended
vector_code_end:

# Run in supervisor state, each as an excursion of its own: registers that older levels lack.
        .globl  enable_facilities
enable_facilities:
        mfspr   3, 153                  # FSCR: prefixed instructions, TAR, DSCR
        ori     3, 3, 0x2104
        mtspr   153, 3
        sc

        .bss
        .balign 16
scratch: .space 16
saved_stack: .space 4
        .balign 16
stack:  .space 16384
stack_top:

# Entry of the attack guest, its calls, and the vectors that bring it back from code that went astray.

        .machine power8
        .abiversion 2

        .macro  address register, symbol
        lis     \register, \symbol@h
        ori     \register, \register, \symbol@l
        .endm

# A fresh stack and the TOC, with the MSR that is in r7.
        .macro  enter
        mtmsrd  7
        isync
        address 1, stack_top - 256
        address 2, .TOC.
        li      0, 0
        std     0, 0(1)
        .endm

        .section .text.start, "ax"
        .globl  _start
# In: r5 = client interface entry (PA binding, Initial Program State).
_start:
        li      6, 1                    # 64-bit mode
        sldi    6, 6, 63
        mfmsr   7
        or      7, 7, 6
        enter
        address 8, saved_msr
        std     7, 0(8)
        mr      3, 5
        bl      begin
        b       recover

        .text
# Where every interrupt ends up: the stack is forgotten, the loop begins again.
        .globl  recover
recover:
        address 8, saved_msr
        ld      7, 0(8)
        enter
        bl      attack
        b       recover

# void hypercall(uint64_t registers[9]): r3 to r11, in and out
        .globl  hypercall
hypercall:
        mflr    0
        std     0, 16(1)
        std     31, -8(1)
        stdu    1, -64(1)
        mr      31, 3
        ld      4, 8(31)
        ld      5, 16(31)
        ld      6, 24(31)
        ld      7, 32(31)
        ld      8, 40(31)
        ld      9, 48(31)
        ld      10, 56(31)
        ld      11, 64(31)
        ld      3, 0(31)
        sc      1
        std     3, 0(31)
        std     4, 8(31)
        std     5, 16(31)
        std     6, 24(31)
        addi    1, 1, 64
        ld      31, -8(1)
        ld      0, 16(1)
        mtlr    0
        blr

# uint64_t call_entry(uint64_t arguments, uint64_t entry): the client interface, in 32-bit mode
        .globl  call_entry
call_entry:
        mflr    0
        std     0, 16(1)
        std     31, -8(1)
        stdu    1, -64(1)
        mfmsr   31
        clrldi  5, 31, 1
        mtctr   4
        mtmsrd  5
        isync
        bctrl
        mtmsrd  31
        isync
        addi    1, 1, 64
        ld      31, -8(1)
        ld      0, 16(1)
        mtlr    0
        blr

# void run_words(const uint64_t registers[32], uint64_t code, uint64_t msr): does not come back but
# by an interrupt
        .globl  run_words
run_words:
        mtsrr0  4
        mtsrr1  5
        mr      31, 3
        .irp    r, 0,1,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        ld      \r, 8*\r(31)
        .endr
        ld      3, 24(31)
        mtctr   4
        mtlr    5
        ld      31, 248(31)
        rfid

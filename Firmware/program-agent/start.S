# Entry of the agent from Linux: r1 is the stack, which has room for no frame yet.
        .globl  _start
        .text
_start:
#ifdef __LITTLE_ENDIAN__
        addis   2, 12, .TOC. - _start@ha
        addi    2, 2, .TOC. - _start@l
#else
        # A big-endian kernel enters an ELFv2 program in the same way.
        addis   2, 12, .TOC. - _start@ha
        addi    2, 2, .TOC. - _start@l
#endif
        clrrdi  1, 1, 4
        li      0, 0
        stdu    1, -64(1)
        mtlr    0
        bl      agent
        nop
0:      b       0b

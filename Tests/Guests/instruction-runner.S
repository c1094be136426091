# Executes single instructions under a user-mode emulator, for comparison with ours.
#
# Standard input is a sequence of records: instruction and machine state. Standard output is the
# same record for each, with the state after the instruction. All integers are doublewords in
# the program's byte order; the window is raw bytes.
#
# The instruction runs at 0x200000 and may use the storage at 0x300000. Build:
#   gcc -nostdlib -static -mabi=elfv2 -Wl,--section-start=.code=0x200000,--section-start=.window=0x2FF000

        .machine power10
        .abiversion 2

# Record, in doublewords.
        .set    SIGNAL, 0               # in: prefix and suffix, or word; out: signal or 0
        .set    CR, 1 * 8
        .set    XER, 2 * 8
        .set    LR, 3 * 8
        .set    CTR, 4 * 8
        .set    FPSCR, 5 * 8
        .set    VSCR, 6 * 8
        .set    GPRS, 8 * 8
        .set    VSRS, 40 * 8
        .set    WINDOW, 168 * 8
        .set    WINDOW_DOUBLEWORDS, 32
        .set    RECORD, 200 * 8

        .set    TAR, 815

        .macro  address register, symbol
        lis     \register, \symbol@ha
        addi    \register, \register, \symbol@l
        .endm

        # Writable, for the instruction.
        .section .code, "awx", @progbits
# The instruction, or its prefix and suffix.
slot:
        nop
        nop
        b       leave
        # A page of its own: writing it makes an emulator translate the page again.
        .balign 0x1000

        .globl  _start
_start:
        address 1, signal_stack
        # rt_sigaction of everything an instruction can raise; then sigaltstack.
        address 31, signals
        li      30, 5
install:
        lwz     3, 0(31)
        address 4, action
        li      5, 0
        li      6, 8
        li      0, 173
        sc
        addi    31, 31, 4
        addic.  30, 30, -1
        bne     install
        address 3, alternate_stack
        li      4, 0
        li      0, 185
        sc

next:
        # Read one record.
        address 31, record
        li      30, RECORD
more:
        li      3, 0
        mr      4, 31
        mr      5, 30
        li      0, 3
        sc
        cmpdi   3, 0
        ble     quit
        add     31, 31, 3
        subf.   30, 3, 30
        bne     more

        # The instruction to its place.
        address 31, record
        ld      3, SIGNAL(31)
        srdi.   4, 3, 32
        lis     5, 0x6000
        address 6, slot
        beq     word
        stw     4, 0(6)
        stw     3, 4(6)
        b       written
word:
        stw     3, 0(6)
        stw     5, 4(6)
written:
        dcbst   0, 6
        sync
        icbi    0, 6
        isync

        # Storage.
        addi    3, 31, WINDOW
        address 4, window
        bl      copy_window

        # State.
        ld      3, FPSCR(31)
        std     3, -8(1)
        lfd     0, -8(1)
        mtfsf   255, 0, 1, 0
        addi    3, 31, VSCR
        lxvdsx  32, 0, 3
        mtvscr  0
        addi    3, 31, VSRS
        .set    n, 0
        .rept   64
        lxvd2x  n, 0, 3
        addi    3, 3, 16
        .set    n, n + 1
        .endr
        ld      3, CR(31)
        mtcr    3
        ld      3, LR(31)
        mtlr    3
        ld      3, CTR(31)
        mtctr   3
        ld      3, XER(31)
        mtxer   3
        .set    n, 0
        .rept   31
        ld      n, GPRS + 8 * n(31)
        .set    n, n + 1
        .endr
        ld      31, GPRS + 8 * 31(31)
        b       slot

leave:
        mtspr   TAR, 31
        address 31, result
        .set    n, 0
        .rept   31
        std     n, GPRS + 8 * n(31)
        .set    n, n + 1
        .endr
        mfspr   3, TAR
        std     3, GPRS + 8 * 31(31)
        mfcr    3
        std     3, CR(31)
        mfxer   3
        std     3, XER(31)
        mflr    3
        std     3, LR(31)
        mfctr   3
        std     3, CTR(31)
        addi    3, 31, VSRS
        .set    n, 0
        .rept   64
        stxvd2x n, 0, 3
        addi    3, 3, 16
        .set    n, n + 1
        .endr
        mffs    0
        stfd    0, FPSCR(31)
        mfvscr  0
        # The word is the last element, the low half of doubleword 1.
        xxpermdi 0, 32, 32, 3
        stfd    0, VSCR(31)
        li      3, 0
        std     3, SIGNAL(31)
        address 1, signal_stack
        address 3, window
        addi    4, 31, WINDOW
        bl      copy_window
        b       answer

        # r3: the signal. The state after a signal is not reported. Never returns to its cause.
handler:
        address 31, result
        std     3, SIGNAL(31)
        address 1, signal_stack

answer:
        li      30, RECORD
        address 31, result
write:
        li      3, 1
        mr      4, 31
        mr      5, 30
        li      0, 4
        sc
        cmpdi   3, 0
        ble     quit
        add     31, 31, 3
        subf.   30, 3, 30
        bne     write
        b       next

quit:
        li      3, 0
        li      0, 234
        sc

# Copies the window from r3 to r4.
copy_window:
        li      5, WINDOW_DOUBLEWORDS
        mtctr   5
1:
        ld      5, 0(3)
        std     5, 0(4)
        addi    3, 3, 8
        addi    4, 4, 8
        bdnz    1b
        blr

        .section .data
        .balign 16
signals:
        .long   4, 5, 7, 8, 11          # ILL TRAP BUS FPE SEGV
        .balign 8
action:
        .quad   handler
        .quad   0x48000004              # SA_SIGINFO | SA_ONSTACK | SA_NODEFER
        .quad   0
        .quad   0
alternate_stack:
        .quad   alternate
        .long   0, 0
        .quad   0x10000

        .section .bss
        .balign 64
record: .space  RECORD
result: .space  RECORD
        .space  0x1000
signal_stack:
        .space  0x1000
alternate:
        .space  0x10000

        .section .window, "aw", @progbits
        .space  0x1000
window: .space  WINDOW_DOUBLEWORDS * 8
        .space  0x1000

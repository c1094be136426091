# Instructions to try, by the version of the ISA they came with. r9 points to 16 bytes, r4 to r8
# hold small numbers; nothing else may be touched but volatile registers.

        .machine power10

        .macro  probe level, name, code:vararg
        .section .rodata
991:    .asciz  "\name"
        .text
        .balign 64                      # prefixed instructions do not cross 64 bytes
992:    \code
        sc
        .section .probes, "a"
        .long   \level, 991b, 992b
        .endm

        .globl  probes, probes_end
        .section .probes, "a"
        .balign 4
probes:
        probe 205, cmpb, cmpb 3, 4, 5
        probe 205, prtyd, prtyd 3, 4
        probe 205, lfiwax, lfiwax 1, 0, 9
        probe 205, fcpsgn, fcpsgn 1, 1, 1
        probe 205, dadd, dadd 1, 1, 1
        probe 206, popcntd, popcntd 3, 4
        probe 206, ldbrx, ldbrx 3, 0, 9
        probe 206, divwe, divwe 3, 7, 5
        probe 206, bpermd, bpermd 3, 4, 5
        probe 206, lfiwzx, lfiwzx 1, 0, 9
        probe 206, xsadddp, xsadddp 1, 1, 1
        probe 206, lxvd2x, lxvd2x 1, 0, 9
        probe 207, lqarx, lqarx 10, 0, 9
        probe 207, mtvsrd, mtvsrd 1, 4
        probe 207, xsaddsp, xsaddsp 1, 1, 1
        probe 207, vaddudm, vaddudm 1, 1, 1
        probe 207, vcipher, vcipher 1, 1, 1
        probe 300, modsw, modsw 3, 4, 5
        probe 300, cnttzd, cnttzd 3, 4
        probe 300, maddld, maddld 3, 4, 5, 6
        probe 300, setb, setb 3, 0
        probe 300, darn, darn 3, 0
        probe 300, addpcis, addpcis 3, 0
        probe 300, lxvx, lxvx 1, 0, 9
        probe 300, xsaddqp, xsaddqp 1, 1, 1
        probe 300, vcmpneb, vcmpneb 1, 1, 1
        probe 310, brw, brw 3, 4
        probe 310, pdepd, pdepd 3, 4, 5
        probe 310, setbc, setbc 3, 0
        probe 310, paddi, paddi 3, 4, 1
        probe 310, plwz, plwz 3, 0(9)
        probe 310, vmulld, vmulld 1, 1, 1
        probe 310, xxspltiw, xxspltiw 1, 5
        probe 310, lxvp, lxvp 2, 0(9)
        probe 310, xvi8ger4, xvi8ger4 0, 34, 35
        .section .probes, "a"
probes_end:

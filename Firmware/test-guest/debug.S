# What is traced and watched, and the handlers that count: r30 trace interrupts, r29 those of data storage. The
# handlers are entered in 64-bit mode, and problem state uses neither register for anything else.

        .machine power4
        .text
        .globl  debug_program, debug_breakpoint
# In: r9 = 16 bytes, of which the first eight are loaded from three times, and stored to three times.
debug_program:
        li      29, 0
        li      30, 0                   # the first that counts
        lis     9, debug_data@ha
        addi    9, 9, debug_data@l
        li      5, 3
        mtctr   5
debug_breakpoint:
        lwz     3, 0(9)
        stw     3, 4(9)
        bdnz    debug_breakpoint        # taken twice
        stw     30, 8(9)                # after 14
        stw     29, 12(9)
        sc

        .globl  trace_handler, trace_handler_end
trace_handler:
        addi    30, 30, 1
        rfid
trace_handler_end:

# Goes on after the instruction.
        .globl  storage_handler, storage_handler_end
storage_handler:
        addi    29, 29, 1
        mfsrr0  28
        addi    28, 28, 4
        mtsrr0  28
        rfid
storage_handler_end:

        .bss
        .balign 16
        .globl  debug_data
debug_data: .space 16

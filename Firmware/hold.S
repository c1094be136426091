# Where a processor without work waits for a client program that starts processors through memory
# instead of through start-cpu.
#
# In:  r3 = what the processor is to find in r3 (its hardware number), r4 = real address of a
#      zeroed, naturally aligned word.
# The word is the entry point: as soon as it is not zero, the processor goes there with r3 as it was.
# Real mode, either width; position-independent.
        .globl  _start
_start:
wait:   lwz     5, 0(4)
        cmpwi   5, 0
        bne     released
        or      27, 27, 27                      # yield: lets other threads of the core run
        b       wait
released:
        isync                                   # nothing of the new program was fetched before
        mtctr   5
        bctr

# Entry of RTAS, copied by instantiate-rtas to where the client wants it.
#
# In:  r3 = real address of the RTAS argument buffer; 32-bit real mode, big-endian.
# Out: the status is in the buffer. Position-independent.
        .set    H_RTAS, 0xf000                  # private hypervisor call, the number QEMU uses

        .globl  _start
_start:
        mr      4, 3
        lis     3, H_RTAS >> 16
        ori     3, 3, H_RTAS & 0xffff
        sc      1
        blr

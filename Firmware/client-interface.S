# Entry of the Open Firmware client interface.
#
# In:  r3 = real address of the argument array; any endian mode's caller arrives big-endian,
#      translation off, 32- or 64-bit mode.
# Out: r3 = 0, or -1 when the service could not be invoked.
# The hypervisor call preserves r1, r2, r13 to r31 and all of CR (PA binding, Register Usage
# Conventions); nothing here needs a stack.
        .set    H_CLIENT_INTERFACE, 0xf005      # private hypervisor call, the number QEMU uses

        .globl  _start
_start:
        mr      4, 3
        lis     3, H_CLIENT_INTERFACE >> 16     # in two steps: li would sign-extend
        ori     3, 3, H_CLIENT_INTERFACE & 0xffff
        sc      1
        blr

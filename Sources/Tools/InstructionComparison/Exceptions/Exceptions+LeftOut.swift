import GuestMemory
import PowerISA

/// Rows, instructions and operands that QEMU's user mode cannot execute.
extension ComparisonExceptions {
  static let leftOut: [ComparisonException] = [
    ComparisonException(
      [.sc, .scv], when: "always", qemu: "calls the kernel that user mode imitates",
      architecture: "an interrupt", section: "Book I 2.4", .leftOut),
    ComparisonException(
      [.darn], when: "always", qemu: "a random number", architecture: "a random number",
      section: "Book I 3.3.9", .leftOut),
    ComparisonException(
      [.wait], when: "always", qemu: "user mode ends", architecture: "waits for an interrupt",
      section: "Book II 4.6.4", .leftOut),
    ComparisonException(
      [.mftb], when: "always", qemu: "the time", architecture: "the time",
      section: "Book II 6.1", .leftOut),
    ComparisonException(
      [.lmw, .stmw, .lswi, .lswx, .stswi, .stswx], when: "little-endian",
      qemu: "user mode aborts at an alignment interrupt",
      architecture: "alignment interrupt", section: "Book I 3.3.5 and 3.3.6",
      in: { $0.order == .little }, .leftOut),
    ComparisonException(
      .every, when: "the suffix is in the next 64-byte block",
      qemu: "user mode aborts at an alignment interrupt", architecture: "alignment interrupt",
      section: "Book I 1.6.3",
      .notAsked { i, address in i.isPrefixed && address & 0x3C == 0x3C }),
    ComparisonException(
      .every, when: "reserved bits are set",
      qemu: "an illegal instruction, for many rows and processors",
      architecture: "reserved fields are ignored", section: "Book I 1.3.3",
      .forgiven { d in
        if d.hasReservedBits, d.theirs.signal == 4 { d.forgetEverything() }
      }),
    ComparisonException(
      [.addex], when: "the reserved last bit is set", qemu: "sets CR0",
      architecture: "reserved fields are ignored", section: "Book I 1.3.3",
      .forgiven { d in if d.hasReservedBits { d.forget(cr: ResultDifference.cr0) } }),
    ComparisonException(
      [.mtfsf], when: "the bits of L and W are set before 2.05", qemu: "sets all fields",
      architecture: "reserved fields are ignored", section: "Book I 1.3.3",
      in: { $0.processor.isa < .v2_05 },
      .forgiven { d in if d.hasReservedBits { d.forgetEverything() } }),
    ComparisonException(
      .every, when: "a signal is delivered",
      qemu: "hands the handler 32 bits of FPSCR, without DRN",
      architecture: "an interrupt leaves FPSCR; Linux saves all of it", section: "Book III 7.5",
      .forgiven { d in if d.theirs.nia != 0 { d.forget(fpscr: FPSCR.drn) } }),
  ]
}

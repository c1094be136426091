import PowerISA

/// The bits of system registers that a processor implements for its partition.
extension ProcessorModel {
  /// MSR bits that a guest can set.
  var msrMask: UInt64 {
    MSR.sf | (facilities.vector > 0 ? MSR.vec : 0) | (facilities.vector > 1 ? MSR.vsx : 0)
      | MSR.ee | MSR.pr | MSR.fp | MSR.me | MSR.fe0 | MSR.se | MSR.be | MSR.fe1 | MSR.ir | MSR.dr
      | MSR.pmm | MSR.ri | MSR.le
  }

  /// SRR1 bits 36 and 43:45 of a machine check for a fetch from a real address without memory:
  /// since POWER9 "real address error", before an uncorrectable error (the processors' user's
  /// manuals).
  var machineCheckOfFetch: UInt64 { isa >= .v3_0 ? 0x080C_0000 : 0x0004_0000 }

  /// DSISR of a machine check for a load or store at such an address: bit 57 or, before POWER9, 48.
  var machineCheckOfData: UInt64 { isa >= .v3_0 ? 0x40 : 0x8000 }

  /// Enabling bits of FSCR. Floating point, vectors, performance monitor, branch history and
  /// transactional memory have theirs in HFSCR only.
  var facilityControlMask: UInt64 {
    Facility.controlled(at: isa).reduce(0) { $0 | $1.bit }
  }

  /// The implemented bits of MMCR0.
  var mmcr0Mask: UInt64 {
    var mask: UInt64 = 0xFFFF_FFFF
    if isa < .v2_07 { mask &= ~(MMCR0.bhrba | MMCR0.ebe | 3 << MMCR0.pmccShift) }
    if isa < .v3_1 { mask &= ~MMCR0.pmccext }
    return mask
  }
}

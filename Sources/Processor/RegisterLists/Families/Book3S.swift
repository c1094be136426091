internal import PowerISA

extension RegisterFamily {
  /// 64-bit server processors as KVM shows them to the program that runs the guest.
  ///
  /// Numbers are those of Linux's `arch/powerpc/include/uapi/asm/kvm.h`. Registers that KVM gives in
  /// `struct kvm_regs` and `struct kvm_sregs`, and those it does not give at all, have identifiers of
  /// ours: with a group in bits 32 to 39, which KVM leaves zero.
  public static let book3S = RegisterFamily(
    name: "ppc-book3s", title: "PowerPC Book3S, 64 bits",
    byteOrder: .big, bitOrder: .mostSignificantFirst, architectures: [.powerPC],
    modes: [.server, .embedded],
    registers: Book3S.control + Book3S.fixedPoint + Book3S.floatingPointAndVector
      + Book3S.interrupts + Book3S.storage + Book3S.facilities + Book3S.performanceMonitor
      + Book3S.time + Book3S.transactionalMemory + Book3S.partition + Book3S.embedded)
}

/// The rows of the family, by chapter.
enum Book3S {
  /// A register of the one-register interface.
  static func one(
    _ name: String, _ number: UInt64, _ width: Int = 64, spr: Int? = nil, absent: UInt128? = 0,
    mask: UInt128? = nil, fields: [BitField] = []
  ) -> RegisterDescription {
    var row = RegisterDescription(
      name, RegisterIdentifier(.powerPC, bits: width, number), width: width)
    row.architected = spr.map { .specialPurpose($0) }
    row.absent = absent
    row.mask = mask ?? row.mask
    row.fields = fields
    return row
  }

  /// What gives registers without a KVM identifier one.
  enum Group: UInt64 {
    /// Doublewords of `struct kvm_regs`.
    case registers = 1
    /// `struct kvm_sregs`: PVR, SDR1, then the doublewords of the SLB.
    case special = 2
    /// Special-purpose registers that KVM keeps to itself, by number.
    case unsent = 3
  }

  /// A register under an identifier of ours.
  static func ours(
    _ name: String, _ group: Group, _ number: Int, _ width: Int = 64, spr: Int? = nil,
    absent: UInt128? = nil, mask: UInt128? = nil, fields: [BitField] = []
  ) -> RegisterDescription {
    one(
      name, group.rawValue << 32 | UInt64(number), width,
      spr: group == .unsent ? number : spr, absent: absent, mask: mask, fields: fields)
  }

  /// `count` registers of the one-register interface in a row.
  static func several(
    _ name: String, _ number: UInt64, _ width: Int, count: Int, absent: UInt128? = nil,
    _ place: ((Int) -> ArchitectedRegister)? = nil
  ) -> [RegisterDescription] {
    (0..<count).map { index in
      var row = one("\(name)\(index)", number + UInt64(index), width, absent: absent)
      row.architected = place?(index)
      return row
    }
  }

  // MARK: what the processor is and how it stands

  static let control: [RegisterDescription] = [
    processorVersion,
    architectureLevel,
    partitionControl,
    ours("MSR", .registers, 5, fields: MachineStateFields.all),
    ours("PC", .registers, 0),
    one("ONLINE", 0xbf, 32, absent: 1),
  ]

  /// The logical PVR of the level that was negotiated, 0 for none. KVM answers EINVAL where a level
  /// is written that it does not have.
  private static let architectureLevel: RegisterDescription = {
    var row = one("ARCH_COMPAT", 0xb7, 32)
    row.obstacle = { there, here in
      guard let bits = there["ARCH_COMPAT"]?.bits, bits != 0 else { return nil }
      guard let level = CompatibilityLevel(logicalPVR: UInt32(truncatingIfNeeded: bits)) else {
        return "no level has that logical PVR"
      }
      guard let version = here["PVR"]?.bits,
        let processor = model(UInt32(truncatingIfNeeded: version)), !processor.supports(level)
      else { return nil }
      return "\(processor.name) does not have the level \(level.name)"
    }
    return row
  }()

  /// Beside processors with the same version and major revision, those agree between which a running
  /// guest can move: at the level that ARCH_COMPAT names, or as processors of one kind.
  private static let processorVersion: RegisterDescription = {
    var row = ours(
      "PVR", .special, 0, 32, spr: 287, mask: 0xFFFF_0F00,
      fields: [BitField("version", 16...31), BitField("major revision", 8...11)])
    row.role = .constant
    row.agreement = { there, here, purpose in
      func side(_ dump: RegisterDump) -> (version: UInt32, level: UInt32) {
        func value(_ name: String) -> UInt32 {
          UInt32(truncatingIfNeeded: dump[name]?.bits ?? 0)
        }
        return (value("PVR"), value("ARCH_COMPAT"))
      }
      let (source, destination) = (side(there), side(here))
      // The level decides for a guest that moves, and says nothing of whether lists are the same.
      return versionsAgree(
        source.version, destination.version, level: purpose == .move ? source.level : 0)
    }
    return row
  }()

  /// Whether a guest can move from one processor to another, at the level with a logical PVR or, with
  /// 0, without one.
  private static func versionsAgree(
    _ there: UInt32, _ here: UInt32, level logicalPVR: UInt32
  ) -> RegisterDescription.Agreement {
    guard let source = model(there), let destination = model(here) else {
      let areOfOneKind = RecognizedProcessor.areOfOneKind(version: there, here)
      return .init(
        agrees: areOfOneKind,
        reason: areOfOneKind
          ? "both processors are of one kind" : "a version that no processor here has")
    }
    let level = CompatibilityLevel(logicalPVR: logicalPVR)
    if logicalPVR != 0, level == nil {
      return .init(agrees: false, reason: "ARCH_COMPAT names no level known here")
    }
    let verdict = MigrationVerdict(
      from: MigrationProcessor(model: source, version: there, level: level),
      to: MigrationProcessor(model: destination, version: here))
    return .init(agrees: verdict.isAllowed, reason: verdict.shortReason)
  }

  private static func model(_ version: UInt32) -> ProcessorModel? {
    RecognizedProcessor.recognize(version: version)?.processor.model
  }

  /// What a guest sees of the LPCR is what H_SET_MODE sets; the rest is the hypervisor's.
  private static let partitionControl: RegisterDescription = {
    var row = one(
      "LPCR", 0xb5, absent: nil, mask: 1 << 25 | 3 << 23 | 1 << 17,
      fields: [
        BitField("ILE", 25), BitField("AIL", 23...24), BitField("UPRT", 22), BitField("HR", 20),
        BitField("LD", 17), BitField("GTSE", 10), BitField("TC", 9),
      ])
    row.architected = .specialPurpose(318)
    // The form of kernels before 3.17.
    row.alternatives = [
      AlternativeForm(identifier: RegisterIdentifier(.powerPC, bits: 32, 0xb5), width: 32)
    ]
    return row
  }()

  // MARK: Book I chapters 2 and 3

  static let fixedPoint: [RegisterDescription] =
    [
      ours(
        "CR", .registers, 1, fields: (0..<8).map { BitField("CR\($0)", 28 - 4 * $0...31 - 4 * $0) }),
      ours("CTR", .registers, 2, spr: 9),
      ours("LR", .registers, 3, spr: 8),
      ours(
        "XER", .registers, 4, spr: 1, mask: 0xE00C_007F,
        fields: [
          BitField("SO", 31), BitField("OV", 30), BitField("CA", 29), BitField("OV32", 19),
          BitField("CA32", 18), BitField("byte count", 0...6),
        ]),
      one("TAR", 0xa8, spr: 815),
    ]
    + (0..<32).map { index in
      var row = ours("GPR\(index)", .registers, 17 + index)
      row.architected = .general(index)
      return row
    }

  // MARK: Book I chapters 4 to 7

  static let floatingPointAndVector: [RegisterDescription] =
    vectorScalar + vector + [
      one("FPSCR", 0x80, absent: nil, mask: 0x7_FFFF_F7FF, fields: FloatingPointFields.all),
      one("VRSAVE", 0xb4, 32, spr: 256),
    ]

  /// Not every processor has VMX.
  private static let vector: [RegisterDescription] =
    (several("VR", 0x40, 128, count: 32) { .vectorScalar($0 + 32) } + [
      // Only NJ and SAT exist.
      one(
        "VSCR", 0x81, 32, absent: nil, mask: 0x1_0001,
        fields: [BitField("NJ", 16), BitField("SAT", 0)])
    ]).map { row in
      var row = row
      row.isOptional = true
      return row
    }

  /// VSR 0 to 31; their left halves are the FPRs, which lists may hold alone.
  private static let vectorScalar: [RegisterDescription] =
    several("VSR", 0x60, 128, count: 32) { .vectorScalar($0) }.enumerated().map { index, row in
      var row = row
      row.alternatives = [
        AlternativeForm(
          identifier: RegisterIdentifier(.powerPC, bits: 64, 0x20 + UInt64(index)), width: 64,
          position: 64)
      ]
      return row
    }
}

private enum MachineStateFields {
  /// Book III 4.2.1.
  static let all = [
    BitField("SF", 63), BitField("HV", 60), BitField("TS", 33...34), BitField("TM", 32),
    BitField("VEC", 25), BitField("VSX", 23), BitField("EE", 15), BitField("PR", 14),
    BitField("FP", 13), BitField("ME", 12), BitField("FE0", 11), BitField("TE", 9...10),
    BitField("FE1", 8), BitField("IR", 5), BitField("DR", 4), BitField("PMM", 2),
    BitField("RI", 1), BitField("LE", 0),
  ]
}

private enum FloatingPointFields {
  /// Book I 4.2.2.
  static let all = [
    BitField("DRN", 32...34), BitField("FX", 31), BitField("FEX", 30), BitField("VX", 29),
    BitField("OX", 28), BitField("UX", 27), BitField("ZX", 26), BitField("XX", 25),
    BitField("VXSNAN", 24), BitField("VXISI", 23), BitField("VXIDI", 22), BitField("VXZDZ", 21),
    BitField("VXIMZ", 20), BitField("VXVC", 19), BitField("FR", 18), BitField("FI", 17),
    BitField("FPRF", 12...16), BitField("VXSOFT", 10), BitField("VXSQRT", 9),
    BitField("VXCVI", 8), BitField("VE", 7), BitField("OE", 6), BitField("UE", 5),
    BitField("ZE", 4), BitField("XE", 3), BitField("NI", 2), BitField("RN", 0...1),
  ]
}

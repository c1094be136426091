internal import PowerISA
internal import ProcessorCatalog

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
  /// - Parameter spr: its name in the architecture, where that has a number for it.
  static func one(
    _ name: String, _ number: UInt64, _ width: Int = 64, spr: String? = nil, absent: UInt128? = 0,
    mask: UInt128? = nil, fields: [BitField] = []
  ) -> RegisterDescription {
    var row = RegisterDescription(
      name, RegisterIdentifier(.powerPC, bits: width, number), width: width)
    row.architected = spr.map { .specialPurpose(SPR.moved(named: $0).number) }
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
    _ name: String, _ group: Group, _ number: Int, _ width: Int = 64, spr: String? = nil,
    absent: UInt128? = nil, mask: UInt128? = nil, fields: [BitField] = []
  ) -> RegisterDescription {
    one(
      name, group.rawValue << 32 | UInt64(number), width, spr: spr, absent: absent, mask: mask,
      fields: fields)
  }

  /// A special-purpose register that KVM keeps to itself, under an identifier of ours with its number.
  static func unsent(
    _ spr: SPR, absent: UInt128? = nil, mask: UInt128? = nil
  ) -> RegisterDescription {
    var row = ours(spr.name, .unsent, spr.number, absent: absent, mask: mask)
    row.architected = .specialPurpose(spr.number)
    return row
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
      "PVR", .special, 0, 32, spr: "PVR", mask: 0xFFFF_0F00,
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
      "LPCR", 0xb5, absent: nil, mask: UInt128(LPCR.ile | 3 << LPCR.ailShift | LPCR.ld),
      fields: [
        BitField("ILE", LPCR.ile), BitField("AIL", 3 << LPCR.ailShift), BitField("UPRT", 22),
        BitField("HR", 20),
        BitField("LD", LPCR.ld), BitField("GTSE", 10), BitField("TC", 9),
      ])
    row.architected = .specialPurpose(SPR.Number.lpcr)
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
      ours("CTR", .registers, 2, spr: "CTR"),
      ours("LR", .registers, 3, spr: "LR"),
      ours(
        "XER", .registers, 4, spr: "XER",
        fields: [
          BitField("SO", XER.so), BitField("OV", XER.ov), BitField("CA", XER.ca),
          BitField("OV32", XER.ov32), BitField("CA32", XER.ca32),
          BitField("byte count", XER.byteCount),
        ]
      ).limitedToFields,
      one("TAR", 0xa8, spr: "TAR"),
    ]
    + (0..<32).map { index in
      var row = ours("GPR\(index)", .registers, 17 + index)
      row.architected = .general(index)
      return row
    }

  // MARK: Book I chapters 4 to 7

  static let floatingPointAndVector: [RegisterDescription] =
    vectorScalar + vector + [
      one(
        "FPSCR", 0x80, absent: nil, mask: UInt128(FPSCR.implemented),
        fields: FloatingPointFields.all),
      one("VRSAVE", 0xb4, 32, spr: "VRSAVE"),
    ]

  /// Not every processor has VMX.
  private static let vector: [RegisterDescription] =
    (several("VR", 0x40, 128, count: 32) { .vectorScalar($0 + 32) } + [
      // Only NJ and SAT exist.
      one(
        "VSCR", 0x81, 32, absent: nil,
        fields: [BitField("NJ", UInt64(VSCR.nj)), BitField("SAT", UInt64(VSCR.sat))]
      ).limitedToFields
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
    BitField("SF", MSR.sf), BitField("HV", MSR.hv), BitField("TS", MSR.ts), BitField("TM", MSR.tm),
    BitField("VEC", MSR.vec), BitField("VSX", MSR.vsx), BitField("EE", MSR.ee),
    BitField("PR", MSR.pr), BitField("FP", MSR.fp), BitField("ME", MSR.me),
    BitField("FE0", MSR.fe0), BitField("TE", MSR.se | MSR.be), BitField("FE1", MSR.fe1),
    BitField("IR", MSR.ir), BitField("DR", MSR.dr), BitField("PMM", MSR.pmm),
    BitField("RI", MSR.ri), BitField("LE", MSR.le),
  ]
}

private enum FloatingPointFields {
  /// Book I 4.2.2.
  static let all = [
    BitField("DRN", FPSCR.drn), BitField("FX", FPSCR.fx), BitField("FEX", FPSCR.fex),
    BitField("VX", FPSCR.vx), BitField("OX", FPSCR.ox), BitField("UX", FPSCR.ux),
    BitField("ZX", FPSCR.zx), BitField("XX", FPSCR.xx), BitField("VXSNAN", FPSCR.vxsnan),
    BitField("VXISI", FPSCR.vxisi), BitField("VXIDI", FPSCR.vxidi), BitField("VXZDZ", FPSCR.vxzdz),
    BitField("VXIMZ", FPSCR.vximz), BitField("VXVC", FPSCR.vxvc), BitField("FR", FPSCR.fr),
    BitField("FI", FPSCR.fi), BitField("FPRF", FPSCR.fprf), BitField("VXSOFT", FPSCR.vxsoft),
    BitField("VXSQRT", FPSCR.vxsqrt), BitField("VXCVI", FPSCR.vxcvi), BitField("VE", FPSCR.ve),
    BitField("OE", FPSCR.oe), BitField("UE", FPSCR.ue), BitField("ZE", FPSCR.ze),
    BitField("XE", FPSCR.xe), BitField("NI", FPSCR.ni), BitField("RN", FPSCR.rn),
  ]
}

extension SPR {
  /// The register that privileged programs move to and from by this name; some have a second number
  /// for problem state, and a few a third for the hypervisor.
  fileprivate static func moved(named name: String) -> SPR {
    func rank(_ row: SPR) -> Int {
      switch row.write {
      case .privileged: 3
      case .problem: 2
      case .hypervisor: 1
      case nil: 0
      }
    }
    let rows = all.filter { $0.name == name }
    guard let row = rows.max(by: { rank($0) < rank($1) }) else {
      preconditionFailure("\(name) is no special-purpose register")
    }
    return row
  }
}

extension RegisterDescription {
  /// The register with no bits but those of its fields.
  fileprivate var limitedToFields: RegisterDescription {
    var row = self
    row.mask = fields.reduce(0) { $0 | $1.mask }
    return row
  }
}

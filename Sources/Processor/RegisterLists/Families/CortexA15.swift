extension RegisterFamily {
  /// ARM Cortex-A15 as 32-bit KVM hosts show it, and as emulators do that took its guests over.
  ///
  /// Identifiers are composed as section 4.68 of the KVM API documentation says. Coprocessor
  /// registers are those of the ARM Architecture Reference Manual (ARMv7-A), chapter B4, and of the
  /// Cortex-A15 manual, chapter 4.
  public static let cortexA15 = RegisterFamily(
    name: "arm-cortex-a15", title: "ARM Cortex-A15, 32 bits",
    byteOrder: .little, bitOrder: .leastSignificantFirst, architectures: [.arm, .arm64],
    modes: [.aarch32],
    registers: (CortexA15.core + CortexA15.identification + CortexA15.caches + CortexA15.control
      + CortexA15.translation + CortexA15.faults + CortexA15.threads + CortexA15.timers
      + CortexA15.floatingPoint + CortexA15.performanceMonitor + CortexA15.withoutKVM
      + CortexA15.debug + CortexA15.firmware).map(CortexA15.withNonSecureForms),
    classes: [CortexA15.aarch64, CortexA15.secure],
    indexRules: [
      CortexA15.cacheSizes(CortexA15.coprocessor(1, 0, 0, 0)),
      CortexA15.cacheSizes(CortexA15.nonSecure(CortexA15.coprocessor(1, 0, 0, 0))),
    ],
    withoutEngine: "there is no ARM engine here: its lists can be compared and explained only")
}

/// The rows of the family, by chapter.
enum CortexA15 {
  // MARK: identifiers

  /// `KVM_REG_ARM_COPROC_SHIFT`
  private static let coprocessorShift: UInt64 = 16

  /// A 32-bit coprocessor register, in the order of the operands of MRC.
  static func coprocessor(
    _ opc1: UInt64, _ crn: UInt64, _ crm: UInt64, _ opc2: UInt64, number: UInt64 = 15,
    bits: Int = 32
  ) -> RegisterIdentifier {
    RegisterIdentifier(
      .arm, bits: bits,
      number << coprocessorShift | crn << 11 | crm << 7 | opc1 << 3 | opc2)
  }

  /// A 64-bit coprocessor register, as MRRC names it.
  static func coprocessor64(_ opc1: UInt64, _ crm: UInt64) -> RegisterIdentifier {
    coprocessor(opc1, 0, crm, 0, bits: 64)
  }

  // MARK: security states

  /// Set by emulators since QEMU 2.2 in the identifier of a coprocessor register's non-secure
  /// instance, which is the one of a guest of KVM; KVM leaves it clear.
  private static let nonSecureBit: UInt64 = 1 << 29
  /// `KVM_REG_ARM_SECURE_MASK`
  private static let secureBit: UInt64 = 1 << 28

  static func nonSecure(_ identifier: RegisterIdentifier) -> RegisterIdentifier {
    RegisterIdentifier(rawValue: identifier.rawValue | nonSecureBit)
  }

  /// The register with the identifiers of its non-secure instance beside KVM's.
  static func withNonSecureForms(_ row: RegisterDescription) -> RegisterDescription {
    // Numbers of coprocessors are below those of KVM's own groups.
    guard row.identifier.rawValue >> coprocessorShift & 0xFFF < Group.core.rawValue else {
      return row
    }
    var row = row
    // Forms of a part come first: one with all bits serves for every value.
    row.alternatives += row.alternatives.map { form in
      var form = form
      form.identifier = nonSecure(form.identifier)
      form.isPreferred = true
      return form
    }
    row.alternatives.append(
      AlternativeForm(
        identifier: nonSecure(row.identifier), width: row.width, isPreferred: true))
    return row
  }

  /// Secure instances; no guest here runs in secure state.
  static let secure = IdentifierClass(
    mask: 0xFF00_0000_0000_0000 | secureBit,
    value: UInt64(RegisterIdentifier.Architecture.arm.rawValue) << 56 | secureBit, modes: []
  ) { "secure register \($0)" }

  /// CCSIDR read through its coprocessor identifier.
  static func cacheSizes(_ window: RegisterIdentifier) -> IndexRule {
    IndexRule(
      selector: "CSSELR", window: window,
      entries: Dictionary(
        uniqueKeysWithValues: cacheSelections.map { (UInt128($0), "CCSIDR[\($0)]") }))
  }

  /// Groups of KVM's own beside the coprocessors.
  enum Group: UInt64 {
    /// Words of `struct kvm_regs`.
    case core = 0x10
    /// CCSIDR by CSSELR.
    case demultiplexed = 0x11
    case floatingPoint = 0x12
    /// What the hypervisor's firmware interface offers the guest.
    case firmware = 0x14
  }

  static func group(_ group: Group, _ number: UInt64, bits: Int = 32) -> RegisterIdentifier {
    RegisterIdentifier(.arm, bits: bits, group.rawValue << coprocessorShift | number)
  }

  // MARK: rows

  /// Part of the guest's state.
  static func state(
    _ name: String, _ identifier: RegisterIdentifier, absent: UInt128? = nil,
    mask: UInt128? = nil, _ fields: [BitField] = []
  ) -> RegisterDescription {
    var row = RegisterDescription(name, identifier, width: (identifier.byteCount ?? 4) * 8)
    row.modes = [.aarch32]
    row.absent = absent
    row.mask = mask ?? row.mask
    row.fields = fields
    return row
  }

  /// A property of the processor.
  static func constant(
    _ name: String, _ identifier: RegisterIdentifier, absent: UInt128? = nil,
    mask: UInt128? = nil, _ fields: [BitField] = []
  ) -> RegisterDescription {
    var row = state(name, identifier, absent: absent, mask: mask, fields)
    row.role = .constant
    return row
  }

  /// A 64-bit register that short-descriptor software knows by a 32-bit name; its upper half means
  /// something only with long descriptors (TTBCR.EAE).
  private static func translationBase(_ name: String, opc1: UInt64, opc2: UInt64)
    -> RegisterDescription
  {
    var row = state(name, coprocessor64(opc1, 2))
    row.alternatives = [narrow(coprocessor(0, 2, 0, opc2))]
    return row
  }

  private static func narrow(_ identifier: RegisterIdentifier) -> AlternativeForm {
    AlternativeForm(
      identifier: identifier, width: 32,
      rest: .meaningless(unless: BitCondition(register: "TTBCR", bit: 31)))
  }

  // MARK: core registers

  /// Words of `struct kvm_regs`: those of user mode, then the banked ones of each mode.
  static let core: [RegisterDescription] = {
    let status = [
      BitField("N", 31), BitField("Z", 30), BitField("C", 29), BitField("V", 28), BitField("Q", 27),
      BitField("J", 24), BitField("GE", 16...19), BitField("E", 9), BitField("A", 8),
      BitField("I", 7), BitField("F", 6), BitField("T", 5), BitField("M", 0...4),
    ]
    let user = (0...12).map { "R\($0)" } + ["SP_usr", "LR_usr", "PC", "CPSR", "ORIG_R0"]
    let banked = ["svc", "abt", "und", "irq"].flatMap { ["SP_\($0)", "LR_\($0)", "SPSR_\($0)"] }
    let fast = (8...12).map { "R\($0)_fiq" } + ["SP_fiq", "LR_fiq", "SPSR_fiq"]
    return (user + banked + fast).enumerated().map { index, name in
      var row = state(name, group(.core, UInt64(index)))
      if name.contains("PSR") { row.fields = status }
      if name == "ORIG_R0" {
        // A slot of Linux's own, no register.
        row.absent = 0
        row.mask = 0
      }
      return row
    }
  }()

  // MARK: identification (c0)

  static let identification: [RegisterDescription] =
    [
      // Variant and revision may differ.
      constant(
        "MIDR", coprocessor(0, 0, 0, 0), mask: 0xFF0F_FFF0,
        [
          BitField("implementer", 24...31), BitField("variant", 20...23),
          BitField("architecture", 16...19), BitField("part", 4...15), BitField("revision", 0...3),
        ]),
      constant("CTR", coprocessor(0, 0, 0, 1)),
      constant("TCMTR", coprocessor(0, 0, 0, 2), absent: 0),
      constant("TLBTR", coprocessor(0, 0, 0, 3), absent: 0),
      constant(
        "MPIDR", coprocessor(0, 0, 0, 5),
        [
          BitField("M", 31), BitField("U", 30), BitField("MT", 24), BitField("Aff2", 16...23),
          BitField("Aff1", 8...15), BitField("Aff0", 0...7),
        ]),
      // Which repairs a revision has, and revisions may differ.
      constant("REVIDR", coprocessor(0, 0, 0, 6), absent: 0, mask: 0),
    ] + features
    + [constant("AIDR", coprocessor(1, 0, 0, 7), absent: 0)]

  /// ID_PFR0 and so on: CRm 1 and 2.
  private static let features: [RegisterDescription] =
    [
      "ID_PFR0", "ID_PFR1", "ID_DFR0", "ID_AFR0", "ID_MMFR0", "ID_MMFR1", "ID_MMFR2", "ID_MMFR3",
      "ID_ISAR0", "ID_ISAR1", "ID_ISAR2", "ID_ISAR3", "ID_ISAR4", "ID_ISAR5",
    ].enumerated().map { index, name in
      // Feature fields are of four bits.
      constant(
        name, coprocessor(0, 0, 1 + UInt64(index) / 8, UInt64(index) % 8),
        absent: ["ID_AFR0", "ID_ISAR5"].contains(name) ? 0 : nil,
        (0..<8).map { BitField("field \($0)", 4 * $0...4 * $0 + 3) })
    }

  // MARK: caches

  /// Values of CSSELR that select a cache: first level data and instruction, second level.
  static let cacheSelections = 0...2

  static let caches: [RegisterDescription] =
    [
      constant(
        "CLIDR", coprocessor(1, 0, 0, 1),
        [BitField("LoUU", 27...29), BitField("LoC", 24...26), BitField("LoUIS", 21...23)]
          + (1...7).map { BitField("Ctype\($0)", 3 * $0 - 3...3 * $0 - 1) }),
      state(
        "CSSELR", coprocessor(2, 0, 0, 0), absent: 0,
        [BitField("Level", 1...3), BitField("InD", 0)]
      ),
    ]
    + cacheSelections.map { selection in
      constant(
        "CCSIDR[\(selection)]", group(.demultiplexed, UInt64(selection)),
        [
          BitField("WT", 31), BitField("WB", 30), BitField("RA", 29), BitField("WA", 28),
          BitField("NumSets", 13...27), BitField("Associativity", 3...12),
          BitField("LineSize", 0...2),
        ])
    }

  // MARK: control (c1, c9)

  static let control: [RegisterDescription] = [
    state(
      "SCTLR", coprocessor(0, 1, 0, 0),
      [
        BitField("TE", 30), BitField("AFE", 29), BitField("TRE", 28), BitField("NMFI", 27),
        BitField("EE", 25), BitField("UWXN", 20), BitField("WXN", 19), BitField("V", 13),
        BitField("I", 12), BitField("Z", 11), BitField("SW", 10), BitField("CP15BEN", 5),
        BitField("C", 2), BitField("A", 1), BitField("M", 0),
      ]),
    // Read-only to a KVM guest; of its bits only SMP says something of the machine.
    constant("ACTLR", coprocessor(0, 1, 0, 1), mask: 1 << 6, [BitField("SMP", 6)]),
    state(
      "CPACR", coprocessor(0, 1, 0, 2),
      [
        BitField("ASEDIS", 31), BitField("D32DIS", 30), BitField("TRCDIS", 28),
        BitField("cp11", 22...23), BitField("cp10", 20...21),
      ]),
    // Whether the chip has an interrupt controller inside says nothing of the guest's.
    constant(
      "L2CTLR", coprocessor(1, 9, 0, 2), mask: 0xFF7F_FFFF,
      [
        BitField("processors", 24...25), BitField("interrupt controller", 23),
        BitField("tag RAM latency", 6...8), BitField("data RAM latency", 0...2),
      ]),
  ]

  // MARK: translation (c2, c3, c7, c10)

  static let translation: [RegisterDescription] = [
    translationBase("TTBR0", opc1: 0, opc2: 0),
    translationBase("TTBR1", opc1: 1, opc2: 1),
    translationControl,
    state(
      "DACR", coprocessor(0, 3, 0, 0), (0..<16).map { BitField("D\($0)", 2 * $0...2 * $0 + 1) }),
    translationResult,
    state("PRRR", coprocessor(0, 10, 2, 0)),
    state("NMRR", coprocessor(0, 10, 2, 1)),
    // Without meaning on this processor; kernels before 3.15 do not send them.
    state("AMAIR0", coprocessor(0, 10, 3, 0), absent: 0),
    state("AMAIR1", coprocessor(0, 10, 3, 1), absent: 0),
  ]

  /// Emulators that model AArch64 too keep it, and send it, in 64 bits.
  private static let translationControl: RegisterDescription = {
    var row = state(
      "TTBCR", coprocessor(0, 2, 0, 2),
      [BitField("EAE", 31), BitField("PD1", 5), BitField("PD0", 4), BitField("N", 0...2)])
    row.alternatives = [
      AlternativeForm(identifier: coprocessor(0, 2, 0, 2, bits: 64), width: 32)
    ]
    return row
  }()

  /// The result of an address translation operation.
  private static let translationResult: RegisterDescription = {
    var row = state(
      "PAR", coprocessor64(0, 7), absent: 0, [BitField("LPAE", 11), BitField("F", 0)])
    row.alternatives = [narrow(coprocessor(0, 7, 4, 0))]
    return row
  }()
}

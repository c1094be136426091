extension CortexA15 {
  // MARK: faults (c5, c6)

  static let faults: [RegisterDescription] = {
    let status = [
      BitField("CM", 13), BitField("ExT", 12), BitField("WnR", 11), BitField("FS[4]", 10),
      BitField("LPAE", 9), BitField("domain", 4...7), BitField("FS", 0...3),
    ]
    return [
      state("DFSR", coprocessor(0, 5, 0, 0), status),
      state("IFSR", coprocessor(0, 5, 0, 1), status),
      // An emulator may have nothing auxiliary to say.
      state("ADFSR", coprocessor(0, 5, 1, 0), absent: 0),
      state("AIFSR", coprocessor(0, 5, 1, 1), absent: 0),
      state("DFAR", coprocessor(0, 6, 0, 0)),
      state("IFAR", coprocessor(0, 6, 0, 2)),
    ]
  }()

  // MARK: vectors, process and thread identification (c12, c13)

  static let threads: [RegisterDescription] = [
    state("VBAR", coprocessor(0, 12, 0, 0)),
    state("CONTEXTIDR", coprocessor(0, 13, 0, 1)),
    state("TPIDRURW", coprocessor(0, 13, 0, 2)),
    state("TPIDRURO", coprocessor(0, 13, 0, 3)),
    state("TPIDRPRW", coprocessor(0, 13, 0, 4)),
  ]

  // MARK: generic timer (c14)

  static let timers: [RegisterDescription] = [
    state("CNTKCTL", coprocessor(0, 14, 1, 0), absent: 0),
    state(
      "CNTV_CTL", coprocessor(0, 14, 3, 1), absent: 0,
      [BitField("ISTATUS", 2), BitField("IMASK", 1), BitField("ENABLE", 0)]),
    // Advances while lists are made.
    state("CNTVCT", coprocessor64(1, 14), absent: 0, mask: 0),
    state("CNTV_CVAL", coprocessor64(3, 14), absent: 0),
  ]

  // MARK: floating point and Advanced SIMD

  static let floatingPoint: [RegisterDescription] =
    (0..<32).map { state("D\($0)", group(.floatingPoint, UInt64($0), bits: 64)) } + [
      constant("FPSID", control(0)),
      state(
        "FPSCR", control(1),
        [
          BitField("N", 31), BitField("Z", 30), BitField("C", 29), BitField("V", 28),
          BitField("QC", 27), BitField("AHP", 26), BitField("DN", 25), BitField("FZ", 24),
          BitField("RMode", 22...23), BitField("Stride", 20...21), BitField("Len", 16...18),
          BitField("IDC", 7), BitField("IXC", 4), BitField("UFC", 3), BitField("OFC", 2),
          BitField("DZC", 1), BitField("IOC", 0),
        ]),
      constant("MVFR1", control(6)),
      constant("MVFR0", control(7)),
      state("FPEXC", control(8), [BitField("EX", 31), BitField("EN", 30), BitField("DEX", 29)]),
      // Not in this processor's floating-point unit, but in KVM's lists.
      state("FPINST", control(9), absent: 0, mask: 0),
      state("FPINST2", control(10), absent: 0, mask: 0),
    ]

  /// A control register by the number that VMRS gives it.
  private static func control(_ number: UInt64) -> RegisterIdentifier {
    group(.floatingPoint, 0x1000 | number)
  }

  // MARK: performance monitor (c9)

  /// A KVM guest of the time reads zeros and sends nothing.
  static let performanceMonitor: [RegisterDescription] = [
    // The upper half names the implementation.
    state("PMCR", coprocessor(0, 9, 12, 0), absent: 0, mask: 0x3F, [BitField("E", 0)]),
    state("PMCNTENSET", coprocessor(0, 9, 12, 1), absent: 0),
    state("PMCNTENCLR", coprocessor(0, 9, 12, 2), absent: 0),
    state("PMOVSR", coprocessor(0, 9, 12, 3), absent: 0),
    state("PMSELR", coprocessor(0, 9, 12, 5), absent: 0),
    state("PMCCNTR", coprocessor(0, 9, 13, 0), absent: 0, mask: 0),
    state("PMXEVTYPER", coprocessor(0, 9, 13, 1), absent: 0),
    state("PMXEVCNTR", coprocessor(0, 9, 13, 2), absent: 0, mask: 0),
    state("PMUSERENR", coprocessor(0, 9, 14, 0), absent: 0),
    state("PMINTENSET", coprocessor(0, 9, 14, 1), absent: 0),
    state("PMINTENCLR", coprocessor(0, 9, 14, 2), absent: 0),
  ]

  // MARK: what emulators send and KVM does not

  static let withoutKVM: [RegisterDescription] = [
    state("SCR", coprocessor(0, 1, 1, 0), absent: 0),
    state("SDER", coprocessor(0, 1, 1, 1), absent: 0),
    state("NSACR", coprocessor(0, 1, 1, 2), absent: 0),
    state("MVBAR", coprocessor(0, 12, 0, 1), absent: 0),
    state("FCSEIDR", coprocessor(0, 13, 0, 0), absent: 0),
    constant("L2ECTLR", coprocessor(1, 9, 0, 3), absent: 0),
    // The machine says in its tree what the guest goes by.
    state("CNTFRQ", coprocessor(0, 14, 0, 0), absent: 0, mask: 0),
    state("CNTP_CTL", coprocessor(0, 14, 2, 1), absent: 0),
    state("CNTPCT", coprocessor64(0, 14), absent: 0, mask: 0),
    state("CNTP_CVAL", coprocessor64(2, 14), absent: 0),
    // Where the interrupt controller is; a KVM guest reads zero.
    constant("CBAR", coprocessor(4, 15, 0, 0), absent: 0, mask: 0),
    state("TEECR", coprocessor(6, 0, 0, 0, number: 14), absent: 0),
    state("TEEHBR", coprocessor(6, 1, 0, 0, number: 14), absent: 0),
  ]

  // MARK: firmware interface

  /// `KVM_REG_ARM_FW_REG`: the PSCI version of the guest, and the workarounds that it may call.
  /// Kernels before 4.16 do not have them; their version of PSCI is 0.2.
  static let firmware: [RegisterDescription] = [
    state(
      "PSCI_VERSION", group(.firmware, 0, bits: 64), absent: 2,
      [BitField("major", 16...31), BitField("minor", 0...15)]),
    state("SMCCC_ARCH_WORKAROUND_1", group(.firmware, 1, bits: 64), absent: 0),
    state("SMCCC_ARCH_WORKAROUND_2", group(.firmware, 2, bits: 64), absent: 0),
    state("SMCCC_ARCH_WORKAROUND_3", group(.firmware, 3, bits: 64), absent: 0),
  ]

  // MARK: debug (coprocessor 14)

  /// A KVM guest of the time has no debug registers.
  static let debug: [RegisterDescription] =
    [
      constant("DBGDIDR", debugRegister(0, 0), absent: 0, mask: 0),
      constant("DBGDRAR", coprocessor(0, 1, 0, 0, number: 14), absent: 0, mask: 0),
      constant("DBGDSAR", coprocessor(0, 2, 0, 0, number: 14), absent: 0, mask: 0),
      state("DBGDSCR", debugRegister(2, 2), absent: 0),
      state("DBGVCR", debugRegister(7, 0), absent: 0),
    ]
    + (0..<6).flatMap { number in
      [
        state("DBGBVR\(number)", debugRegister(number, 4), absent: 0),
        state("DBGBCR\(number)", debugRegister(number, 5), absent: 0),
      ]
    }
    + (0..<4).flatMap { number in
      [
        state("DBGWVR\(number)", debugRegister(number, 6), absent: 0),
        state("DBGWCR\(number)", debugRegister(number, 7), absent: 0),
      ]
    }

  private static func debugRegister(_ crm: UInt64, _ opc2: UInt64) -> RegisterIdentifier {
    coprocessor(0, 0, crm, opc2, number: 14)
  }

  // MARK: AArch64

  /// System registers of AArch64, which emulators that model both list for a 32-bit guest too. They
  /// are called as assemblers call a register without a name: `S3_0_C13_C0_4`.
  static let aarch64 = IdentifierClass(
    mask: 0xFF00_0000_0000_0000,
    value: UInt64(RegisterIdentifier.Architecture.arm64.rawValue) << 56,
    modes: [.aarch64]
  ) { identifier in
    let bits = identifier.rawValue
    guard bits >> 16 & 0xFFF == 0x13 else { return "AArch64 register \(identifier)" }
    return
      "S\(bits >> 14 & 3)_\(bits >> 11 & 7)_C\(bits >> 7 & 15)_C\(bits >> 3 & 15)_\(bits & 7)"
  }
}

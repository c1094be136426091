internal import CAsmJit
internal import PowerISA
internal import PowerJIT

extension HostOperation {
  static let and = HostOperation(CAsmPand, CAsmVpand, commutes: true, maskWidth: 8)
  /// Not the first, and the second.
  static let andn = HostOperation(CAsmPandn, CAsmVpandn, maskWidth: 8)
  static let or = HostOperation(CAsmPor, CAsmVpor, commutes: true, maskWidth: 8)
  static let xor = HostOperation(CAsmPxor, CAsmVpxor, commutes: true, maskWidth: 8)
  static let addBytes = HostOperation(CAsmPaddb, CAsmVpaddb, commutes: true)
  static let addHalfwords = HostOperation(CAsmPaddw, CAsmVpaddw, commutes: true)
  static let addWords = HostOperation(CAsmPaddd, CAsmVpaddd, commutes: true)
  static let addDoublewords = HostOperation(CAsmPaddq, CAsmVpaddq, commutes: true)
  static let subtractBytes = HostOperation(CAsmPsubb, CAsmVpsubb)
  static let subtractHalfwords = HostOperation(CAsmPsubw, CAsmVpsubw)
  static let subtractWords = HostOperation(CAsmPsubd, CAsmVpsubd)
  static let subtractDoublewords = HostOperation(CAsmPsubq, CAsmVpsubq)
  static let shuffle = HostOperation(CAsmPshufb, CAsmVpshufb)
  static let equalBytes = HostOperation(CAsmPcmpeqb, CAsmVpcmpeqb, commutes: true, maskWidth: 1)
  static let equalHalfwords = HostOperation(CAsmPcmpeqw, CAsmVpcmpeqw, commutes: true, maskWidth: 2)
  static let equalWords = HostOperation(CAsmPcmpeqd, CAsmVpcmpeqd, commutes: true, maskWidth: 4)
  static let greaterWords = HostOperation(CAsmPcmpgtd, CAsmVpcmpgtd, maskWidth: 4)
  static let greaterDoublewords = HostOperation(CAsmPcmpgtq, CAsmVpcmpgtq, maskWidth: 8)
  static let multiplyHalfwords = HostOperation(CAsmPmullw, CAsmVpmullw, commutes: true)
  static let multiplyWords = HostOperation(CAsmPmulld, CAsmVpmulld, commutes: true)
  /// Signed halfwords, and the sums of the pairs.
  static let multiplyAddHalfwords = HostOperation(CAsmPmaddwd, CAsmVpmaddwd, commutes: true)
  static let packWords = HostOperation(CAsmPackusdw, CAsmVpackusdw)
  static let packHalfwords = HostOperation(CAsmPackuswb, CAsmVpackuswb)
  static let packSignedWords = HostOperation(CAsmPackssdw, CAsmVpackssdw)
  static let packSignedHalfwords = HostOperation(CAsmPacksswb, CAsmVpacksswb)
  static let greaterBytes = HostOperation(CAsmPcmpgtb, CAsmVpcmpgtb, maskWidth: 1)
  static let minimumBytes = HostOperation(CAsmPminub, CAsmVpminub, commutes: true)
  static let minimumHalfwords = HostOperation(CAsmPminuw, CAsmVpminuw, commutes: true)
  static let minimumWords = HostOperation(CAsmPminud, CAsmVpminud, commutes: true)
  static let maximumBytes = HostOperation(CAsmPmaxub, CAsmVpmaxub, commutes: true)
  static let maximumHalfwords = HostOperation(CAsmPmaxuw, CAsmVpmaxuw, commutes: true)
  static let maximumWords = HostOperation(CAsmPmaxud, CAsmVpmaxud, commutes: true)
}

extension RegionEmitter {
  /// Instructions that do the same to each element, or interleave elements, as the host does: its
  /// operation, and whether it has the operands the other way round.
  static let elementwise: [InstructionID: (operation: HostOperation, swapped: Bool)] = [
    .vand: (.and, false), .xxland: (.and, false), .vor: (.or, false), .xxlor: (.or, false),
    .vxor: (.xor, false), .xxlxor: (.xor, false), .vandc: (.andn, true), .xxlandc: (.andn, true),
    .vaddubm: (.addBytes, false), .vadduhm: (.addHalfwords, false), .vadduwm: (.addWords, false),
    .vaddudm: (.addDoublewords, false),
    .vsububm: (.subtractBytes, false),
    .vsubuhm: (.subtractHalfwords, false), .vsubuwm: (.subtractWords, false),
    .vsubudm: (.subtractDoublewords, false), .vmuluwm: (.multiplyWords, false),
    .vmaxub: (.maximumBytes, false), .vmaxuh: (.maximumHalfwords, false),
    .vmaxuw: (.maximumWords, false),
    .vmaxsb: (HostOperation(CAsmPmaxsb, CAsmVpmaxsb, commutes: true), false),
    .vmaxsh: (HostOperation(CAsmPmaxsw, CAsmVpmaxsw, commutes: true), false),
    .vmaxsw: (HostOperation(CAsmPmaxsd, CAsmVpmaxsd, commutes: true), false),
    .vminub: (.minimumBytes, false),
    .vminuh: (.minimumHalfwords, false), .vminuw: (.minimumWords, false),
    .vminsb: (HostOperation(CAsmPminsb, CAsmVpminsb, commutes: true), false),
    .vminsh: (HostOperation(CAsmPminsw, CAsmVpminsw, commutes: true), false),
    .vminsw: (HostOperation(CAsmPminsd, CAsmVpminsd, commutes: true), false),
    .vavgub: (HostOperation(CAsmPavgb, CAsmVpavgb, commutes: true), false),
    .vavguh: (HostOperation(CAsmPavgw, CAsmVpavgw, commutes: true), false),
    .vmulouw: (HostOperation(CAsmPmuludq, CAsmVpmuludq, commutes: true), false),
    .vmulosw: (HostOperation(CAsmPmuldq, CAsmVpmuldq, commutes: true), false),
    // Element 0 is the most significant, and the host's highest.
    .vmrghb: (HostOperation(CAsmPunpckhbw, CAsmVpunpckhbw, maskWidth: 1), true),
    .vmrghh: (HostOperation(CAsmPunpckhwd, CAsmVpunpckhwd, maskWidth: 2), true),
    .vmrghw: (HostOperation(CAsmPunpckhdq, CAsmVpunpckhdq, maskWidth: 4), true),
    .xxmrghw: (HostOperation(CAsmPunpckhdq, CAsmVpunpckhdq, maskWidth: 4), true),
    .vmrglb: (HostOperation(CAsmPunpcklbw, CAsmVpunpcklbw, maskWidth: 1), true),
    .vmrglh: (HostOperation(CAsmPunpcklwd, CAsmVpunpcklwd, maskWidth: 2), true),
    .vmrglw: (HostOperation(CAsmPunpckldq, CAsmVpunpckldq, maskWidth: 4), true),
    .xxmrglw: (HostOperation(CAsmPunpckldq, CAsmVpunpckldq, maskWidth: 4), true),
  ]

  /// Those of which each bit of the result is inverted.
  static let inverted: [InstructionID: (operation: HostOperation, swapped: Bool)] = [
    .vnor: (.or, false), .xxlnor: (.or, false), .vnand: (.and, false), .xxlnand: (.and, false),
    .veqv: (.xor, false), .xxleqv: (.xor, false),
    // A or not B is the inverse of B and not A.
    .vorc: (.andn, false), .xxlorc: (.andn, false),
  ]
}

extension HostCode {
  /// What the host does with whole vectors, or with all elements, in one instruction.
  static let elementwise: [HostCode] = [
    HostCode(
      Array(RegionEmitter.elementwise.keys) + RegionEmitter.inverted.keys,
      [.noSideExit, .sparesXMM3], needs: { $0.sse41 }
    ) { $0.elementwise($1) }
  ]
}

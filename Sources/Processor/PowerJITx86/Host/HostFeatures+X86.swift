internal import CAsmJit
internal import PowerJIT

// The features of the host's processor beyond the x86-64 baseline.
extension HostFeatures {
  /// In the order of their bits.
  private enum Feature: UInt64, CaseIterable {
    case movbe, counts, bmi1, bmi2, sse41, sse42, aes, carryless, avx, avx2, fma, f16c

    var bit: UInt64 { 1 << rawValue }
  }

  private func has(_ feature: Feature) -> Bool { bits & feature.bit != 0 }

  var movbe: Bool { has(.movbe) }
  /// `lzcnt`, `tzcnt`, `popcnt`.
  var counts: Bool { has(.counts) }
  var bmi1: Bool { has(.bmi1) }
  var bmi2: Bool { has(.bmi2) }
  /// With SSSE3.
  var sse41: Bool { has(.sse41) }
  var sse42: Bool { has(.sse42) }
  var aes: Bool { has(.aes) }
  /// `pclmulqdq`.
  var carryless: Bool { has(.carryless) }
  var avx: Bool { has(.avx) }
  var avx2: Bool { has(.avx2) }
  var fma: Bool { has(.fma) }
  /// Conversions of half-precision numbers.
  var f16c: Bool { has(.f16c) }

  /// Those of this host.
  init() {
    let host = casm_host()
    let present: [(Feature, Bool)] = [
      (.movbe, host.movbe != 0),
      (.counts, host.lzcnt != 0 && host.bmi1 != 0 && host.popcnt != 0),
      (.bmi1, host.bmi1 != 0), (.bmi2, host.bmi2 != 0),
      (.sse41, host.sse41 != 0 && host.ssse3 != 0), (.sse42, host.sse42 != 0),
      (.aes, host.aes != 0), (.carryless, host.pclmulqdq != 0),
      (.avx, host.avx != 0), (.avx2, host.avx2 != 0), (.fma, host.fma != 0),
      (.f16c, host.f16c != 0),
    ]
    self.init(
      bits: present.reduce(0) { $0 | ($1.1 ? $1.0.bit : 0) }, microOps: .all)
    setMicroOps()
  }

  /// Those micro-ops are left out that are instructions of the host, and are too slow without.
  private mutating func setMicroOps() {
    microOps = .all
    if !counts { microOps.subtract(MicroOp.Codes(.leadingZeros, .trailingZeros, .ones)) }
    if !bmi2 { microOps.subtract(MicroOp.Codes(.deposit, .extract)) }
  }

  /// The names of all features.
  static var names: [String] { Feature.allCases.map { "\($0)" }.sorted() }

  /// Takes features away. Those that a host has only with others go with them.
  mutating func mask(_ names: Set<String>) {
    var taken = Feature.allCases.filter { names.contains("\($0)") }
    for (feature, needed): (Feature, Feature) in [
      (.sse42, .sse41), (.avx, .sse42), (.avx2, .avx), (.fma, .avx), (.f16c, .avx),
    ] where taken.contains(needed) || !has(needed) { taken.append(feature) }
    for feature in taken { bits &= ~feature.bit }
    setMicroOps()
  }
}

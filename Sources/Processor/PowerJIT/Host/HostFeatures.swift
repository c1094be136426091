internal import CAsmJit

/// The features of the host's processor beyond the x86-64 baseline.
struct HostFeatures {
  private(set) var movbe: Bool
  /// `lzcnt`, `tzcnt`, `popcnt`.
  private(set) var counts: Bool
  private(set) var bmi1: Bool
  private(set) var bmi2: Bool
  /// With SSSE3.
  private(set) var sse41: Bool
  private(set) var sse42: Bool
  private(set) var aes: Bool
  /// `pclmulqdq`.
  private(set) var carryless: Bool
  private(set) var avx: Bool
  private(set) var avx2: Bool
  private(set) var fma: Bool
  /// Conversions of half-precision numbers.
  private(set) var f16c: Bool

  init() {
    let host = casm_host()
    movbe = host.movbe != 0
    counts = host.lzcnt != 0 && host.bmi1 != 0 && host.popcnt != 0
    bmi1 = host.bmi1 != 0
    bmi2 = host.bmi2 != 0
    sse41 = host.sse41 != 0 && host.ssse3 != 0
    sse42 = host.sse42 != 0
    aes = host.aes != 0
    carryless = host.pclmulqdq != 0
    avx = host.avx != 0
    avx2 = host.avx2 != 0
    fma = host.fma != 0
    f16c = host.f16c != 0
  }

  private static var byName: [String: WritableKeyPath<HostFeatures, Bool>] {
    [
      "movbe": \.movbe, "counts": \.counts, "bmi1": \.bmi1, "bmi2": \.bmi2, "sse41": \.sse41,
      "sse42": \.sse42, "aes": \.aes, "carryless": \.carryless, "avx": \.avx, "avx2": \.avx2,
      "fma": \.fma, "f16c": \.f16c,
    ]
  }

  /// A bit for each feature.
  var bits: UInt64 {
    Self.byName.sorted { $0.key < $1.key }.reduce(0) { $0 << 1 | (self[keyPath: $1.value] ? 1 : 0) }
  }

  /// The names of all features.
  static var names: [String] { byName.keys.sorted() }

  /// Takes features away. Those that a host has only with others go with them.
  mutating func mask(_ names: Set<String>) {
    for name in names {
      if let feature = Self.byName[name] { self[keyPath: feature] = false }
    }
    sse42 = sse42 && sse41
    avx = avx && sse42
    avx2 = avx2 && avx
    fma = fma && avx
    f16c = f16c && avx
  }
}

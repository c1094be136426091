internal import CAsmJit

/// The features of the host's processor beyond the x86-64 baseline.
struct HostFeatures {
  let movbe: Bool
  /// `lzcnt`, `tzcnt`, `popcnt`.
  let counts: Bool
  let bmi1: Bool
  let bmi2: Bool
  /// With SSSE3.
  let sse41: Bool
  let sse42: Bool
  let aes: Bool
  /// `pclmulqdq`.
  let carryless: Bool
  let avx: Bool
  let avx2: Bool
  let fma: Bool

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
  }
}

internal import LinuxView

extension Feature {
  /// The names of the bits that one word has and another lacks; none for what is no word of bits.
  func names(_ word: String, without other: String) -> [String] {
    guard let one = UInt32(word.suffix(8), radix: 16), let two = UInt32(other.suffix(8), radix: 16)
    else { return [] }
    return switch self {
    case .hwcap: HardwareCapabilities(rawValue: one & ~two).names
    case .hwcap2: HardwareCapabilities2(rawValue: one & ~two).names
    default: []
    }
  }
}

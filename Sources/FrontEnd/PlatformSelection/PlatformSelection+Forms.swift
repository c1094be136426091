internal import HostSupport
internal import PowerISA

/// The binary form: big-endian, 32 bytes.
///
/// | offset | bytes | what |
/// | --- | --- | --- |
/// | 0 | 2 | platform |
/// | 2 | 2 | architecture level, decimal hundredths; 0 open |
/// | 4 | 4 | flags |
/// | 8 | 4 | processor version; 0 open |
/// | 12 | 20 | reserved, zero |
extension PlatformSelection {
  /// Bytes of the binary form.
  public static let size = 32
  private static let reserved = 12

  /// Reads the binary form; reserved bytes and unknown bits are refused.
  public init(bytes: [UInt8]) throws(PlatformSelectionError) {
    guard bytes.count == Self.size else { throw .length(bytes.count) }
    if let offset = bytes[Self.reserved...].firstIndex(where: { $0 != 0 }) {
      throw .reserved(offset)
    }
    func number(_ range: Range<Int>) -> UInt32 { bytes[range].reduce(0) { $0 << 8 | UInt32($1) } }
    try self.init(
      platform: UInt16(number(0..<2)), architecture: UInt16(number(2..<4)),
      version: number(8..<12), flags: number(4..<8))
  }

  /// The binary form.
  public var bytes: [UInt8] {
    func put(_ value: UInt32, _ count: Int) -> [UInt8] {
      (1...count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (count - $0))) }
    }
    return put(UInt32(platform.rawValue), 2) + put(UInt32(architecture?.rawValue ?? 0), 2)
      + put(flags.rawValue, 4) + put(version ?? 0, 4)
      + [UInt8](repeating: 0, count: Self.size - Self.reserved)
  }
}

extension PlatformSelection.Platform {
  /// The name in the text form.
  public var name: String {
    switch self {
    case .none: "none"
    case .kvm: "kvm"
    case .papr: "spapr"
    }
  }
}

/// The text form: `spapr,arch=206,pvr=0x003f0203,flags=cross-arch`, all but the platform optional.
extension PlatformSelection: CustomStringConvertible {
  private static let crossName = "cross-arch"

  /// Reads the text form; the parts may come in any order after the platform.
  public init(text: String) throws(PlatformSelectionError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard let platform = Platform.allCases.first(where: { $0.name == parts[0] }) else {
      throw .text(String(parts[0]))
    }
    var (architecture, version, flags): (UInt16?, UInt32?, UInt32?)
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count == 2 ? pair[1] : ""
      switch pair[0] {
      case "arch" where architecture == nil:
        architecture = value.first?.isNumber == true ? UInt16(value) : nil
        guard architecture != nil else { throw .text(String(part)) }
      case "pvr" where version == nil:
        version = UInt32(hexadecimal: value)
        guard version != nil else { throw .text(String(part)) }
      case "flags" where flags == nil && value == Self.crossName:
        flags = Flags.crossArchitecture.rawValue
      default: throw .text(String(part))
      }
    }
    try self.init(
      platform: platform.rawValue, architecture: architecture ?? 0, version: version ?? 0,
      flags: flags ?? 0)
  }

  /// The text form, with only what is set.
  public var description: String {
    var text = platform.name
    if let architecture { text += ",arch=\(architecture.rawValue)" }
    if let version { text += ",pvr=\(version.hexadecimal(digits: 8))" }
    if flags.contains(.crossArchitecture) { text += ",flags=\(Self.crossName)" }
    return text
  }
}

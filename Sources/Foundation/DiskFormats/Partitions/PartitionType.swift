/// What a partition is for, as its table says.
public enum PartitionType: Hashable, Sendable, CustomStringConvertible {
  /// The system indicator byte of an MBR.
  case mbr(UInt8)
  /// The type GUID of a GPT, in the byte order of the table: its first three groups are
  /// little-endian.
  case gpt([UInt8])

  /// A PReP boot partition of an MBR.
  public static let prepMBR = PartitionType.mbr(0x41)
  /// A PReP boot partition of a GPT: 9E1A2D38-C612-4316-AA26-8B49521E5A8B.
  public static let prepGPT = PartitionType.gpt([
    0x38, 0x2D, 0x1A, 0x9E, 0x12, 0xC6, 0x16, 0x43, 0xAA, 0x26, 0x8B, 0x49, 0x52, 0x1E, 0x5A, 0x8B,
  ])

  /// Whether the partition holds a boot program for Open Firmware, as it is (LoPAR, "Boot Process").
  public var isPReP: Bool { self == .prepMBR || self == .prepGPT }

  /// The number or the GUID in the usual form.
  public var description: String {
    switch self {
    case .mbr(let type): return "type 0x" + Self.hexadecimal([type])
    case .gpt(let bytes):
      guard bytes.count == 16 else { return "type " + Self.hexadecimal(bytes) }
      let groups = [
        bytes[0..<4].reversed(), bytes[4..<6].reversed(), bytes[6..<8].reversed(),
        Array(bytes[8..<10]), Array(bytes[10...]),
      ]
      return "type " + groups.map(Self.hexadecimal).joined(separator: "-")
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// A partition of a disk.
public struct DiskPartition: Hashable, Sendable {
  /// The number by which device specifiers and Linux name the partition: from 1; logical ones from 5.
  public let number: Int
  /// What it is for.
  public let type: PartitionType
  /// Offsets in bytes, within the disk.
  public let range: Range<UInt64>
  /// Whether an MBR has it as the active one.
  public let isActive: Bool

  /// A partition from what its table says.
  public init(number: Int, type: PartitionType, range: Range<UInt64>, isActive: Bool = false) {
    (self.number, self.type, self.range, self.isActive) = (number, type, range, isActive)
  }
}

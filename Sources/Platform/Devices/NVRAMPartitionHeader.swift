/// The sixteen bytes before each NVRAM partition (LoPAR "NVRAM Partitions").
public struct NVRAMPartitionHeader: Equatable, Sendable {
  /// Bytes of a header.
  public static let size = 16

  /// What a partition is for.
  public struct Signature: RawRepresentable, Hashable, Sendable {
    /// The first byte of the header.
    public let rawValue: UInt8
    /// The signature of this byte.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Configuration variables shared by firmware and operating systems.
    public static let common = Signature(rawValue: 0x70)
    /// Unused space.
    public static let free = Signature(rawValue: 0x7F)
  }

  /// What the partition is used for.
  public var signature: Signature
  /// Bytes of the partition, this header included; a multiple of 16.
  public var length: Int
  /// Up to twelve bytes, zero-padded.
  public var name: [UInt8]

  /// A header whose name is cut or filled with NULs to twelve bytes.
  public init(signature: Signature, length: Int, name: String) {
    self.init(signature: signature, length: length, name: Array(name.utf8))
  }

  private init(signature: Signature, length: Int, name: [UInt8]) {
    self.signature = signature
    self.length = length
    self.name = name.prefix(12) + [UInt8](repeating: 0, count: max(12 - name.count, 0))
  }

  /// Free space, whose name is twelve bytes of 0x77.
  public static func free(length: Int) -> NVRAMPartitionHeader {
    NVRAMPartitionHeader(
      signature: .free, length: length, name: [UInt8](repeating: 0x77, count: 12))
  }

  /// The header at the start of `bytes`, nil when its checksum or its length is wrong.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    let header = Array(bytes.prefix(Self.size))
    let length = (Int(header[2]) << 8 | Int(header[3])) * 16
    guard length >= Self.size, Self.checksum(header) == header[1] else { return nil }
    self.init(
      signature: Signature(rawValue: header[0]), length: length, name: Array(header[4...]))
  }

  /// The sixteen bytes of the header, with its checksum.
  public var bytes: [UInt8] {
    let blocks = UInt16(clamping: length / 16)
    var header = [signature.rawValue, 0, UInt8(blocks >> 8), UInt8(blocks & 0xFF)] + name
    header[1] = Self.checksum(header)
    return header
  }

  /// The end-around-carry sum of all bytes but the checksum itself.
  static func checksum(_ header: [UInt8]) -> UInt8 {
    var sum = 0
    for (index, byte) in header.enumerated() where index != 1 {
      sum += Int(byte)
      if sum > 0xFF { sum -= 0xFF }
    }
    return UInt8(sum)
  }
}

public import Hypervisor
public import SavedState

/// Non-volatile memory in CHRP partitions (LoPAR "Non-Volatile Memory").
///
/// The caller keeps ``contents`` where it outlives the machine.
public struct NVRAM: NonVolatileMemory {
  /// Bytes of a machine's NVRAM.
  public static let defaultSize = 64 << 10
  /// Sizes that partition headers can describe and that hold the two partitions made here.
  public static let sizes = (8 << 10)...(1 << 20)

  /// All bytes, partition headers included.
  public private(set) var contents: [UInt8]
  /// Whether the guest has stored anything since this was last reset.
  public var isModified = false

  /// An NVRAM with a `common` partition and the rest free.
  /// - Parameter size: bytes, cut down or up to ``sizes`` and to a multiple of 16.
  public init(size: Int = NVRAM.defaultSize) {
    let size = min(max(size, Self.sizes.lowerBound), Self.sizes.upperBound) & ~15
    contents = [UInt8](repeating: 0, count: size)
    let common = min(4 << 10, size / 2)
    write(NVRAMPartitionHeader(signature: .common, length: common, name: "common"), at: 0)
    write(.free(length: size - common), at: common)
  }

  /// An NVRAM with saved contents; contents without a valid chain of partitions are replaced, as
  /// firmware does with a flat battery.
  public init(contents saved: [UInt8]) {
    let isSound = Self.sizes.contains(saved.count) && Self.partitions(in: saved) != nil
    self.init(size: saved.isEmpty ? Self.defaultSize : saved.count)
    if isSound { contents = saved }
  }

  /// The size in bytes.
  public var count: Int { contents.count }

  /// The bytes at `offset`, nil when they are not all there.
  public func read(_ count: Int, at offset: Int) -> [UInt8]? {
    guard count >= 0, offset >= 0, offset <= contents.count, count <= contents.count - offset
    else { return nil }
    return Array(contents[offset..<offset + count])
  }

  /// Stores `bytes` at `offset`.
  /// - Returns: false, and nothing is stored, when they do not all fit.
  public mutating func write(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset <= contents.count, bytes.count <= contents.count - offset
    else { return false }
    contents.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    isModified = true
    return true
  }

  private mutating func write(_ header: NVRAMPartitionHeader, at offset: Int) {
    contents.replaceSubrange(offset..<offset + NVRAMPartitionHeader.size, with: header.bytes)
  }

  /// The partitions of `contents`, or nil when a header is damaged.
  public static func partitions(in contents: [UInt8]) -> [NVRAMPartitionHeader]? {
    var (found, offset) = ([NVRAMPartitionHeader](), 0)
    while offset < contents.count {
      guard let header = NVRAMPartitionHeader(contents[offset...]),
        header.length <= contents.count - offset
      else { return nil }
      found.append(header)
      offset += header.length
    }
    return found
  }
}

extension NVRAM {
  /// Saves or restores the contents.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    var changed = contents
    try coder.field("data", contents) { contents throws(InvalidValue) in
      guard contents.count == count else {
        throw InvalidValue("\(contents.count) bytes, but the NVRAM has \(count)")
      }
      changed = contents
    }
    if coder.isReading { _ = write(changed, at: 0) }
    try coder.field("mod", &isModified)
  }
}

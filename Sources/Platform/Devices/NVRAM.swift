public import Hypervisor
public import SavedState
internal import Synchronization

/// Non-volatile memory in CHRP partitions (LoPAR "Non-Volatile Memory").
///
/// The caller keeps ``contents`` and further changes where they outlive the machine. Safe to use from any
/// thread.
public final class NVRAM: NonVolatileMemory {
  /// Bytes of a machine's NVRAM.
  public static let defaultSize = 64 << 10
  /// Sizes that partition headers can describe and that hold the two partitions made here.
  public static let sizes = (8 << 10)...(1 << 20)

  private struct State {
    var contents: [UInt8]
    var isModified = false
    var changed: (@Sendable ([UInt8], Int) -> Void)?

    /// Stores bytes that fit.
    mutating func store(_ bytes: [UInt8], at offset: Int) {
      contents.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      changed?(bytes, offset)
    }
  }
  private let state: Mutex<State>

  /// The size in bytes.
  public let count: Int

  /// An NVRAM with a `common` partition and the rest free.
  /// - Parameter size: bytes, cut down or up to ``sizes`` and to a multiple of 16.
  public convenience init(size: Int = NVRAM.defaultSize) {
    self.init(initial: Self.initialContents(size: size))
  }

  private init(initial contents: [UInt8]) {
    count = contents.count
    state = Mutex(State(contents: contents))
  }

  private static func initialContents(size: Int) -> [UInt8] {
    let size = min(max(size, sizes.lowerBound), sizes.upperBound) & ~15
    let common = min(4 << 10, size / 2)
    var contents = [UInt8](repeating: 0, count: size)
    for (header, offset) in [
      (NVRAMPartitionHeader(signature: .common, length: common, name: "common"), 0),
      (.free(length: size - common), common),
    ] {
      contents.replaceSubrange(offset..<offset + NVRAMPartitionHeader.size, with: header.bytes)
    }
    return contents
  }

  /// An NVRAM with saved contents; contents without a valid chain of partitions are replaced, as
  /// firmware does with a flat battery.
  public convenience init(contents saved: [UInt8]) {
    let isSound = Self.sizes.contains(saved.count) && Self.partitions(in: saved) != nil
    let size = saved.isEmpty ? Self.defaultSize : saved.count
    self.init(initial: isSound ? saved : Self.initialContents(size: size))
  }

  /// All bytes, partition headers included.
  public var contents: [UInt8] { state.withLock { $0.contents } }
  /// Sets what is called with each change from now on, one after the other: bytes and their offset.
  public func connect(_ store: @escaping @Sendable ([UInt8], Int) -> Void) {
    state.withLock { $0.changed = store }
  }

  /// Whether the guest has stored anything.
  public var isModified: Bool { state.withLock { $0.isModified } }

  /// The bytes at `offset`, nil when they are not all there.
  public func read(_ count: Int, at offset: Int) -> [UInt8]? {
    guard count >= 0, offset >= 0, offset <= self.count, count <= self.count - offset
    else { return nil }
    return state.withLock { Array($0.contents[offset..<offset + count]) }
  }

  /// Stores `bytes` at `offset`.
  /// - Returns: false, and nothing is stored, when they do not all fit.
  public func write(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset <= count, bytes.count <= count - offset else { return false }
    state.withLock { state in
      state.store(bytes, at: offset)
      state.isModified = true
    }
    return true
  }

  /// The partitions of `contents`, or nil when a header is damaged.
  public static func partitions(in contents: [UInt8]) -> [NVRAMPartitionHeader]? {
    let (found, end) = chain(in: contents)
    return end == contents.count ? found : nil
  }

  /// The offset of the first partition header that is damaged; nil when none is.
  public static func damage(in contents: [UInt8]) -> Int? {
    let end = chain(in: contents).end
    return end == contents.count ? nil : end
  }

  private static func chain(
    in contents: [UInt8]
  ) -> (found: [NVRAMPartitionHeader], end: Int) {
    var (found, offset) = ([NVRAMPartitionHeader](), 0)
    while offset < contents.count {
      guard let header = NVRAMPartitionHeader(contents[offset...]),
        header.length <= contents.count - offset
      else { break }
      found.append(header)
      offset += header.length
    }
    return (found, offset)
  }
}

extension NVRAM {
  /// Saves or restores the contents.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    var state = state.withLock { $0 }
    try coder.field("data", state.contents) { contents throws(InvalidValue) in
      guard contents.count == count else {
        throw InvalidValue("\(contents.count) bytes, but the NVRAM has \(count)")
      }
      state.contents = contents
    }
    try coder.field("mod", &state.isModified)
    if coder.isReading { self.state.withLock { $0 = state } }
  }
}

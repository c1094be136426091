public import SavedState

/// Non-volatile memory for nvram-fetch and nvram-store (LoPAR "NVRAM Access Functions").
public protocol NonVolatileMemory: PartitionDevice {
  /// All bytes.
  var contents: [UInt8] { get }
  /// Whether the guest has stored anything.
  var isModified: Bool { get }
  /// The size in bytes.
  var count: Int { get }

  /// Sets what is called with each change from now on: bytes and their offset.
  func connect(_ store: @escaping @Sendable ([UInt8], Int) -> Void)
  /// The bytes at `offset`; nil when the range is not all in the memory.
  func read(_ count: Int, at offset: Int) -> [UInt8]?
  /// Stores `bytes` at `offset`.
  /// - Returns: false, without a store, when the range is not all in the memory.
  func write(_ bytes: [UInt8], at offset: Int) -> Bool
}

extension NonVolatileMemory {
  /// That of non-volatile memory.
  public var section: StateSection { .nvram }
}

extension StateSection {
  /// Non-volatile memory.
  public static let nvram = StateSection("nvram")
}

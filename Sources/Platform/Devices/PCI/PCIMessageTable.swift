public import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import SavedState
internal import Synchronization

/// The MSI-X table of a function and its pending bits, as registers of one region (PCI Local Bus
/// Specification 6.8.2).
///
/// RTAS gives the function its messages: the data of an entry is then the number of an interrupt
/// source. What the guest stores in entries is kept; a message whose data is not one of the
/// function's sources goes nowhere.
public final class PCIMessageTable: DeviceRegisters {
  /// Bytes of an entry.
  private static let entrySize: UInt64 = 16
  /// Where the pending bits are.
  public static let pendingOffset: UInt64 = 0x800
  /// Bytes of the region.
  public static let size: UInt64 = 0x1000
  /// The most vectors that the table has room for.
  public static let mostVectors = Int(pendingOffset / entrySize)

  private struct Entry: Equatable {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 1)
    var isPending = false

    static func == (left: Self, right: Self) -> Bool {
      left.words == right.words && left.isPending == right.isPending
    }

    var isMasked: Bool { words.3 & 1 != 0 }
  }

  private struct State: ~Copyable {
    var entries: [Entry]
    var inputs: [UInt32: InterruptInput] = [:]
    // MSI-X enable, and function mask.
    var isEnabled = false
    var isMasked = false
  }

  /// Vectors of the function.
  public let count: Int
  private let state: Mutex<State>

  /// - Parameter count: vectors, 1 to ``mostVectors``.
  public init(count: Int) {
    self.count = min(max(count, 1), Self.mostVectors)
    state = Mutex(State(entries: [Entry](repeating: Entry(), count: self.count)))
  }

  /// The capability of the table after its number and link, for a region with this BAR.
  func capability(region: Int) -> [UInt8] {
    let words = [UInt32(region), UInt32(Self.pendingOffset) | UInt32(region)]
    return UInt16(truncatingIfNeeded: count - 1).littleEndianBytes
      + words.flatMap(\.littleEndianBytes)
  }

  // MARK: the function's side

  /// Signals a vector's message, or notes it as pending while the vector is masked. Without effect
  /// for vectors that the table does not have.
  public func send(_ vector: Int) {
    state.withLock { state in
      guard state.isEnabled, state.entries.indices.contains(vector) else { return }
      if state.isMasked || state.entries[vector].isMasked {
        state.entries[vector].isPending = true
      } else {
        state.inputs[state.entries[vector].words.2]?.pulse()
      }
    }
  }

  /// Whether messages are in use, so that the function has no line.
  public var isEnabled: Bool { state.withLock { $0.isEnabled } }

  /// Follows the capability's control register.
  func setControl(isEnabled: Bool, isMasked: Bool) {
    state.withLock { state in
      (state.isEnabled, state.isMasked) = (isEnabled, isMasked)
      for vector in state.entries.indices { Self.sendPending(vector, &state) }
    }
  }

  private static func sendPending(_ vector: Int, _ state: inout State) {
    guard state.isEnabled, !state.isMasked, !state.entries[vector].isMasked,
      state.entries[vector].isPending
    else { return }
    state.entries[vector].isPending = false
    state.inputs[state.entries[vector].words.2]?.pulse()
  }

  // MARK: the platform's side

  /// Gives the first vectors their messages.
  /// - Parameters:
  ///   - inputs: the function's sources, in the order of the vectors.
  ///   - address: where messages are written to.
  func assign(_ inputs: [InterruptInput], address: UInt64) {
    use(inputs)
    state.withLock { state in
      for (vector, input) in inputs.prefix(count).enumerated() {
        let control = state.entries[vector].words.3
        state.entries[vector].words = (
          UInt32(truncatingIfNeeded: address), UInt32(truncatingIfNeeded: address >> 32),
          input.source, control
        )
      }
    }
  }

  /// Saves or restores the entries. The sources come first, and the function's configuration space
  /// follows.
  func code(_ coder: inout FieldCoder) throws(StateError) {
    let entries = state.withLock { $0.entries }
    let words = entries.flatMap { [$0.words.0, $0.words.1, $0.words.2, $0.words.3] }
    var pending = entries.indices.filter { entries[$0].isPending }.map { UInt16($0) }
    var read = words
    try coder.field("table", words) { words throws(InvalidValue) in
      guard words.count == 4 * count else {
        throw InvalidValue("\(words.count / 4) messages, but the function has \(count)")
      }
      read = words
    }
    try coder.field("pend", &pending)
    guard coder.isReading else { return }
    state.withLock { state in
      for vector in 0..<count {
        let words = read[4 * vector..<4 * vector + 4].map { $0 }
        state.entries[vector].words = (words[0], words[1], words[2], words[3])
        state.entries[vector].isPending = pending.contains(UInt16(vector))
      }
    }
  }

  /// Sets the sources whose numbers messages have.
  func use(_ inputs: [InterruptInput]) {
    state.withLock { state in
      state.inputs = Dictionary(inputs.map { ($0.source, $0) }) { first, _ in first }
    }
  }

  func reset() {
    state.withLock { state in
      state.entries = [Entry](repeating: Entry(), count: count)
      state.inputs = [:]
      (state.isEnabled, state.isMasked) = (false, false)
    }
  }

  // MARK: registers

  /// Reads entries of 16 bytes, and the pending bits.
  public func load(at offset: UInt64, size: Int) -> UInt64 {
    let entries = state.withLock { $0.entries }
    let word = { (offset: UInt64) in UInt64(Self.word(at: offset, entries)) }
    let aligned = offset & ~3
    if size == 8 { return word(aligned) | word(aligned + 4) << 32 }
    return word(aligned) >> (8 * (offset - aligned)) & (.max >> UInt64(64 - 8 * size))
  }

  private static func word(at offset: UInt64, _ entries: [Entry]) -> UInt32 {
    if offset >= pendingOffset {
      let first = Int(offset - pendingOffset) * 8
      return (0..<32).reduce(0) { bits, bit in
        let vector = first + bit
        return entries.indices.contains(vector) && entries[vector].isPending
          ? bits | 1 << UInt32(bit) : bits
      }
    }
    let vector = Int(offset / entrySize)
    guard entries.indices.contains(vector) else { return 0 }
    let words = entries[vector].words
    return switch offset % entrySize / 4 {
    case 0: words.0
    case 1: words.1
    case 2: words.2
    default: words.3
    }
  }

  /// Changes an entry, and sends a message that waited for it.
  public func store(_ value: UInt64, at offset: UInt64, size: Int) {
    // Entries are stored to in words and doublewords only; the pending bits are not stored to.
    guard size >= 4 else { return }
    state.withLock { state in
      Self.store(UInt32(truncatingIfNeeded: value), at: offset, &state)
      if size == 8 { Self.store(UInt32(truncatingIfNeeded: value >> 32), at: offset + 4, &state) }
    }
  }

  private static func store(_ value: UInt32, at offset: UInt64, _ state: inout State) {
    let vector = Int(offset / entrySize)
    guard offset < pendingOffset, state.entries.indices.contains(vector) else { return }
    switch offset % entrySize / 4 {
    case 0: state.entries[vector].words.0 = value & ~3
    case 1: state.entries[vector].words.1 = value
    case 2: state.entries[vector].words.2 = value
    default:
      state.entries[vector].words.3 = value & 1
      sendPending(vector, &state)
    }
  }
}

internal import HostSupport
internal import MachineDescription
public import SavedState
internal import Synchronization

/// An entry of a command/response queue: 16 bytes, the first of which is its header (LoPAR "CRQ Entry
/// Format").
public struct QueueEntry: Hashable, Sendable {
  /// Bytes 0 to 7, the header in the most significant one.
  public var high: UInt64
  /// Bytes 8 to 15.
  public var low: UInt64

  /// An entry from its two doublewords.
  public init(high: UInt64, low: UInt64 = 0) { (self.high, self.low) = (high, low) }

  /// An entry from its first two bytes; the others are zero.
  public init(_ header: Header, _ format: UInt8) {
    self.init(high: UInt64(header.rawValue) << 56 | UInt64(format) << 48)
  }

  /// Values of the first byte.
  public enum Header: UInt8, Sendable {
    /// A command or response; the second byte is its format.
    case command = 0x80
    /// Initialization, or that it is complete.
    case initialization = 0xC0
    /// An event of the connection.
    case transportEvent = 0xFF
  }

  /// The first byte, if it is one of those defined.
  public var header: Header? { Header(rawValue: UInt8(high >> 56)) }
  /// The second byte.
  public var format: UInt8 { UInt8(truncatingIfNeeded: high >> 48) }

  /// Initialize.
  public static let initialize = QueueEntry(.initialization, 1)
  /// Initialization Complete.
  public static let initializationComplete = QueueEntry(.initialization, 2)
  /// The partner has deregistered its queue.
  public static let partnerClosed = QueueEntry(.transportEvent, 2)

  /// Bytes of an entry.
  static let size: UInt64 = 16
}

/// The command/response queue (CRQ) of a virtual adapter (LoPAR "Command/Response Queue"), whose
/// partner is the adapter's device: entries that the guest sends go to the device at once, and those
/// that the device sends go into the guest's memory.
///
/// Safe to use from any thread; entries are sent on the machine's thread, which may write memory.
public final class CommandResponseQueue: Sendable {
  /// What a device does with its queue. Calls come with the partition's lock held.
  public struct Receiver: Sendable {
    /// Takes an entry of the guest.
    let receive: @Sendable (QueueEntry) -> Void
    /// The guest has closed the queue. Returns when nothing of its memory is used any more.
    let close: @Sendable () -> Void

    /// A receiver from its two functions.
    public init(
      receive: @escaping @Sendable (QueueEntry) -> Void, close: @escaping @Sendable () -> Void
    ) {
      (self.receive, self.close) = (receive, close)
    }
  }

  private struct State: ~Copyable {
    /// Where the guest's queue is; zero bytes when none is registered.
    var start = BusAddress(0)
    var size: UInt64 = 0
    /// Offset of the entry that is filled next.
    var next: UInt64 = 0
    var hasInterrupt = false
    var receiver: Receiver?
  }

  /// The unit address, from the `reg` property of the adapter's node.
  public let unitAddress: UInt32
  /// Memory as the adapter reaches it.
  public let dma: DMASpace
  private let interrupt: InterruptInput
  private let state = Mutex(State())

  /// A queue that is not registered.
  /// - Parameters:
  ///   - unitAddress: of the adapter.
  ///   - dma: memory as the adapter reaches it.
  ///   - interrupt: the adapter's interrupt.
  public init(unitAddress: UInt32, dma: DMASpace, interrupt: InterruptInput) {
    (self.unitAddress, self.dma, self.interrupt) = (unitAddress, dma, interrupt)
  }

  // MARK: the device's side

  /// Connects the queue with its device, which has the queue.
  public func connect(_ receiver: Receiver) { state.withLock { $0.receiver = receiver } }

  /// Whether the guest has registered its queue.
  public var isRegistered: Bool { state.withLock { $0.size > 0 } }

  /// Puts an entry into the guest's queue, and interrupts it if it wants that.
  /// - Returns: false when there is no queue, no room in it, or no memory behind it.
  @discardableResult
  public func send(_ entry: QueueEntry) -> Bool {
    state.withLock { state in
      guard state.size > 0 else { return false }
      let place = state.start + state.next
      do throws(DMAError) {
        // An entry whose header has the valid bit has not been taken yet.
        guard try dma.read(UInt8.self, at: place) & 0x80 == 0 else { return false }
        try dma.write(entry.low.byteSwapped, at: place + 8)
        // The guest sees the header after the rest.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        try dma.write(entry.high.byteSwapped, at: place)
      } catch { return false }
      state.next = (state.next + QueueEntry.size) % state.size
      if state.hasInterrupt { interrupt.pulse() }
      return true
    }
  }

  // MARK: the guest's side

  /// Bytes of which a queue is a multiple, and where it begins.
  private static let page: UInt64 = 0x1000

  /// H_REG_CRQ: where the guest's queue is.
  package func register(at start: UInt64, size: UInt64) throws(HypercallStatus) {
    guard start.isMultiple(of: Self.page), size > 0, size.isMultiple(of: Self.page),
      let count = Int(exactly: size), size <= Self.largest,
      (try? dma.pieces(BusAddress(start), count: count, [.read, .write])) != nil
    else { throw .parameter }
    try state.withLock { state throws(HypercallStatus) in
      guard state.size == 0 else { throw .resource }
      (state.start, state.size, state.next) = (BusAddress(start), size, 0)
    }
  }

  /// More than any guest needs; how long a call takes is bounded.
  private static let largest: UInt64 = 16 << 20

  /// H_FREE_CRQ.
  package func free() {
    receiver?.close()
    state.withLock { ($0.start, $0.size, $0.next) = (BusAddress(0), 0, 0) }
  }

  /// H_SEND_CRQ: an entry for the device.
  package func receive(_ entry: QueueEntry) throws(HypercallStatus) {
    guard entry.high >> 63 != 0, entry.header != .transportEvent else { throw .parameter }
    guard isRegistered, let receiver else { throw .closed }
    receiver.receive(entry)
  }

  private var receiver: Receiver? { state.withLock { $0.receiver } }

  /// H_VIO_SIGNAL: whether the guest wants interrupts.
  func setInterrupt(isEnabled: Bool) { state.withLock { $0.hasInterrupt = isEnabled } }

  /// No queue and no interrupts, as after power-on, and windows that map nothing. The device is reset
  /// by itself.
  public func reset() {
    state.withLock { state in
      (state.start, state.size, state.next) = (BusAddress(0), 0, 0)
      state.hasInterrupt = false
    }
    for table in dma.tables { table.clear() }
  }

  /// Saves or restores where the guest's queue is; whether it interrupts is the partition's.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    var (start, size, next) = state.withLock { ($0.start.rawValue, $0.size, $0.next) }
    try coder.field("crq", &start)
    try coder.field("size", size) { read throws(InvalidValue) in
      guard read.isMultiple(of: Self.page), start.isMultiple(of: Self.page), read <= Self.largest
      else { throw InvalidValue("no queue has \(read) bytes") }
      size = read
    }
    try coder.field("next", next) { read throws(InvalidValue) in
      guard read.isMultiple(of: QueueEntry.size), read < max(size, 1) else {
        throw InvalidValue("the queue has \(size) bytes")
      }
      next = read
    }
    guard coder.isReading else { return }
    state.withLock { ($0.start, $0.size, $0.next) = (BusAddress(start), size, next) }
  }
}

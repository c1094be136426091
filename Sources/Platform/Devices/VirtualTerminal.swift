public import Hypervisor
public import SavedState
internal import Synchronization

/// A client virtual terminal (LoPAR "Client Vterm"): bytes the guest writes go to a sink at once,
/// bytes from the host wait until the guest reads them.
///
/// Safe to use from any thread.
public final class VirtualTerminal: TerminalDevice {
  /// The unit address, from the `reg` property of its node.
  public let unitAddress: UInt32
  /// Bytes that wait for the guest; more are refused.
  public static let inputCapacity = 4096

  private struct State: ~Copyable {
    var input: [UInt8] = []
    /// Bytes of ``input`` that the guest has read.
    var consumed = 0
    var isOpen = true
    var inputArrived: (@Sendable () -> Void)?
  }
  private let state = Mutex(State())
  private let output: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - unitAddress: its address among the virtual devices.
  ///   - output: gets what the guest writes, in order, from within the guest's call; it must not
  ///     call back into the terminal's partition.
  public init(unitAddress: UInt32, output: @escaping @Sendable ([UInt8]) -> Void) {
    self.unitAddress = unitAddress
    self.output = output
  }

  // MARK: the host's side

  /// Queues bytes for the guest.
  /// - Returns: how many there was room for.
  @discardableResult
  public func receive(_ bytes: some Collection<UInt8>) -> Int {
    let (accepted, notify) = state.withLock { state in
      let room = Self.inputCapacity - (state.input.count - state.consumed)
      let accepted = min(room, bytes.count)
      let wasEmpty = state.input.count == state.consumed
      // What the guest has read goes, also where it never reads all.
      state.input.removeFirst(state.consumed)
      state.consumed = 0
      state.input.append(contentsOf: bytes.prefix(accepted))
      return (accepted, wasEmpty && accepted > 0 ? state.inputArrived : nil)
    }
    notify?()
    return accepted
  }

  /// Sets the function that is called when the input becomes non-empty.
  public func setInterruptHandler(_ action: (@Sendable () -> Void)?) {
    state.withLock { $0.inputArrived = action }
  }

  /// Whether a session is connected; the guest gets H_CLOSED without one.
  public var isOpen: Bool {
    get { state.withLock { $0.isOpen } }
    set { state.withLock { $0.isOpen = newValue } }
  }

  /// What waits for the guest. Setting it signals nothing.
  package var waitingInput: [UInt8] {
    get { state.withLock { Array($0.input[$0.consumed...]) } }
    set {
      state.withLock {
        $0.input = newValue
        $0.consumed = 0
      }
    }
  }

  // MARK: the guest's side

  /// Takes up to `limit` bytes of input.
  public func read(limit: Int) -> [UInt8] {
    state.withLock { state in
      let count = min(limit, state.input.count - state.consumed)
      guard count > 0 else { return [] }
      let bytes = Array(state.input[state.consumed..<state.consumed + count])
      state.consumed += count
      if state.consumed == state.input.count {
        state.input.removeAll(keepingCapacity: true)
        state.consumed = 0
      }
      return bytes
    }
  }

  /// Bytes of input in memory, those included that the guest has read.
  var heldBytes: Int { state.withLock { $0.input.count } }

  /// Whether the guest has input to read.
  public var hasInput: Bool { state.withLock { $0.input.count > $0.consumed } }

  /// Hands `bytes` to the sink.
  public func write(_ bytes: [UInt8]) {
    if !bytes.isEmpty { output(bytes) }
  }
}

extension VirtualTerminal {
  /// Saves or restores what waits for the guest.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    var isOpen = isOpen
    try coder.field("open", &isOpen)
    try coder.field("input", waitingInput) { input throws(InvalidValue) in
      guard input.count <= Self.inputCapacity else {
        throw InvalidValue("\(input.count) bytes, but there is room for \(Self.inputCapacity)")
      }
      waitingInput = input
    }
    if coder.isReading { self.isOpen = isOpen }
  }
}

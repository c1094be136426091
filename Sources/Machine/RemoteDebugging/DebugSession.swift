internal import GuestMemory
internal import HostSupport
public import Machine
internal import MachineDescription
internal import PowerCPU
internal import PowerISA

/// A debugger's connection: takes the bytes that it sends, and has those for it.
///
/// It works on a machine between two slices; the first packet stops the guest. All memory that it needs is
/// bounded, whatever arrives.
public final class DebugSession {
  /// What the process does for a session.
  public struct HostCallbacks {
    /// Writes a file for `monitor dtb`.
    public var write: ([UInt8], String) throws(MonitorError) -> Void

    /// - Parameter write: writes bytes to the file of a name.
    public init(write: @escaping ([UInt8], String) throws(MonitorError) -> Void) {
      self.write = write
    }
  }

  // The machine has the service that has the session.
  unowned let machine: PowerMachine
  let debugger: MachineDebugger
  let callbacks: HostCallbacks

  private var reader = PacketReader()
  /// The bytes for the debugger.
  public private(set) var output: [UInt8] = []
  /// The latest packet, which the debugger may ask for again.
  private var latest: [UInt8] = []

  // MARK: what packets set
  /// Whether packets are acknowledged.
  var acknowledges = true
  /// Whether a packet has arrived, at which the guest was stopped.
  private var hasBegun = false
  /// Whether the debugger waits for the guest to stop.
  var awaitsStop = false
  /// The latest stop.
  var stop = MachineDebugger.Stop(processor: 0, reason: .request)
  /// The processors of register and memory packets, and of the older packets to continue; nil for all.
  var selected = 0
  var continued: Int?
  /// The addresses of the packets Z0 and Z1.
  var breakpoints: Set<UInt64> = []
  var hardwareBreakpoints: Set<UInt64> = []
  /// Whether addresses of memory packets are real addresses.
  var usesRealAddresses = false
  /// The byte order of registers; nil for ``guestIsLittleEndian``.
  var byteOrder: Endianness?
  /// Whether the session is over: detached, or the guest ended.
  public internal(set) var isOver = false
  /// Why the machine is to end.
  public internal(set) var outcome: MachineOutcome?
  private(set) lazy var registers = TargetRegisters(
    machine.description.processor, isWide: !isNarrow)

  /// The bytes that may wait for the debugger.
  static let mostOutput = 8 << 20
  /// The most breakpoints, and the most watchpoints.
  static let mostBreakpoints = 4096
  static let mostWatches = 64

  /// - Parameters:
  ///   - machine: the machine, which exists longer.
  ///   - debugger: its debugger.
  ///   - callbacks: what the process does for the session.
  public init(_ machine: PowerMachine, _ debugger: MachineDebugger, _ callbacks: HostCallbacks) {
    (self.machine, self.debugger, self.callbacks) = (machine, debugger, callbacks)
  }

  // MARK: bytes

  /// Takes bytes from the debugger.
  public func receive(_ bytes: some Sequence<UInt8>) {
    for byte in bytes where !isOver {
      if let arrival = reader.take(byte) { serve(arrival) }
      // A debugger that does not read what it asks for is disconnected.
      if output.count > Self.mostOutput { release() }
    }
  }

  /// Takes the bytes for the debugger away.
  public func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  private func serve(_ arrival: Arrival) {
    switch arrival {
    case .packet(let contents):
      if acknowledges { output.append(Byte.acknowledgement) }
      begin()
      answer(contents)
    case .tooLong:
      if acknowledges { output.append(Byte.acknowledgement) }
      send(DebugError.tooLong.answer)
    case .damaged: if acknowledges { output.append(Byte.repeatRequest) }
    case .interrupt: if awaitsStop { machine.stopForDebugger() }
    case .acknowledged: break
    case .repeatRequest: if acknowledges { output += latest }
    }
  }

  /// Stops the guest at the first packet.
  private func begin() {
    guard !hasBegun else { return }
    hasBegun = true
    machine.stopForDebugger()
    if let first = debugger.takeStop() { stop = first }
    selected = stop.processor
  }

  private func answer(_ contents: [UInt8]) {
    guard let (packet, arguments) = DebugPacket.find(contents) else { return send("") }
    do throws(DebugError) {
      guard packet.isForRunningGuests || !awaitsStop else { throw .running }
      switch try packet.perform(self, arguments) {
      case .text(let text): send(text)
      case .bytes(let bytes): send(bytes)
      case .later: break
      }
    } catch {
      send(error.answer)
    }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  private func send(_ contents: [UInt8]) {
    latest = PacketWriter.packet(contents)
    output += latest
  }

  // MARK: the guest

  /// Reports to the debugger that the guest has stopped, if it waits for that.
  public func reportStop() {
    guard awaitsStop, machine.isStoppedByDebugger, let stop = debugger.takeStop() else { return }
    self.stop = stop
    selected = stop.processor
    awaitsStop = false
    send(stopText)
  }

  /// Reports to the debugger that the machine has ended.
  /// - Parameter status: the program's exit status.
  public func end(status: Int32) {
    guard hasBegun, !isOver else { return }
    isOver = true
    send("W" + UInt8(truncatingIfNeeded: status).hexDigits(2))
  }

  /// Lets the guest run without a debugger: after a detachment, or when the connection was lost.
  public func release() {
    isOver = true
    guard hasBegun else { return }
    debugger.points = DebugPoints()
    debugger.stepsTakeInterrupts = false
    machine.continueForDebugger()
  }

  /// Lets the guest run until it stops.
  func resume(_ actions: [MachineDebugger.Action]) {
    awaitsStop = true
    machine.continueForDebugger(actions)
  }

  var processor: VirtualProcessor { machine.processors[selected] }

  /// Whether the guest is a 32-bit system: no processor is in 64-bit mode, nor in a program, which may
  /// be a 32-bit process of a 64-bit system.
  private var isNarrow: Bool {
    !machine.processors.contains { $0.machineState & (MSR.sf | MSR.pr) != 0 }
  }

  /// Whether the system that the guest runs is little-endian: it takes interrupts so, or it was loaded
  /// so.
  var guestIsLittleEndian: Bool {
    machine.description.kernelIsLittleEndian
      || machine.processors.contains { $0.interruptsLittleEndian }
  }

  /// The byte order of registers in packets.
  var isLittleEndian: Bool { byteOrder.map { $0 == .little } ?? guestIsLittleEndian }

  /// The processor of a thread's number.
  func processor(ofThread number: Int) throws(DebugError) -> Int {
    guard machine.processors.indices.contains(number - 1) else { throw .noThread }
    return number - 1
  }

  /// The contents of the packet of the latest stop.
  var stopText: String {
    let thread = "thread:\((stop.processor + 1).hexDigits());"
    switch stop.reason {
    case .request: return "T02" + thread
    case .step: return "T05" + thread
    case .stop(.breakpoint):
      let isHardware = !breakpoints.contains(machine.processors[stop.processor].nextInstruction)
      return "T05\(thread)\(isHardware ? "hw" : "sw")break:;"
    case .stop(.watch(let watch, let address)):
      let kind =
        switch watch.kind {
        case .store: "watch"
        case .load: "rwatch"
        case .any: "awatch"
        }
      return "T05\(thread)\(kind):\(address.hexDigits());"
    }
  }
}

internal import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState

/// A virtio console with several ports (virtio 1.2, 5.3): terminals, and channels with a name, by which
/// a program of the guest and one of the host reach each other.
///
/// What the other end does not take stays where it is: of the guest's output one request waits here, of
/// the host's input what one read gave; the rest stays in the guest's queue and in the host's socket.
public final class VirtIOConsole: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// Feature bits of consoles.
  private enum Feature {
    static let size: UInt64 = 1 << 0
    static let multiport: UInt64 = 1 << 1
    static let emergencyWrite: UInt64 = 1 << 2
  }

  /// Numbers of control messages.
  private enum Event {
    static let deviceReady: UInt16 = 0
    static let add: UInt16 = 1
    static let portReady: UInt16 = 3
    static let console: UInt16 = 4
    static let resize: UInt16 = 5
    static let open: UInt16 = 6
    static let name: UInt16 = 7
  }

  /// Control messages for the driver that wait for a buffer, in the order in which they are sent.
  struct Messages: OptionSet {
    var rawValue: UInt8
    static let add = Messages(rawValue: 1)
    static let console = Messages(rawValue: 2)
    static let name = Messages(rawValue: 4)
    static let resize = Messages(rawValue: 8)
    static let open = Messages(rawValue: 16)
    static let all: Messages = [.add, .console, .name, .resize, .open]
  }

  private enum Queue {
    static let controlReceive = 2
    static let controlTransmit = 3
    /// The queue with the guest's input of a port; that of its output is the next.
    static func input(_ port: Int) -> Int { port == 0 ? 0 : 2 + 2 * port }
  }

  private struct Port {
    let number: Int
    /// Nil for a terminal.
    let name: String?
    let socket: PortSocket
    let watch: DescriptorWatch
    /// Whether the driver has the port, and a program of the guest has opened it.
    var isReady = false
    var isOpen = false
    var waiting: Messages = []
    /// What the guest has had no room for, and what the program has not taken.
    var input: [UInt8] = []
    var output: [UInt8] = []
    var size: (columns: UInt16, rows: UInt16) = (80, 24)
    /// Whether the host had no descriptor for a program that connects.
    var isRefused = false
  }

  private static let queueSize: UInt16 = 128
  /// The most bytes of a request of the driver.
  private static let largestOutput: UInt64 = 1 << 20
  private static let largestInput = 4096

  private let ports: PCIDevice.Console
  private var states: [Port]
  private var isMultiport = false
  private var isStarted = false
  private weak var transport: VirtIOTransport?

  /// - Parameters:
  ///   - ports: the ports as their driver sees them.
  ///   - sockets: the host's end of each, with a watch for it.
  init(
    _ ports: PCIDevice.Console, _ sockets: [(socket: PortSocket, watch: DescriptorWatch)]
  ) {
    self.ports = ports
    states = zip(ports.numbered, sockets).map { port, end in
      Port(number: port.number, name: port.name, socket: end.socket, watch: end.watch)
    }
  }

  deinit { for port in states { port.watch.wait(for: [], on: -1) } }

  var queueSizes: [UInt16] {
    [UInt16](repeating: Self.queueSize, count: 2 * (ports.mostNumbers + 1))
  }

  var features: UInt64 { Feature.size | Feature.multiport | Feature.emergencyWrite }

  var configuration: [UInt8] {
    let size = states.first { $0.number == 0 }?.size ?? (columns: 0, rows: 0)
    var bytes = size.columns.littleEndianBytes + size.rows.littleEndianBytes
    bytes += UInt32(ports.mostNumbers).littleEndianBytes
    bytes += [0, 0, 0, 0]
    return bytes
  }

  /// The emergency write: a byte of the first terminal.
  func setConfiguration(_ value: UInt8, at offset: Int) {
    guard offset == 8, let place = states.firstIndex(where: { $0.number == 0 }),
      states[place].output.count < Self.largestInput
    else { return }
    states[place].output.append(value)
    _ = flush(place)
    wait(place)
  }

  func start(features: UInt64, _ transport: VirtIOTransport) {
    use(features)
    // Without control messages the only port is open.
    if !isMultiport, states.first?.number == 0 { states[0].isOpen = true }
    for queue in queueSizes.indices { notified(queue: queue, transport) }
  }

  private func use(_ features: UInt64) {
    (isStarted, isMultiport) = (features != 0, features & Feature.multiport != 0)
  }

  func reset() {
    use(0)
    for place in states.indices {
      (states[place].isReady, states[place].isOpen) = (false, false)
      states[place].waiting = []
      (states[place].input, states[place].output) = ([], [])
      wait(place)
    }
  }

  func notified(queue: Int, _ transport: VirtIOTransport) {
    switch queue {
    case Queue.controlReceive: sendMessages(transport)
    case Queue.controlTransmit:
      transport.serveAll(queue: queue) { request in
        control(request, transport)
        transport.complete(request, queue: queue, written: 0)
      }
      transport.interrupt(queue: queue)
      sendMessages(transport)
    default:
      let number = queue < 2 ? 0 : queue / 2 - 1
      guard let place = states.firstIndex(where: { $0.number == number }) else { return }
      states[place].isRefused = false
      if queue.isMultiple(of: 2) {
        receive(place, transport)
      } else {
        transmit(place, transport)
      }
      wait(place)
    }
  }

  // MARK: bytes

  /// Sends what a port's program has not taken; without one it is lost.
  /// - Returns: whether nothing is left.
  private func flush(_ place: Int) -> Bool {
    guard !states[place].output.isEmpty else { return true }
    guard states[place].socket.isConnected,
      let count = states[place].socket.send(
        states[place].output)
    else {
      states[place].output = []
      connectionChanged(place)
      return true
    }
    states[place].output.removeFirst(count)
    return states[place].output.isEmpty
  }

  private func transmit(_ place: Int, _ transport: VirtIOTransport) {
    let queue = Queue.input(states[place].number) + 1
    transport.serveAll(queue: queue, while: { flush(place) }) { request in
      let count = request.readableCount
      guard count <= Self.largestOutput,
        let bytes = try? transport.dma.read(request.readable, from: 0, count: Int(count))
      else { return transport.fail() }
      states[place].output = bytes
      transport.complete(request, queue: queue, written: 0)
    }
    transport.interrupt(queue: queue)
    sendMessages(transport)
  }

  /// Whether there is input for the guest.
  private func fill(_ place: Int) -> Bool {
    guard states[place].input.isEmpty else { return true }
    switch states[place].socket.receive(limit: Self.largestInput) {
    case .bytes(let bytes): states[place].input = bytes
    case .nothing: break
    case .closed: connectionChanged(place)
    }
    return !states[place].input.isEmpty
  }

  private func receive(_ place: Int, _ transport: VirtIOTransport) {
    guard isStarted, states[place].isOpen else { return }
    let queue = Queue.input(states[place].number)
    transport.serveAll(queue: queue, while: { fill(place) }) { request in
      let count = Int(min(request.writableCount, UInt64(states[place].input.count)))
      guard count > 0,
        (try? transport.dma.write(
          Array(states[place].input.prefix(count)), to: request.writable, from: 0)) != nil
      else { return transport.fail() }
      states[place].input.removeFirst(count)
      transport.complete(request, queue: queue, written: UInt32(count))
    }
    transport.interrupt(queue: queue)
    sendMessages(transport)
  }

  /// A program has come or gone.
  private func connectionChanged(_ place: Int) {
    // The next descriptor can have the number of the one that is closed.
    states[place].watch.wait(for: [], on: -1)
    if states[place].isReady { states[place].waiting.insert(.open) }
  }

  /// Follows up what a port's watch waited for.
  func ready(_ place: Int, _ transport: VirtIOTransport) {
    if !states[place].socket.isConnected {
      if states[place].socket.accept() {
        connectionChanged(place)
        sendMessages(transport)
      } else {
        states[place].isRefused = true
      }
    } else {
      if states[place].watch.events.contains(.output) { transmit(place, transport) }
      receive(place, transport)
    }
    wait(place)
  }

  /// Waits for what can be done next.
  private func wait(_ place: Int) {
    let port = states[place]
    var events: DescriptorWatch.Events = []
    if port.socket.isConnected {
      // Input that the guest has no room for waits for its next buffers.
      if isStarted, port.isOpen, port.input.isEmpty { events.insert(.input) }
      if !port.output.isEmpty { events.insert(.output) }
    } else if !port.isRefused {
      events.insert(.input)
    }
    port.watch.wait(for: events, on: port.socket.descriptor)
  }

  // MARK: control messages

  /// Follows a message of the driver; one that is none is ignored.
  private func control(_ request: VirtqueueRequest, _ transport: VirtIOTransport) {
    guard isMultiport, request.readableCount >= 8,
      let bytes = try? transport.dma.read(request.readable, from: 0, count: 8)
    else { return }
    let number = UInt32(littleEndianBytes: bytes[0..<4])
    let event = UInt16(littleEndianBytes: bytes[4..<6])
    let value = UInt16(littleEndianBytes: bytes[6..<8])
    if event == Event.deviceReady {
      guard value == 1 else { return }
      for place in states.indices { states[place].waiting = .add }
      return
    }
    guard let place = states.firstIndex(where: { $0.number == Int(number) }) else { return }
    switch event {
    case Event.portReady where value == 1:
      states[place].isReady = true
      states[place].waiting.formUnion(
        states[place].name == nil ? [.console, .resize, .open] : [.name, .open])
    case Event.open:
      states[place].isOpen = value != 0
      receive(place, transport)
      wait(place)
    default: break
    }
  }

  private func sendMessages(_ transport: VirtIOTransport) {
    guard isMultiport else { return }
    let queue = Queue.controlReceive
    transport.serveAll(queue: queue, while: { states.contains { !$0.waiting.isEmpty } }) {
      request in
      guard let bytes = nextMessage(), request.writableCount >= bytes.count,
        (try? transport.dma.write(bytes, to: request.writable, from: 0)) != nil
      else { return transport.fail() }
      transport.complete(request, queue: queue, written: UInt32(bytes.count))
    }
    transport.interrupt(queue: queue)
  }

  /// Takes the next message for the driver.
  private func nextMessage() -> [UInt8]? {
    guard let place = states.firstIndex(where: { !$0.waiting.isEmpty }) else { return nil }
    let port = states[place]
    func message(_ event: UInt16, _ value: UInt16 = 1, _ rest: [UInt8] = []) -> [UInt8] {
      UInt32(port.number).littleEndianBytes + event.littleEndianBytes + value.littleEndianBytes
        + rest
    }
    func take(_ kind: Messages) -> Bool { states[place].waiting.remove(kind) != nil }
    if take(.add) { return message(Event.add) }
    if take(.console) { return message(Event.console) }
    if take(.name) { return message(Event.name, 1, Array((port.name ?? "").utf8)) }
    if take(.resize) {
      // Linux reads the columns first.
      return message(
        Event.resize, 0, [port.size.columns, port.size.rows].flatMap(\.littleEndianBytes))
    }
    states[place].waiting.remove(.open)
    // Output of a terminal continues without a program that takes it, and is lost.
    return message(Event.open, port.name == nil || port.socket.isConnected ? 1 : 0)
  }

  // MARK: the host's side

  func attach(to transport: VirtIOTransport) {
    self.transport = transport
    for place in states.indices {
      states[place].watch.call { [weak transport, weak self] in
        transport?.withLock { self?.ready(place, $0) }
      }
      wait(place)
    }
  }

  /// Sets the size of a terminal.
  /// - Parameters:
  ///   - console: its place among the terminals.
  ///   - columns: characters in a row.
  ///   - rows: rows of characters.
  /// - Returns: false when there is none.
  public func resize(console: Int, columns: UInt16, rows: UInt16) -> Bool {
    var isDone = false
    transport?.withLock { transport in
      guard states.indices.contains(console), states[console].name == nil else { return }
      states[console].size = (columns, rows)
      isDone = true
      if states[console].isReady { states[console].waiting.insert(.resize) }
      transport.configurationChanged()
      sendMessages(transport)
    }
    return isDone
  }

  /// The programs of this host are others: the driver gets their state.
  func claim(_ transport: VirtIOTransport) {
    transport.withLock { transport in
      for place in states.indices {
        if states[place].isReady { states[place].waiting.insert(.open) }
        wait(place)
      }
      sendMessages(transport)
    }
  }

  /// Nothing more is received.
  func release() { for port in states { port.watch.wait(for: [], on: -1) } }

  // MARK: saved state

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    try sections.section(.ports, instance: instance) { coder throws(StateError) in
      var place = 0
      var saved = states
      guard let first = states.first else { return }
      try coder.list("ports", &saved, initial: first) { port, coder throws(StateError) in
        defer { place += 1 }
        try coder.field("num", port.number) { [states] number throws(InvalidValue) in
          guard states.indices.contains(place), states[place].number == number else {
            throw InvalidValue("the device has no port \(number) here")
          }
        }
        if states.indices.contains(place) { port = coder.isReading ? states[place] : port }
        try coder.field("ready", &port.isReady)
        try coder.field("open", &port.isOpen)
        try coder.field("msgs", port.waiting.rawValue) { value throws(InvalidValue) in
          guard Messages.all.isSuperset(of: Messages(rawValue: value)) else {
            throw InvalidValue("there is no such message")
          }
          port.waiting = Messages(rawValue: value)
        }
        for (name, path, most) in [
          ("in", \Port.input, Self.largestInput), ("out", \.output, Int(Self.largestOutput)),
        ] {
          try coder.field(name, port[keyPath: path]) { bytes throws(InvalidValue) in
            guard bytes.count <= most else { throw InvalidValue("\(bytes.count) bytes wait") }
            port[keyPath: path] = bytes
          }
        }
        try coder.field("cols", &port.size.columns)
        try coder.field("rows", &port.size.rows)
      }
      guard coder.isReading else { return }
      guard saved.count == states.count else { return }
      states = saved
    }
    if sections.isReading { use(features) }
  }
}

extension StateSection {
  /// The ports of a virtio console; the instance is that of its function.
  public static let ports = StateSection("ports")
}

extension VirtIOTransport {
  /// A console with its ports, and what the host controls it with.
  /// - Parameters:
  ///   - ports: the ports as their driver sees them.
  ///   - description: the device.
  ///   - sockets: the host's end of each port, in their order.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: what watches the sockets.
  /// - Returns: nil when the host has no descriptors left, or the number of sockets is another.
  public static func console(
    _ ports: PCIDevice.Console, _ description: PCIDevice, _ sockets: [PortSocket], dma: DMASpace,
    work: DeviceWork
  ) -> (transport: VirtIOTransport, console: VirtIOConsole)? {
    guard sockets.count == ports.numbered.count else { return nil }
    var ends: [(socket: PortSocket, watch: DescriptorWatch)] = []
    for socket in sockets {
      guard let watch = work.watch() else { return nil }
      ends.append((socket, watch))
    }
    let console = VirtIOConsole(ports, ends)
    let transport = VirtIOTransport(console, description, dma: dma)
    console.attach(to: transport)
    return (transport, console)
  }
}

import ArgumentParser
import Devices
import Glibc
import GuestMemory
import HostSupport
import MachineDescription

/// An entropy device.
final class RandomSubject: VirtIOSubject {
  let name = "entropy device"
  let description = device(.random)
  let transport: VirtIOTransport
  let queues = 1
  private let bench: FuzzVirtIOBench

  init(_ bench: FuzzVirtIOBench) {
    self.bench = bench
    transport = .random(description, dma: bench.bridge.dma) { 0x0123_4567_89AB_CDEF }
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    FuzzRequest(
      queue: 0, readable: g.bytes(g.below(16) / 15),
      writable: [0, 1, 64, 100, g.below(4096), 70_000][g.below(6)])
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let count = 1 + g.below(1000)
    return try bench.exchange(FuzzRequest(queue: 0, writable: count))?.count == count
  }
}

/// A memory balloon; its addresses are real ones.
final class BalloonSubject: VirtIOSubject {
  let name = "balloon"
  let description = device(.balloon)
  let transport: VirtIOTransport
  let queues = 3
  let usesWindow = false
  private let bench: FuzzVirtIOBench
  private let balloon: VirtIOBalloon

  init(_ bench: FuzzVirtIOBench) {
    self.bench = bench
    (transport, balloon) = VirtIOTransport.balloon(description, memory: bench.memory)
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    let queue = g.below(queues)
    if queue == 2 { return FuzzRequest(queue: queue, writable: g.below(0x4000)) }
    let pages = (0..<g.below(20)).map { _ in
      g.below(16) == 0 ? UInt32(truncatingIfNeeded: g.next()) : UInt32(8 + g.below(26))
    }
    return FuzzRequest(
      queue: queue, readable: pages.flatMap(\.littleEndianBytes) + g.bytes(g.below(8) / 7))
  }

  func happen(_ g: inout InputGenerator) {
    balloon.request(remaining: g.below(4) == 0 ? g.next() : UInt64(g.below(1 << 17)))
    _ = balloon.remainingMemory
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let page = FuzzVirtIOBench.data.upperBound >> 12 - 1
    try bench.memory.fill(0x1000, at: page << 12, with: 0x55)
    let numbers = UInt32(page).littleEndianBytes
    let answer = try bench.exchange(FuzzRequest(queue: 0, readable: numbers))
    let isZero = try bench.memory.read(0x1000, at: page << 12).allSatisfy { $0 == 0 }
    return answer == [] && isZero
  }
}

/// A console with a terminal and a channel, of which this program has the other ends.
final class ConsoleSubject: VirtIOSubject {
  let name = "console"
  let description: PCIDevice
  let transport: VirtIOTransport
  let queues: Int
  private let bench: FuzzVirtIOBench
  private let console: VirtIOConsole
  /// The device's end and the program's of each port.
  private let ends: [(device: Int32, program: Int32)]
  /// Room for what is received.
  private var room = [UInt8](repeating: 0, count: 1 << 16)

  private enum Queue {
    static let input = 0
    static let output = 1
    static let messages = 2
    static let control = 3
  }

  init(_ bench: FuzzVirtIOBench) throws {
    self.bench = bench
    let ports = PCIDevice.Console(terminals: 1, channels: ["channel"])
    queues = 2 * (ports.mostNumbers + 1)
    description = Self.device(.console(ports))
    ends = try ports.numbered.map { _ in
      var ends: [Int32] = [-1, -1]
      guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
        throw ExitCode.failure
      }
      return (ends[0], ends[1])
    }
    let made = VirtIOTransport.console(
      ports, description, ends.map { PortSocket(connected: $0.device) }, dma: bench.bridge.dma,
      work: bench.work)
    // The host has no descriptors left.
    guard let made else { throw ExitCode.failure }
    (transport, console) = made
  }

  func renew(_ g: inout InputGenerator) { drain() }
  func prepare() { drain() }

  /// Nothing waits at either end.
  private func drain() {
    for port in ends { _ = (receive(port.program), receive(port.device)) }
  }

  private func receive(_ socket: Int32) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let count = recv(socket, &room, room.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return all }
      all += room.prefix(count)
    }
  }

  private func send(_ bytes: [UInt8], port: Int) {
    _ = Glibc.send(ends[port].program, bytes, bytes.count, Int32(MSG_DONTWAIT))
  }

  func request(_ g: inout InputGenerator) -> FuzzRequest {
    let queue = g.below(3) == 0 ? Queue.control : g.below(queues)
    guard queue == Queue.control else {
      return queue.isMultiple(of: 2)
        ? FuzzRequest(queue: queue, writable: [0, 4, 8, 64, 256, g.below(5000)][g.below(6)])
        : FuzzRequest(queue: queue, readable: g.bytes([0, 1, 100, g.below(20_000)][g.below(4)]))
    }
    // Port, event and value.
    let message =
      UInt32(g.below(8) / 3).littleEndianBytes + UInt16(g.below(9)).littleEndianBytes
      + UInt16(g.below(8) / 7 ^ 1).littleEndianBytes
    return FuzzRequest(queue: queue, readable: g.below(8) == 0 ? g.mutate(message) : message)
  }

  /// Programs send and receive, and the terminal's size changes.
  func happen(_ g: inout InputGenerator) {
    for port in ends.indices {
      if g.below(2) == 0 { send(g.bytes(1 + g.below(6000)), port: port) }
      if g.below(2) == 0 { _ = receive(ends[port].program) }
    }
    if g.below(2) == 0 {
      _ = console.resize(console: g.below(3), columns: UInt16(g.below(200)), rows: 24)
    }
    bench.work.followUp()
  }

  func isUsable(_ g: inout InputGenerator) throws -> Bool {
    let bytes = g.bytes(1 + g.below(100))
    let sent = try bench.exchange(FuzzRequest(queue: Queue.output, readable: bytes))
    guard sent == [], receive(ends[0].program) == bytes else { return false }
    return try bench.exchange(FuzzRequest(queue: Queue.input, writable: 200)) {
      send(bytes, port: 0)
      bench.work.followUp()
    } == bytes
  }
}

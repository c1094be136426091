import Glibc
import GuestMemory
import HostSupport
import MachineDescription
import SavedState
import Testing

@testable import Devices
@testable import Hypervisor

/// Terminals and channels of a virtio console, by its queues and by the sockets behind its ports.
@Suite struct VirtIOConsoleTests {
  private static let ports = PCIDevice.Console(terminals: 1, channels: ["org.example.0"])
  private static let multiport: UInt64 = 2

  /// A console whose ports are connected, and its driver.
  private final class Bench {
    let driver: CardDriver
    let console: VirtIOConsole
    /// The programs of the terminal and of the channel.
    let programs: [SocketPair]
    /// Addresses of buffers for control messages, in the order in which they are used.
    private var offered: [UInt64] = []
    private var count: UInt64 = 0

    /// - Parameter isListening: whether the channel waits for a program.
    init(isPacked: Bool = false, features: UInt64 = .max, listener: PortSocket? = nil) throws {
      let pairs = try (0..<2).map { _ in try SocketPair(SOCK_STREAM) }
      programs = pairs
      var made: VirtIOConsole?
      driver = try CardDriver(queues: 6, features: features, isPacked: isPacked) { board, work in
        let both = VirtIOTransport.console(
          ports, PCIDevice(.console(ports), number: 1),
          [
            PortSocket(connected: pairs[0].first),
            listener ?? PortSocket(connected: pairs[1].first),
          ], dma: board.dma, work: work)
        made = both?.console
        return both?.transport
      }
      console = try #require(made)
    }

    /// Sends a control message of a port.
    func say(_ port: UInt32, _ event: UInt16, _ value: UInt16) throws {
      try driver.board.memory.write(
        port.littleEndianBytes + event.littleEndianBytes + value.littleEndianBytes, at: 0x8_0000)
      try driver.offer(3, [(0x8_0000, 8, false)])
      driver.notify(3)
      _ = try driver.takeUsed(3)
    }

    /// Offers so many more buffers for control messages.
    /// - Returns: the messages that have come since the last call.
    func messages(_ more: Int = 0) throws -> [[UInt8]] {
      for _ in 0..<more {
        offered.append(0x9_0000 + count % 16 * 256)
        count += 1
        try driver.offer(2, [(offered[offered.count - 1], 256, true)])
      }
      if more > 0 { driver.notify(2) }
      return try driver.takeUsed(2).map {
        try driver.board.memory.read(Int($0.written), at: offered.removeFirst())
      }
    }

    /// Brings both ports up as a driver does, and opens them.
    func open() throws {
      try say(0, 0, 1)
      for port in 0..<2 as Range<UInt32> {
        try say(port, 3, 1)
        try say(port, 6, 1)
      }
    }

    /// Sends output of a port.
    func write(_ bytes: [UInt8], _ port: Int) throws {
      let queue = port == 0 ? 1 : 3 + 2 * port
      try driver.board.memory.write(bytes, at: 0xA_0000)
      try driver.offer(queue, [(0xA_0000, bytes.count, false)])
      driver.notify(queue)
    }

    /// Offers a buffer for input of a port.
    func offerInput(_ size: Int, _ port: Int, at real: UInt64 = 0xB_0000) throws {
      let queue = port == 0 ? 0 : 2 + 2 * port
      try driver.offer(queue, [(real, size, true)])
      driver.notify(queue)
    }

    func input(_ port: Int) throws -> [UInt8]? {
      let used = try driver.takeUsed(port == 0 ? 0 : 2 + 2 * port)
      guard let last = used.last else { return nil }
      return try driver.board.memory.read(Int(last.written), at: 0xB_0000)
    }
  }

  private static func message(
    _ port: UInt32, _ event: UInt16, _ value: UInt16, _ rest: [UInt8] = []
  ) -> [UInt8] {
    port.littleEndianBytes + event.littleEndianBytes + value.littleEndianBytes + rest
  }

  @Test(arguments: [false, true])
  func `the driver gets its ports`(isPacked: Bool) throws {
    let bench = try Bench(isPacked: isPacked)
    #expect(bench.driver.get(0x2000, 4) == 24 << 16 | 80)
    #expect(bench.driver.get(0x2004, 4) == 2)
    #expect(try bench.messages(1) == [])
    try bench.say(0, 0, 1)
    // The buffer that was there is used, and the next ones.
    #expect(try bench.messages() == [Self.message(0, 1, 1)])
    #expect(try bench.messages(1) == [Self.message(1, 1, 1)])
    try bench.say(0, 3, 1)
    #expect(
      try bench.messages(3) == [
        Self.message(0, 4, 1), Self.message(0, 5, 0, [80, 0, 24, 0]), Self.message(0, 6, 1),
      ])
    try bench.say(1, 3, 1)
    #expect(
      try bench.messages(2) == [
        Self.message(1, 7, 1, Array("org.example.0".utf8)), Self.message(1, 6, 1),
      ])
    // What is no port, and no message.
    try bench.say(7, 3, 1)
    try bench.say(0, 99, 1)
    #expect(try bench.messages(1) == [] && !bench.driver.isBroken)
  }

  @Test(arguments: [false, true])
  func `bytes go both ways`(isPacked: Bool) throws {
    let bench = try Bench(isPacked: isPacked)
    try bench.open()
    for port in 0..<2 {
      try bench.write([1, 2, UInt8(port)], port)
      #expect(bench.programs[port].receive() == [1, 2, UInt8(port)])
      bench.programs[port].send([3, 4, 5, UInt8(port)])
      // As much as there is room for; the rest with the next buffer.
      try bench.offerInput(3, port)
      #expect(try bench.input(port) == [3, 4, 5])
      try bench.offerInput(64, port)
      #expect(try bench.input(port) == [UInt8(port)])
      // A buffer that waits for input.
      try bench.offerInput(64, port)
      bench.programs[port].send([9])
      var got: [UInt8]?
      bench.driver.wait {
        got = got ?? ((try? bench.input(port)) ?? nil)
        return got != nil
      }
      #expect(got == [9])
    }
  }

  /// Of bytes that no one takes, one request and one read wait, and no more.
  @Test func `nothing grows in either direction`() throws {
    let bench = try Bench()
    try bench.open()
    let block = [UInt8](repeating: 7, count: 0x1_0000)
    var (written, accepted) = (0, 0)
    try bench.driver.board.memory.write(block, at: 0xA_0000)
    for _ in 0..<12 {
      try bench.driver.offer(5, [(0xA_0000, block.count, false)])
      bench.driver.notify(5)
      written += block.count
      accepted += try bench.driver.takeUsed(5).count
    }
    #expect(accepted < 12)
    // The program takes all of it in the end.
    var received = 0
    bench.driver.wait {
      received += bench.programs[1].receive()?.count ?? 0
      return received >= written
    }
    #expect(received == written)
    accepted += try bench.driver.takeUsed(5).count
    #expect(accepted == 12)

    // Input stays in the socket until the driver has buffers.
    var sent = 0
    let piece = [UInt8](repeating: 8, count: 4096)
    while send(bench.programs[1].second, piece, piece.count, Int32(MSG_DONTWAIT)) == piece.count {
      sent += piece.count
      bench.driver.work.followUp()
      try #require(sent < 4 << 20)
    }
    #expect(sent > 4096)
    var taken = 0
    bench.driver.wait {
      if taken < sent {
        try? bench.offerInput(0x8000, 1)
        taken += (try? bench.input(1))??.count ?? 0
      }
      return taken >= sent
    }
    #expect(taken == sent)
    #expect(!bench.driver.isBroken)
  }

  @Test func `a program comes and goes`() throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un(sun_family: sa_family_t(AF_UNIX), sun_path: Self.emptyPath)
    // An address without a name: the kernel makes one.
    var size = socklen_t(MemoryLayout<sa_family_t>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        guard bind(listener, place, size) == 0, listen(listener, 4) == 0 else { return false }
        size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return getsockname(listener, place, &size) == 0
      }
    }
    try #require(isBound)
    let pair = try SocketPair(SOCK_STREAM)
    let bench = try Bench(listener: PortSocket(listening: listener, owner: pair))
    try bench.open()
    #expect(try bench.messages(10).last == Self.message(1, 6, 0))
    // Without a program output is lost, and input is not waited for.
    try bench.write([1], 1)
    #expect(try bench.driver.takeUsed(5).count == 1)
    for round in 0..<2 as Range<UInt8> {
      let program = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(program, $0, size) == 0
        }
      }
      try #require(isConnected)
      // A buffer for the message is there each time.
      func next() throws -> [UInt8]? {
        _ = try bench.messages(1)
        var last: [UInt8]?
        bench.driver.wait {
          last = last ?? ((try? bench.messages().last) ?? nil)
          return last != nil
        }
        return last
      }
      #expect(try next() == Self.message(1, 6, 1))
      try bench.write([round], 1)
      var byte: UInt8 = 0xEE
      #expect(recv(program, &byte, 1, Int32(MSG_DONTWAIT)) == 1 && byte == round)
      close(program)
      #expect(try next() == Self.message(1, 6, 0))
    }
    close(listener)
  }

  private static let emptyPath = sockaddr_un().sun_path

  @Test func `without control messages there is a terminal`() throws {
    let bench = try Bench(features: ~Self.multiport)
    try bench.write([1, 2], 0)
    #expect(bench.programs[0].receive() == [1, 2])
    bench.programs[0].send([3])
    try bench.offerInput(8, 0)
    #expect(try bench.input(0) == [3])
  }

  @Test func `emergency writes and sizes`() throws {
    let bench = try Bench()
    bench.driver.set(0x2008, 0x41, 4)
    #expect(bench.programs[0].receive() == [0x41])
    try bench.open()
    _ = try bench.messages(10)
    #expect(bench.console.resize(console: 0, columns: 132, rows: 50))
    #expect(!bench.console.resize(console: 1, columns: 1, rows: 1))
    #expect(try bench.messages() == [Self.message(0, 5, 0, [132, 0, 50, 0])])
    #expect(bench.driver.get(0x2000, 4) == 50 << 16 | 132)
  }

  @Test func `requests that cannot be break the device, not the host`() throws {
    for (queue, parts) in [
      (1, [(0xA_0000 as UInt64, 0x7FFF_FFFF, false)]), (0, [(0xA_0000, 16, false)]),
      (2, [(0xA_0000, 4, true)]),
    ] {
      let bench = try Bench()
      bench.programs[0].send([1])
      try bench.open()
      try bench.driver.offer(queue, parts)
      bench.driver.notify(queue)
      #expect(bench.driver.isBroken, "queue \(queue)")
      bench.driver.start()
      #expect(!bench.driver.isBroken)
    }
  }
}

import Glibc
import GuestMemory
import HostSupport
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A network in memory.
private final class MemoryLink: NetworkLink, @unchecked Sendable {
  // Safety: one thread uses it.
  var arriving: [[UInt8]] = []
  var largest = 0
  var format = LinkFormat.wire
  var isUp = true
  var isFull = false

  var descriptor: Int32 { -1 }
  var hasFrame: Bool { !arriving.isEmpty }
  func hasRoom() -> Bool { !isFull }
  func send(_ frame: UnsafeRawBufferPointer) { largest = max(largest, frame.count) }
  func flush() -> Bool { !isFull }
  func setReceiveOffload(_ offload: ReceiveOffload) {}

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    guard let frame = arriving.popLast() else { return .nothing }
    let count = min(frame.count, buffer.count)
    frame.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
    return .frame(count)
  }
}

/// Rings, descriptors, headers, commands and registers that no driver writes.
@Suite struct VirtIONetworkFuzzTests {
  /// `FUZZ_INPUTS` in the environment asks for more.
  static let inputs =
    getenv("FUZZ_INPUTS").flatMap { Int(String(cString: $0)) } ?? 4000

  @Test(arguments: [false, true])
  func `hostile drivers harm nothing but their card`(isPacked: Bool) throws {
    let link = MemoryLink()
    let driver = try CardDriver(link, isPacked: isPacked)
    let memory = driver.board.memory
    let (last, size) = ((1 << 20) - 0x1000 as UInt64, 1 << 20 as UInt64)
    let guardBytes = pattern(0x1000)
    var broken = 0
    for input in 0..<Self.inputs {
      var random = SplitMix64(state: UInt64(input) &* 0x9E37_79B9_7F4A_7C15)
      func below(_ limit: UInt64) -> UInt64 { random.next() % limit }
      // The window does not reach the last page.
      try memory.write(guardBytes, at: last)
      link.format = [.wire, .local, .headers][Int(below(3))]
      link.isFull = below(8) == 0
      link.arriving = (0..<below(4)).map { _ in
        pattern(Int(below(8) == 0 ? below(66_000) : below(2000)), from: input)
      }
      driver.start(features: random.next())
      for _ in 0..<1 + below(4) {
        for queue in 0..<3 as Range<UInt64> {
          let base = 0x1000 + 0x3000 * queue
          for index in 0..<UInt64(CardDriver.size) {
            let address =
              [0x2_0000 + below(0x1000), base + below(0x3000), below(size), random.next()][
                Int(below(16) < 13 ? 0 : 1 + below(3))]
            let count = [12, 64, below(4096), below(1 << 32)][Int(below(4))]
            try driver.board.descriptor(
              base + 16 * index, at: address, count: UInt32(count),
              UInt16(below(below(4) == 0 ? 65536 : 16)), UInt16(below(below(4) == 0 ? 65536 : 16)))
          }
          guard !isPacked else { continue }
          for index in 0..<UInt64(CardDriver.size) {
            try memory.write(
              UInt16(below(below(8) == 0 ? 65536 : 16)), at: base + 0x1004 + 2 * index, .little)
          }
          try memory.write(UInt16(below(20)), at: base + 0x1002, .little)
        }
        // Headers and commands.
        try memory.write((0..<64).map { _ in UInt8(below(8)) }, at: 0x2_0000 + below(64))
        for _ in 0..<4 { driver.notify(Int(below(4))) }
        if below(4) == 0 { driver.set(below(0x40), random.next(), [1, 2, 4, 8][Int(below(4))]) }
        if below(4) == 0 { _ = driver.get(below(0x4000), [1, 2, 4, 8][Int(below(4))]) }
        driver.transport.withLock { $0.interrupt(queue: Int(below(3))) }
      }
      if driver.isBroken { broken += 1 }
      try #require(try memory.read(0x1000, at: last) == guardBytes, "input \(input)")
      // A driver that keeps to the rules can use the card afterwards.
      (link.format, link.isFull, link.arriving, link.largest) = (.wire, false, [], 0)
      driver.start()
      try driver.send(pattern(100))
      try #require(try driver.takeUsed(1).count == 1, "input \(input)")
      try #require(link.largest == 100, "input \(input)")
    }
    // Both what is accepted and what is not is among the inputs.
    #expect(broken > Self.inputs / 20 && broken < Self.inputs)
  }
}

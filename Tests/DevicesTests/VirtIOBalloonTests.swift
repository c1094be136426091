import GuestMemory
import HostSupport
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

@Suite struct VirtIOBalloonTests {
  private static func driver(queue: UInt64) throws -> (TestDriver, VirtIOBalloon) {
    var balloon: VirtIOBalloon?
    let driver = try TestDriver(queue: queue, features: 0x24, usesBus: false) { board in
      let made = VirtIOTransport.balloon(
        PCIDevice(.balloon, number: 1), memory: board.memory)
      balloon = made.balloon
      return made.transport
    }
    return (driver, try #require(balloon))
  }

  /// Offsets of the device's configuration.
  private static let target: UInt64 = 0x2000
  private static let actual: UInt64 = 0x2004

  @Test func `pages of the balloon are the host's, and zero when they come back`() throws {
    let (driver, _) = try Self.driver(queue: 0)
    let memory = driver.board.memory
    try memory.fill(0x4000, at: 0x4_0000, with: 0x55)
    // Two pages, and one that there is not.
    let numbers = [0x41, 0x43, 0xFFFF_FFFF] as [UInt32]
    try memory.write(numbers.flatMap(\.littleEndianBytes), at: TestDriver.data)
    #expect(try driver.submit([(TestDriver.data, 12, 0)]) == 0)
    for (page, byte) in [(0x40, 0x55), (0x41, 0), (0x42, 0x55), (0x43, 0)] as [(UInt64, UInt8)] {
      #expect(
        try memory.read(4096, at: page << 12) == [UInt8](repeating: byte, count: 4096), "\(page)")
    }
  }

  @Test func `of reported ranges whole pages are returned`() throws {
    let (driver, _) = try Self.driver(queue: 2)
    let memory = driver.board.memory
    try memory.fill(0x4000, at: 0x4_0000, with: 0x55)
    #expect(
      try driver.submit([(0x4_0800, 0x2800, VirtqueueDescriptor.Flag.write)]) == 0)
    #expect(try memory.read(0x1000, at: 0x4_0000).allSatisfy { $0 == 0x55 })
    #expect(try memory.read(0x2000, at: 0x4_1000).allSatisfy { $0 == 0 })
    #expect(try memory.read(0x1000, at: 0x4_3000).allSatisfy { $0 == 0x55 })
  }

  @Test func `the host asks, and the driver says what it has done`() throws {
    let (driver, balloon) = try Self.driver(queue: 0)
    let size = driver.board.memory.size
    #expect(balloon.remainingMemory == size)
    balloon.request(remaining: size - 0x5000)
    #expect(driver.get(Self.target, 4) == 5)
    driver.set(Self.actual, 3, 4)
    #expect(balloon.remainingMemory == size - 0x3000)
    // More than there is.
    driver.set(Self.actual, 0xFFFF_FFFF, 4)
    #expect(balloon.remainingMemory == 0)
    balloon.request(remaining: .max)
    #expect(driver.get(Self.target, 4) == 0)
    // A reset empties the balloon; what the host asks for stays.
    balloon.request(remaining: 0)
    driver.start(features: 0x24)
    #expect(balloon.remainingMemory == size)
    #expect(driver.get(Self.target, 4) == UInt64(size / 4096))
  }
}

import GuestMemory
import MachineDescription
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

@Suite struct VirtIORandomTests {
  private static func driver(isPacked: Bool = false) throws -> TestDriver {
    let next = Atomic<UInt64>(0)
    return try TestDriver(queue: 0, features: 0, isPacked: isPacked) { board in
      .random(PCIDevice(.random, number: 1), dma: board.dma) {
        next.add(1, ordering: .relaxed).newValue
      }
    }
  }

  @Test(arguments: [true, false])
  func `a buffer is filled`(isPacked: Bool) throws {
    let driver = try Self.driver(isPacked: isPacked)
    let written = try driver.submit([
      (TestDriver.data, 3, VirtqueueDescriptor.Flag.write),
      (TestDriver.data + 3, 16, VirtqueueDescriptor.Flag.write),
    ])
    #expect(written == 19)
    let bytes = try driver.board.memory.read(20, at: TestDriver.data)
    #expect(bytes == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0])
  }

  @Test func `a request to read more is answered in part`() throws {
    let driver = try Self.driver()
    let count: UInt32 = 128 << 10
    #expect(
      try driver.submit([(TestDriver.data, count, VirtqueueDescriptor.Flag.write)]) == 64 << 10)
  }

  @Test func `a request with nothing to fill stops the device`() throws {
    let driver = try Self.driver()
    #expect(try driver.submit([(TestDriver.data, 16, 0)]) == nil)
    #expect(driver.isBroken)
  }
}

import Synchronization
import Testing

@testable import Devices

@Suite struct VirtualTerminalTests {
  /// A guest that never reads all of its input.
  @Test func `input that has been read goes`() {
    let terminal = VirtualTerminal(unitAddress: 1) { _ in }
    #expect(terminal.receive([1, 2]) == 2)
    for _ in 0..<10_000 {
      #expect(terminal.receive([3]) == 1)
      #expect(terminal.read(limit: 1).count == 1)
    }
    #expect(terminal.heldBytes <= VirtualTerminal.inputCapacity)
    #expect(terminal.receive([UInt8](repeating: 4, count: 5000)) == 4094)
  }

  @Test func `bytes pass in order, and input is announced once`() {
    let written = Mutex([UInt8]())
    let announcements = Mutex(0)
    let terminal = VirtualTerminal(unitAddress: 1) { bytes in
      written.withLock { $0 += bytes }
    }
    terminal.setInterruptHandler { announcements.withLock { $0 += 1 } }
    terminal.write([1, 2])
    terminal.write([])
    terminal.write([3])
    #expect(written.withLock { $0 } == [1, 2, 3])

    #expect(terminal.read(limit: 16) == [])
    #expect(terminal.receive([10, 11, 12]) == 3)
    #expect(terminal.receive([13]) == 1)
    #expect(announcements.withLock { $0 } == 1)
    #expect(terminal.read(limit: 2) == [10, 11])
    #expect(terminal.read(limit: 16) == [12, 13])
    #expect(!terminal.hasInput)
    terminal.receive([14])
    #expect(announcements.withLock { $0 } == 2)
  }

  @Test func `input beyond the capacity is refused`() {
    let terminal = VirtualTerminal(unitAddress: 1) { _ in }
    let bytes = [UInt8](repeating: 7, count: 5000)
    #expect(terminal.receive(bytes) == VirtualTerminal.inputCapacity)
    #expect(terminal.receive(bytes) == 0)
    #expect(terminal.read(limit: 16).count == 16)
    #expect(terminal.receive(bytes) == 16)
  }
}

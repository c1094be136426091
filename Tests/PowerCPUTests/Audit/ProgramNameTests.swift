import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// The name at the end of a program's first stack: pages 8 and 9 of the tree.
@Suite struct ProgramNameTests {
  let guest: ProblemState
  static let end: UInt64 = 0xA_0000

  init() throws {
    guest = try ProblemState()
    try guest.map(8)
    try guest.map(9)
    try guest.execute([0x6000_0000])
    guest.processor[gpr: 1] = 0x8_1230
  }

  /// Puts a name where Linux puts it.
  func put(_ name: [UInt8], below end: UInt64 = Self.end) throws {
    try guest.memory.write(
      [0] + name + [UInt8](repeating: 0, count: 9), at: end - 10 - UInt64(name.count))
  }

  @Test func itIsFoundWithoutTrace() throws {
    try put(Array("/bin/busybox".utf8))
    let before = try (guest.entry(8), guest.entry(9))
    #expect(guest.processor.programName() == "/bin/busybox")
    #expect(try (guest.entry(8), guest.entry(9)) == before)
    #expect(before.1 & RadixEntry.reference == 0)
  }

  @Test func itMayBeLong() throws {
    let name = "/" + String(repeating: "x", count: 1000)
    try put(Array(name.utf8))
    #expect(guest.processor.programName() == name)
    // Longer than any that is believed, and than a page.
    try put([UInt8](repeating: 0x61, count: 1025))
    #expect(guest.processor.programName() == nil)
    try put([UInt8](repeating: 0x61, count: 5000))
    #expect(guest.processor.programName() == nil)
  }

  @Test func aHoleBelowItIsPassed() throws {
    try guest.map(4)
    guest.processor[gpr: 1] = 0x4_0010
    try put(Array("init".utf8))
    #expect(guest.processor.programName() == "init")
  }

  @Test func whatIsNoNameIsNotTaken() throws {
    // All zero, as the end of a thread's stack.
    #expect(guest.processor.programName() == nil)
    // A terminal's escape sequence.
    try put([0x1B, 0x5B, 0x32, 0x4A])
    #expect(guest.processor.programName() == nil)
    try put(Array("caf\u{E9}".utf8))
    #expect(guest.processor.programName() == nil)
    // No zero doubleword behind it.
    try put(Array("/init".utf8))
    try guest.memory.write(1 as UInt8, at: Self.end - 1)
    #expect(guest.processor.programName() == nil)
  }

  @Test func stackPointersFromAnywhereAreHarmless() throws {
    try put(Array("/init".utf8))
    for pointer: UInt64 in [0, .max, 0xA_0000, 0x1F_FFFF, 1 << 63, 0xC000_0000_0000_0000] {
      guest.processor[gpr: 1] = pointer
      _ = guest.processor.programName()
    }
    guest.processor[gpr: 1] = 0xA_0000
    #expect(guest.processor.programName() == nil)
  }

  @Test func thirtyTwoBitProgramsHaveNames() throws {
    try put(Array("/t32".utf8))
    guest.processor.machineState = MSR.pr | MSR.me
    // The high half is not part of the address.
    guest.processor[gpr: 1] = 0xFFFF_FFFF_0008_1230
    #expect(guest.processor.programName() == "/t32")
  }
}

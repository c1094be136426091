import GuestMemory
import PowerISA
import Testing

@testable import Machine

/// The name at the end of a program's first stack: pages of 64 KiB, mapped one to one.
@Suite struct LinuxProgramNameTests {
  static let end: UInt64 = 0xA_0000
  let memory: GuestMemory

  init() throws { memory = try GuestMemory(size: 16 << 20) }

  /// The name found from a stack pointer, when 64 KiB pages of these numbers are mapped.
  func name(
    from pointer: UInt64 = 0x8_1230, pages: Set<UInt64> = [8, 9], addressMask: UInt64 = .max
  ) -> String? {
    let search = LinuxProgramName(
      memory: memory, addressMask: addressMask,
      page: { pages.contains($0 >> 16) ? $0 & ~0xFFF : nil })
    return search.find(from: pointer)
  }

  /// Puts a name where Linux puts it.
  func put(_ name: [UInt8], below end: UInt64 = Self.end) throws {
    try memory.write(
      [0] + name + [UInt8](repeating: 0, count: 9), at: end - 10 - UInt64(name.count))
  }

  @Test func itIsFound() throws {
    try put(Array("/bin/busybox".utf8))
    #expect(name() == "/bin/busybox")
  }

  @Test func itMayBeLong() throws {
    let long = "/" + String(repeating: "x", count: 1000)
    try put(Array(long.utf8))
    #expect(name() == long)
    // Longer than any that is believed, and than a page.
    try put([UInt8](repeating: 0x61, count: 1025))
    #expect(name() == nil)
    try put([UInt8](repeating: 0x61, count: 5000))
    #expect(name() == nil)
  }

  @Test func aHoleBelowItIsPassed() throws {
    try put(Array("init".utf8))
    #expect(name(from: 0x4_0010, pages: [4, 8, 9]) == "init")
  }

  @Test func whatIsNoNameIsNotTaken() throws {
    // All zero, as the end of a thread's stack.
    #expect(name() == nil)
    // A terminal's escape sequence.
    try put([0x1B, 0x5B, 0x32, 0x4A])
    #expect(name() == nil)
    try put(Array("caf\u{E9}".utf8))
    #expect(name() == nil)
    // No zero doubleword behind it.
    try put(Array("/init".utf8))
    try memory.write(1 as UInt8, at: Self.end - 1)
    #expect(name() == nil)
  }

  @Test func stackPointersFromAnywhereAreHarmless() throws {
    try put(Array("/init".utf8))
    for pointer: UInt64 in [0, .max, 0xA_0000, 0x1F_FFFF, 1 << 63, 0xC000_0000_0000_0000] {
      _ = name(from: pointer)
    }
    #expect(name(from: 0xA_0000) == nil)
  }

  @Test func thirtyTwoBitProgramsHaveNames() throws {
    try put(Array("/t32".utf8))
    // The high half is not part of the address.
    #expect(name(from: 0xFFFF_FFFF_0008_1230, addressMask: 0xFFFF_FFFF) == "/t32")
  }
}

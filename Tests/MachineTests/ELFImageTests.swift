import Testing

@testable import Machine

@Suite struct ELFImageTests {
  /// A file with one segment of four bytes at physical 0x4000, memory size 0x100.
  static func file(wide: Bool, big: Bool, machine: UInt64? = nil) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, wide ? 2 : 1, big ? 2 : 1, 1]
    bytes += [UInt8](repeating: 0, count: 9)
    func put(_ value: UInt64, _ count: Int) {
      let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
      bytes += big ? little.reversed() : little
    }
    let word = wide ? 8 : 4
    put(2, 2)
    put(machine ?? (wide ? 21 : 20), 2)
    put(1, 4)
    put(0xC000_0010, word)  // entry
    put(wide ? 64 : 52, word)  // program headers
    put(0, word)
    put(0, 4)
    put(wide ? 64 : 52, 2)
    put(wide ? 56 : 32, 2)
    put(1, 2)
    put(0, 6)
    put(1, 4)
    if wide { put(7, 4) }
    put(wide ? 120 : 84, word)
    put(0xC000_0000, word)
    put(0x4000, word)
    put(4, word)
    put(0x100, word)
    if !wide { put(7, 4) }
    put(0x1000, word)
    return bytes + [1, 2, 3, 4]
  }

  static func image(_ bytes: [UInt8]) throws -> ELFImage {
    try ELFImage(GuestFile(bytes, name: "test"))
  }

  @Test(arguments: [(false, true), (true, true), (true, false)])
  func readsEveryKind(_ kind: (wide: Bool, big: Bool)) throws {
    let image = try Self.image(Self.file(wide: kind.wide, big: kind.big))
    #expect(image.wordSize == (kind.wide ? .bits64 : .bits32))
    #expect(image.byteOrder == (kind.big ? .big : .little))
    #expect(image.physicalEntry == 0x4010)
    #expect(image.segments.count == 1)
    #expect(image.segments[0].fileOffset == (kind.wide ? 120 : 84))
    #expect(image.extent == 0x100)
  }

  @Test func refusesOtherFiles() {
    #expect(throws: ELFError.notELF) { try Self.image([]) }
    #expect(throws: ELFError.notELF) {
      try Self.image(Array("#!/bin/sh\nexit 0 # not a kernel".utf8))
    }
    #expect(throws: ELFError.otherMachine(62)) {
      try Self.image(Self.file(wide: true, big: false, machine: 62))
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let file = Self.file(wide: true, big: true)
    for count in 0..<file.count {
      #expect(throws: ELFError.self) { try Self.image(Array(file[..<count])) }
    }
  }

  @Test func mutationsNeverTrap() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var file = Self.file(wide: .random(using: &random), big: .random(using: &random))
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        file[Int.random(in: 0..<file.count, using: &random)] = .random(
          in: .min ... .max, using: &random)
      }
      if let image = try? Self.image(file) {
        for segment in image.segments {
          #expect(segment.fileOffset + segment.fileSize <= file.count)
        }
        _ = image.physicalEntry
        _ = image.extent
      }
    }
  }
}

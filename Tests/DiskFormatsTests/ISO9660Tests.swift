import DiskSamples
import Testing

import DiskFormats

@Suite struct ISO9660Tests {
  private static let image = SampleISO(
    .folder([
      ("\u{0}", nil, .folder([])),
      ("README.;1", nil, .file(Array("read me".utf8))),
      (
        "PPC", nil,
        .folder([
          ("BOOTINFO.TXT;1", nil, .file(Array("<chrp-boot>".utf8))),
          ("LONG_NAM.;1", "a longer-name.elf", .file([UInt8](repeating: 7, count: 5000))),
        ])
      ),
      ("MANY", nil, .folder((0..<100).map { ("FILE\($0).;1", nil, .file([UInt8($0)])) })),
    ])
  ).bytes

  private func content(_ path: String, in image: [UInt8], at base: UInt64 = 0) throws -> [UInt8] {
    let range = try ISO9660(SampleMedium(image), at: base).file(at: path)
    return Array(image[Int(range.lowerBound)..<Int(range.upperBound)])
  }

  @Test func `files are found by their names in any case, without versions`() throws {
    #expect(try content("\\readme", in: Self.image) == Array("read me".utf8))
    #expect(try content("/ppc/bootinfo.txt", in: Self.image) == Array("<chrp-boot>".utf8))
    #expect(try content("\\PPC\\Long_Nam", in: Self.image).count == 5000)
    #expect(try content("\\ppc\\a longer-name.elf", in: Self.image).count == 5000)
    #expect(try content("\\many\\file99", in: Self.image) == [99])
    let shifted = [UInt8](repeating: 0, count: 1536) + Self.image
    #expect(try content("\\many\\file50", in: shifted, at: 1536) == [50])
  }

  @Test(arguments: ["\\none", "\\readme\\x", "\\ppc", "", "\\"])
  func `what is no file is refused`(path: String) {
    #expect(throws: DiskFormatError.noFile(path: path)) { try content(path, in: Self.image) }
  }

  @Test func `what has no descriptor is no file system`() {
    #expect(throws: DiskFormatError.noFileSystem) { try ISO9660(SampleMedium(sectors: 4000)) }
    #expect(throws: DiskFormatError.noFileSystem) { try ISO9660(SampleMedium(sectors: 1)) }
    #expect(throws: DiskFormatError.noFileSystem) {
      try ISO9660(SampleMedium(Self.image), at: .max - 100)
    }
  }

  @Test func `extents beyond the medium, in pieces or of blocks that cannot be are refused`() throws
  {
    // The record of the root, then of a file.
    var image = Self.image
    image[16 * 2048 + 156 + 5] = 0xFF
    #expect(throws: DiskFormatError.noFileSystem) { try ISO9660(SampleMedium(image)) }
    image = Self.image
    image.replaceSubrange(16 * 2048 + 128..<16 * 2048 + 130, with: [0, 0])
    #expect(
      throws: DiskFormatError.field(
        structure: "the volume descriptor", name: "the size of blocks", value: 0, offset: 32768)
    ) { try ISO9660(SampleMedium(image)) }
    let name = try #require(Self.image.firstRange(of: Array("README".utf8)))
    for change in [(2 + 3, 0x7F), (10 + 3, 0x7F), (25, 0x80), (26, 1), (0, 20), (32, 200)] {
      image = Self.image
      image[name.lowerBound - 33 + change.0] = UInt8(change.1)
      #expect(throws: DiskFormatError.self, "\(change)") {
        try content("\\readme", in: image)
      }
    }
  }
}

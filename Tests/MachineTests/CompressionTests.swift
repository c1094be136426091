import Testing

@testable import Machine

/// Compressed kernels: what each form expands to, and how each fails.
@Suite struct CompressionTests {
  /// "hello, world\n" as each program writes it.
  static func hello(_ compression: Compression) -> [UInt8] {
    switch compression {
    // gzip -n
    case .gzip:
      [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9,
        0xD7, 0x51, 0x28, 0xCF, 0x2F, 0xCA, 0x49, 0xE1, 0x02, 0x00, 0x53, 0x74, 0x24, 0xF4, 0x0D,
        0x00, 0x00, 0x00,
      ]
    // xz
    case .xz:
      [
        0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04, 0xE6, 0xD6, 0xB4, 0x46, 0x02, 0x00, 0x21,
        0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2F, 0xE5, 0xA3, 0x01, 0x00, 0x0C, 0x68, 0x65, 0x6C,
        0x6C, 0x6F, 0x2C, 0x20, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0x0A, 0x00, 0x00, 0x00, 0x00, 0x7B,
        0x46, 0x5A, 0x81, 0xC9, 0x12, 0xB8, 0xEA, 0x00, 0x01, 0x25, 0x0D, 0x71, 0x19, 0xC4, 0xB6,
        0x1F, 0xB6, 0xF3, 0x7D, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5A,
      ]
    // xz --format=lzma
    case .lzma:
      [
        0x5D, 0x00, 0x00, 0x80, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x34,
        0x19, 0x49, 0xEE, 0x8D, 0xEF, 0x8C, 0x6B, 0xCA, 0x95, 0x59, 0x10, 0x04, 0x40, 0xED, 0xE4,
        0x1B, 0xFF, 0xFE, 0xE0, 0xF0, 0x00,
      ]
    // zstd -q
    case .zstd:
      [
        0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x69, 0x00, 0x00, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x2C,
        0x20, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0x0A, 0x4C, 0x1F, 0xF9, 0xF1,
      ]
    // bzip2
    case .bzip2:
      [
        0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x54, 0xA4, 0x97, 0x84, 0x00,
        0x00, 0x02, 0xD1, 0x80, 0x00, 0x10, 0x40, 0x04, 0x06, 0x44, 0x90, 0x80, 0x20, 0x00, 0x31,
        0x00, 0x30, 0x20, 0x68, 0x62, 0x00, 0x49, 0xD4, 0xB2, 0x1F, 0x3F, 0x17, 0x72, 0x45, 0x38,
        0x50, 0x90, 0x54, 0xA4, 0x97, 0x84,
      ]
    // lz4
    case .lz4:
      [
        0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7, 0x0D, 0x00, 0x00, 0x80, 0x68, 0x65, 0x6C, 0x6C,
        0x6F, 0x2C, 0x20, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0x0A, 0x00, 0x00, 0x00, 0x00, 0x1A, 0xC4,
        0xE0, 0xD9,
      ]
    // lz4 -l
    case .lz4Legacy:
      [
        0x02, 0x21, 0x4C, 0x18, 0x0E, 0x00, 0x00, 0x00, 0xD0, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x2C,
        0x20, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0x0A,
      ]
    }
  }

  private static let text = Array("hello, world\n".utf8)

  private static func expand(
    _ bytes: [UInt8], _ compression: Compression, limit: Int = 1 << 20
  ) throws(DecompressionError) -> [UInt8] {
    try compression.expand(GuestFile(bytes, name: "test"), limit: limit)
  }

  @Test(arguments: Compression.allCases)
  func isToldByItsBeginningAndExpands(compression: Compression) throws {
    let file = Self.hello(compression)
    #expect(Compression(ofFileBeginningWith: Array(file.prefix(6))) == compression)
    #expect(try Self.expand(file, compression) == Self.text)
  }

  @Test(arguments: Compression.allCases)
  func aFileCutShortIsDamaged(compression: Compression) {
    let file = Self.hello(compression)
    // A file of the legacy form may end after each block, and after the signature.
    for count in file.indices where compression != .lz4Legacy || count != 4 {
      #expect(throws: DecompressionError.self, "\(count) bytes") {
        try Self.expand(Array(file[..<count]), compression)
      }
    }
  }

  @Test(arguments: [Compression.gzip, .xz, .bzip2, .lz4, .zstd])
  func aChangedByteIsFound(compression: Compression) {
    let file = Self.hello(compression)
    var damaged = file
    damaged[file.count / 2] ^= 0x55
    #expect { try Self.expand(damaged, compression) } throws: {
      "\($0)".hasPrefix("\(compression.rawValue) data damaged or cut short near offset ")
    }
  }

  @Test(arguments: Compression.allCases)
  func theLimitIsKept(compression: Compression) throws {
    let file = Self.hello(compression)
    #expect(try Self.expand(file, compression, limit: 13) == Self.text)
    #expect { try Self.expand(file, compression, limit: 12) } throws: {
      "\($0)" == "\(compression.rawValue) data expands to more than 12 bytes"
    }
  }

  /// Files are read in pieces of 256 KiB; this one has several.
  @Test(arguments: Compression.allCases.filter { $0 != .lzma })
  func filesOfSeveralPieces(compression: Compression) throws {
    let stream = Self.hello(compression)
    let count = (600 << 10) / stream.count
    let bytes = Array(repeatElement(stream, count: count).joined())
    let text = try Self.expand(bytes, compression)
    #expect(text == Array(repeatElement(Self.text, count: count).joined()))
  }

  /// Parallel compressors write a stream for each piece.
  @Test(arguments: Compression.allCases.filter { $0 != .lzma })
  func streamsThatFollowOneAnotherAreOne(compression: Compression) throws {
    let file = Self.hello(compression)
    #expect(try Self.expand(file + file + file, compression) == Self.text + Self.text + Self.text)
  }

  @Test(arguments: [Compression.gzip, .xz, .bzip2, .lz4, .zstd])
  func paddingAfterTheLastStreamIsIgnored(compression: Compression) throws {
    let padded = Self.hello(compression) + [UInt8](repeating: 0, count: 500)
    #expect(try Self.expand(padded, compression) == Self.text)
  }

  /// An xz block that asks for a dictionary of 1.5 GiB.
  @Test func aDecoderHasALimitedMemory() {
    var file = Self.hello(.xz)
    // The block header: size, flags, filter, size of its properties, dictionary, padding, CRC32.
    #expect(file[16] == 0x16)
    file[16] = 37
    file.replaceSubrange(20..<24, with: Self.crc32(file[12..<20]))
    #expect { try Self.expand(file, .xz) } throws: {
      "\($0)" == "xz data needs more than 256 MiB to be expanded"
    }
  }

  /// Little-endian.
  private static func crc32(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var remainder = UInt32.max
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    return withUnsafeBytes(of: (~remainder).littleEndian) { Array($0) }
  }

  @Test func otherFilesAreNamed() {
    func kind(_ text: String) -> String? { FileKind.of(Array(text.utf8))?.name }
    #expect(kind("#!/bin/sh\n") == "a script")
    #expect(kind("!<arch>\ndebian-binary") == "a Debian package or another ar archive")
    #expect(kind("070701") == "a cpio archive, as RAM disks are")
    #expect(kind(String(repeating: "x", count: 257) + "ustar") == "a tar archive")
    #expect(kind("") == nil)
    #expect(kind("hello") == nil)
    #expect(FileKind.of(Self.hello(.xz))?.name == "compressed with xz twice")
  }
}

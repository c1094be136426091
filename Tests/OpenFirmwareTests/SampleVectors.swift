import OpenFirmware

/// Architecture vectors by field, as the real callers fill them.
struct SampleVector {
  var processors: [(mask: UInt32, value: UInt32)]
  /// Vectors 1 and up, without their length bytes.
  var vectors: [[UInt8]]

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for entry in processors {
      for word in [entry.mask, entry.value] {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
    }
    bytes.append(UInt8(vectors.count - 1))
    for vector in vectors {
      bytes.append(UInt8(vector.count - 1))
      bytes += vector
    }
    return bytes
  }

  func vector() throws -> ArchitectureVector { try ArchitectureVector(bytes) }

  /// Vector 5 bytes 23 to 26 for XICS with either translation, as a client chooses after it has
  /// read `ibm,arch-vec-5-platform-support`.
  static let hash: [UInt8] = [0, 0, 0, 0]
  static let radix: [UInt8] = [0, 0x40, 0, 0x40]

  private static func whole(_ versions: UInt32...) -> [(mask: UInt32, value: UInt32)] {
    versions.map { (0xffff_0000, $0 << 16) }
  }
  private static func logical(_ versions: UInt32...) -> [(mask: UInt32, value: UInt32)] {
    versions.map { (0xffff_ffff, $0) }
  }

  /// Linux's vector 5: `modes` are bytes 23 to 26.
  private static func linux5(_ modes: [UInt8]) -> [UInt8] {
    [0, 0xf3, 0, 0, 0xe0, 5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0xe0, 0, 0, 0, 1, 0xc0] + modes
  }
  private static func linuxVectors(_ modes: [UInt8]) -> [[UInt8]] {
    [
      [0, 0xff, 0xc0],
      [0x20, 0, 0] + [UInt8](repeating: 0xff, count: 20) + [0, 0, 2, 0, 255, 255, 255, 255, 0, 48],
      [0, 0xe0], [0, 1], linux5(modes), [0, 0, 2],
    ]
  }
  private static let oldest: (mask: UInt32, value: UInt32) = (0xffff_fffe, 0x0f00_0001)

  /// Linux 6.1, which knows POWER10.
  static func linux61(modes: [UInt8] = hash) -> SampleVector {
    SampleVector(
      processors: [(0xfffe_0000, 0x003a_0000)]
        + whole(0x3e, 0x3f, 0x4b, 0x4c, 0x4d, 0x4e, 0x80)
        + logical(0x0f00_0006, 0x0f00_0005, 0x0f00_0004, 0x0f00_0003, 0x0f00_0002) + [oldest],
      vectors: linuxVectors(modes))
  }

  /// Linux 6.16, which knows Power11 and names itself in vector 7.
  static func linux616(modes: [UInt8] = hash) -> SampleVector {
    SampleVector(
      processors: [(0xfffe_0000, 0x003a_0000)]
        + whole(0x3e, 0x3f, 0x4b, 0x4c, 0x4d, 0x4e, 0x80, 0x82)
        + logical(
          0x0f00_0007, 0x0f00_0006, 0x0f00_0005, 0x0f00_0004, 0x0f00_0003, 0x0f00_0002) + [oldest],
      vectors: linuxVectors(modes) + [Array("Linux".utf8) + [UInt8](repeating: 0, count: 251)])
  }

  /// GRUB: an empty list whose terminator matches everything; vector 1 ignored, then the RMA.
  static let grub = SampleVector(
    processors: [(0, 0xffff_ffff)],
    vectors: [
      [0x80],
      [0, 0, 0] + [UInt8](repeating: 0xff, count: 20) + [0, 0, 2, 0, 255, 255, 255, 255, 0, 48],
    ])

  /// FreeBSD's loader with `modes` in bytes 23 to 26: vectors 1 to 3 ignored, XICS only.
  static func freeBSD(modes: [UInt8] = hash) -> SampleVector {
    let options: [UInt8] = [0, 0xd1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1]
    return SampleVector(
      processors: whole(0x3e, 0x3f, 0x4a, 0x4d, 0x4b, 0x4c, 0x4e, 0x80, 0x82)
        + logical(0x0f00_0004, 0x0f00_0005, 0x0f00_0006) + [(0, 0xffff_ffff)],
      vectors: [
        [0x80], [0x80], [0x80], [0, 10],
        options + [UInt8](repeating: 0, count: 8) + modes,
      ])
  }
}

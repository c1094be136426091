/// The checksum of the Internet protocols: the complement of the sum of 16-bit words in ones'
/// complement (RFC 1071).
struct InternetChecksum {
  /// The sum does not depend on the order of bytes but for that of its result (RFC 1071, 2), so that
  /// words are added as the host loads them.
  private var sum: UInt64 = 0

  /// Adds bytes that begin at an even place; an odd last byte is the high half of a word.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset + 4 <= bytes.count {
      sum &+= UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      offset += 4
    }
    if offset + 2 <= bytes.count {
      sum &+= UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
      offset += 2
    }
    if offset < bytes.count { sum &+= UInt64((UInt16(bytes[offset]) << 8).bigEndian) }
  }

  /// Adds a number below 2^32.
  mutating func add(_ value: UInt32) { sum &+= UInt64(value.bigEndian) }

  /// The checksum.
  var value: UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = folded >> 16 + folded & 0xFFFF }
    return UInt16(bigEndian: ~UInt16(folded))
  }
}

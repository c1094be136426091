/// CRC-32C (Castagnoli), as iSCSI and ext4 use it: reflected polynomial 0x82F63B78.
struct CRC32C {
  private static let table: [[UInt32]] = {
    var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
      tables[0][byte] = value
    }
    for byte in 0..<256 {
      for slice in 1..<8 {
        let value = tables[slice - 1][byte]
        tables[slice][byte] = value >> 8 ^ tables[0][Int(value & 0xFF)]
      }
    }
    return tables
  }()

  private var state: UInt32 = ~0

  var value: UInt32 { ~state }

  /// Eight bytes at a time, each through its own table.
  mutating func update(_ bytes: [UInt8]) {
    let tables = Self.table
    bytes.withUnsafeBytes { raw in
      var index = 0
      while index + 8 <= raw.count {
        let word =
          raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
          ^ UInt64(state)
        state = 0
        for slice in 0..<8 {
          state ^= tables[7 - slice][Int(word >> UInt64(8 * slice) & 0xFF)]
        }
        index += 8
      }
      while index < raw.count {
        state = state >> 8 ^ tables[0][Int((state ^ UInt32(raw[index])) & 0xFF)]
        index += 1
      }
    }
  }
}

/// CRC-32C (Castagnoli), as iSCSI and ext4 use it: reflected polynomial 0x82F63B78.
package struct CRC32C {
  /// Eight tables of 256: what a byte does to the value from eight places in a doubleword.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
      tables[byte] = value
    }
    for place in 256..<8 * 256 {
      let value = tables[place - 256]
      tables[place] = value >> 8 ^ tables[Int(value & 0xFF)]
    }
    return tables
  }()

  private var state: UInt32 = ~0

  /// The value of some bytes.
  package static func value(of bytes: [UInt8]) -> UInt32 {
    var value = CRC32C()
    value.update(bytes)
    return value.value
  }

  var value: UInt32 { ~state }

  /// Eight bytes at a time, each through its own table.
  mutating func update(_ bytes: [UInt8]) {
    state = Self.tables.withUnsafeBufferPointer { tables in
      bytes.withUnsafeBytes { raw in
        var state = state
        var index = 0
        while index + 8 <= raw.count {
          let word =
            raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ UInt64(state)
          state = 0
          for slice in 0..<8 {
            state ^= tables[(7 - slice) * 256 + Int(word >> UInt64(8 * slice) & 0xFF)]
          }
          index += 8
        }
        while index < raw.count {
          state = state >> 8 ^ tables[Int((state ^ UInt32(raw[index])) & 0xFF)]
          index += 1
        }
        return state
      }
    }
  }
}

internal import CallInterface

/// Memory services (IEEE 1275 6.3.2.4): real memory, since the firmware runs in real mode.
enum MemoryServices {
  /// With alignment 0 exactly the requested memory, otherwise any with that alignment; -1 when
  /// there is none.
  static func claim(
    _ firmware: ClientInterface, address: UInt32, size: UInt32, alignment: UInt32
  ) -> UInt32 {
    if alignment == 0 {
      return firmware.changeClaims { $0.claim(at: UInt64(address), UInt64(size)) }
        ? address : .max
    }
    let found = firmware.changeClaims { $0.claim(UInt64(size), alignment: UInt64(alignment)) }
    return found.flatMap { UInt32(exactly: $0) } ?? .max
  }

  static func release(_ firmware: ClientInterface, address: UInt32, size: UInt32) {
    firmware.changeClaims { $0.release(at: UInt64(address), UInt64(size)) }
  }
}

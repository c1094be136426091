/// Load-and-reserve and store-conditional (Book II 1.7.4.1, 4.6.2). The conditional store compares
/// storage with the value that was reserved; a guest cannot observe the difference.
extension Processor {
  /// Loads from an aligned address and holds a reservation on the bytes.
  func loadReserve<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, _ ea: UInt64) -> T? {
    guard ea & UInt64(MemoryLayout<T>.size - 1) == 0 else {
      alignment(ea)
      return nil
    }
    guard let host = hostAddress(ea, .load, size: MemoryLayout<T>.size) else { return nil }
    let value = integer(T.self, at: host)
    state.pointee.reservationAddress = host
    state.pointee.reservationSize = MemoryLayout<T>.size
    let wide = UInt128(truncatingIfNeeded: value)
    state.pointee.reservationHigh = UInt64(truncatingIfNeeded: wide >> 64)
    state.pointee.reservationLow = UInt64(truncatingIfNeeded: wide)
    return value
  }

  /// Stores to an aligned address if the reservation holds, and ends the reservation.
  /// - Returns: whether it stored; nil when an interrupt was raised.
  func storeConditional<T: FixedWidthInteger & UnsignedInteger>(
    _ value: T, _ ea: UInt64
  ) -> Bool? {
    guard ea & UInt64(MemoryLayout<T>.size - 1) == 0 else {
      alignment(ea)
      return nil
    }
    guard let host = hostAddress(ea, .store, size: MemoryLayout<T>.size) else { return nil }
    let reserved = state.pointee.reservationAddress
    state.pointee.reservationAddress = 0
    guard reserved == host, state.pointee.reservationSize == MemoryLayout<T>.size else {
      return false
    }
    let expected =
      UInt128(state.pointee.reservationHigh) << 64 | UInt128(state.pointee.reservationLow)
    guard UInt128(truncatingIfNeeded: integer(T.self, at: host)) == expected else { return false }
    return store(value, ea) ? true : nil
  }

  // Safety: the address is one of guest memory, for an access that is aligned to its size.
  @inline(__always)
  private func integer<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, at host: UInt) -> T {
    let raw = UnsafeRawPointer(bitPattern: host).unsafelyUnwrapped.loadUnaligned(as: T.self)
    return state.pointee.littleEndian ? T(littleEndian: raw) : T(bigEndian: raw)
  }
}

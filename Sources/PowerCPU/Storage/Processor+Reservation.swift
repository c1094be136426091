/// Load-and-reserve and store-conditional (Book II 1.7.4.1, 4.6.2). The conditional store is a
/// compare with the value that was reserved, which is what a guest can observe.
extension Processor {
  /// Loads from an aligned address and holds a reservation on the bytes.
  func loadReserve<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, _ ea: UInt64) -> T? {
    guard ea & UInt64(MemoryLayout<T>.size - 1) == 0 else {
      alignment(ea)
      return nil
    }
    guard let value = load(T.self, ea), let host = owner.hostAddress(ea, .load) else { return nil }
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
    guard let host = owner.hostAddress(ea, .store) else { return nil }
    let reserved = state.pointee.reservationAddress
    state.pointee.reservationAddress = 0
    guard
      reserved == host, state.pointee.reservationSize == MemoryLayout<T>.size,
      let current = load(T.self, ea)
    else { return false }
    let expected =
      UInt128(state.pointee.reservationHigh) << 64 | UInt128(state.pointee.reservationLow)
    guard UInt128(truncatingIfNeeded: current) == expected else { return false }
    return store(value, ea) ? true : nil
  }
}

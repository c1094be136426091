import PowerISA

// What fixed-point loads and stores have in common. Update forms with RA=0, and loads with
// update into RA, are invalid forms (Book I 3.3.2) and raise the illegal instruction interrupt.
// In 32-bit mode the address is truncated for storage, but an update leaves the whole sum in RA
// (Book I 1.10.3).
extension Processor {
  /// RT from zero-extended storage.
  @inline(__always)
  func loadZero<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ target: GPR, _ address: UInt64
  ) {
    guard let value = load(type, address) else { return }
    self[target] = UInt64(truncatingIfNeeded: value)
  }

  /// RT from sign-extended storage.
  @inline(__always)
  func loadAlgebraic<T: FixedWidthInteger & SignedInteger>(
    _ type: T.Type, _ target: GPR, _ address: UInt64
  ) where T.Magnitude: UnsignedInteger {
    guard let value = load(T.Magnitude.self, address) else { return }
    self[target] = UInt64(truncatingIfNeeded: T(truncatingIfNeeded: value))
  }

  @inline(__always)
  func loadZeroUpdate<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction, _ displacement: UInt64
  ) {
    guard i.ra.number != 0, i.ra != i.rt else { return illegal() }
    let address = self[i.ra] &+ displacement
    guard let value = load(type, address) else { return }
    self[i.ra] = address
    self[i.rt] = UInt64(truncatingIfNeeded: value)
  }

  @inline(__always)
  func loadAlgebraicUpdate<T: FixedWidthInteger & SignedInteger>(
    _ type: T.Type, _ i: Instruction, _ displacement: UInt64
  ) where T.Magnitude: UnsignedInteger {
    guard i.ra.number != 0, i.ra != i.rt else { return illegal() }
    let address = self[i.ra] &+ displacement
    guard let value = load(T.Magnitude.self, address) else { return }
    self[i.ra] = address
    self[i.rt] = UInt64(truncatingIfNeeded: T(truncatingIfNeeded: value))
  }

  /// The low bytes of RS to storage.
  @inline(__always)
  func storeLow<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ source: GPR, _ address: UInt64
  ) {
    _ = store(T(truncatingIfNeeded: self[source]), address)
  }

  @inline(__always)
  func storeUpdate<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction, _ displacement: UInt64
  ) {
    guard i.ra.number != 0 else { return illegal() }
    let address = self[i.ra] &+ displacement
    guard store(T(truncatingIfNeeded: self[i.rs]), address) else { return }
    self[i.ra] = address
  }

  /// The address, or for `paddi` the sum, of the MLS and 8LS prefixed forms: relative to (RA|0)
  /// or, if R, to the instruction, when RA must be 0 (Book I 1.6.3); else raises the illegal
  /// instruction interrupt.
  @inline(__always)
  func prefixedAddress(_ i: Instruction) -> UInt64? {
    guard i.r_11 else { return self[orZero: i.ra] &+ UInt64(bitPattern: i.d34) }
    guard i.ra.number == 0 else {
      illegal()
      return nil
    }
    return state.pointee.cia &+ UInt64(bitPattern: i.d34)
  }
}

extension Instruction {
  /// D as what it adds to an address.
  @inline(__always)
  var dOffset: UInt64 { UInt64(bitPattern: d) }
  /// DS || 0b00 as what it adds to an address.
  @inline(__always)
  var dsOffset: UInt64 { UInt64(bitPattern: ds) }
}

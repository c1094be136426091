import PowerISA

/// Storage accesses of instructions. An access that fails raises its interrupt and returns nil or
/// false; the instruction must then return at once, without effects.
extension Processor {
  /// (RA|0) + displacement.
  @inline(__always)
  func ea(_ register: GPR, _ displacement: Int64) -> UInt64 {
    self[orZero: register] &+ UInt64(bitPattern: displacement)
  }

  /// (RA|0) + (RB).
  @inline(__always)
  func ea(_ register: GPR, _ index: GPR) -> UInt64 { self[orZero: register] &+ self[index] }

  /// The integer at an effective address, in the byte order of MSR[LE].
  @inline(__always)
  func load<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, _ address: UInt64) -> T? {
    let ea = address & state.pointee.addressMask
    let entry = translation(ea)
    guard
      entry.pointee.readTag == ea & ~0xFFF,
      ea & 0xFFF <= 0x1000 - UInt64(MemoryLayout<T>.size)
    else {
      return slowLoad(ea, MemoryLayout<T>.size).map { T(truncatingIfNeeded: $0) }
    }
    let raw = hostPointer(ea, entry).loadUnaligned(as: T.self)
    return state.pointee.littleEndian ? T(littleEndian: raw) : T(bigEndian: raw)
  }

  /// Stores an integer at an effective address, in the byte order of MSR[LE].
  @inline(__always)
  func store<T: FixedWidthInteger & UnsignedInteger>(_ value: T, _ address: UInt64) -> Bool {
    let ea = address & state.pointee.addressMask
    let entry = translation(ea) + ContextTLB.dataCount
    guard
      entry.pointee.writeTag == ea & ~0xFFF,
      ea & 0xFFF <= 0x1000 - UInt64(MemoryLayout<T>.size)
    else {
      return slowStore(ea, MemoryLayout<T>.size, UInt128(truncatingIfNeeded: value))
    }
    hostPointer(ea, entry).storeBytes(
      of: state.pointee.littleEndian ? value.littleEndian : value.bigEndian, as: T.self)
    return true
  }

  /// Sixteen bytes as one integer in the byte order of MSR[LE].
  @inline(__always)
  func loadQuadword(_ address: UInt64) -> UInt128? { load(UInt128.self, address) }

  @inline(__always)
  func storeQuadword(_ value: UInt128, _ address: UInt64) -> Bool { store(value, address) }

  @inline(__always)
  private func translation(_ ea: UInt64) -> UnsafeMutablePointer<DataTranslation> {
    state.pointee.dataTranslations
      + ContextTLB.place(ofPage: ea & ~0xFFF, isStore: false)
  }

  // Safety: the entry was filled for this effective page, which is guest memory as a whole.
  @inline(__always)
  private func hostPointer(
    _ ea: UInt64, _ entry: UnsafeMutablePointer<DataTranslation>
  ) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(ea &+ entry.pointee.addend)).unsafelyUnwrapped
  }

  /// Host address of an aligned operand, checked for an access; nil when an interrupt was raised.
  @inline(__always)
  func hostAddress(_ address: UInt64, _ access: StorageAccess, size: Int) -> UInt? {
    let ea = address & state.pointee.addressMask
    let isStore = access == .store
    let entry = translation(ea) + (isStore ? ContextTLB.dataCount : 0)
    guard (isStore ? entry.pointee.writeTag : entry.pointee.readTag) == ea & ~0xFFF else {
      return state.pointee.owner._withUnsafeGuaranteedRef { $0.hostAddress(ea, access, size: size) }
    }
    return UInt(ea &+ entry.pointee.addend)
  }

  // MARK: slow paths

  @inline(never)
  private func slowLoad(_ ea: UInt64, _ size: Int) -> UInt128? {
    state.pointee.owner._withUnsafeGuaranteedRef { $0.load(ea, size: size) }
  }

  @inline(never)
  private func slowStore(_ ea: UInt64, _ size: Int, _ value: UInt128) -> Bool {
    state.pointee.owner._withUnsafeGuaranteedRef { $0.store(value, ea, size: size) }
  }

  /// The object that owns the state, for slow paths.
  @inline(__always)
  var owner: VirtualProcessor { state.pointee.owner._withUnsafeGuaranteedRef { $0 } }

  /// Calls a function with that object, without counting a reference.
  @inline(__always)
  func withOwner(_ body: (VirtualProcessor) -> Void) {
    state.pointee.owner._withUnsafeGuaranteedRef(body)
  }
}

import GuestMemory
import PowerISA

/// The kind of an access.
enum StorageAccess {
  case load
  case store
  case fetch
}

/// The outcome of a translation.
enum Translation {
  /// The real address of the byte, and the accesses that may be cached for its 4 KiB page.
  case real(UInt64, readable: Bool, writable: Bool)
  /// No segment, or an effective address outside every table.
  case segmentFault
  /// A storage interrupt with these DSISR or SRR1 bits.
  case storageFault(UInt64)
}

extension VirtualProcessor {
  /// Translates an effective address for an access.
  /// - Parameter updatesEntry: whether reference and change bits are updated; false for an
  ///   observer, whose accesses the guest must not see.
  func translate(_ ea: UInt64, _ access: StorageAccess, updatesEntry: Bool = true) -> Translation {
    let relocate = state.pointee.msr & (access == .fetch ? MSR.ir : MSR.dr) != 0
    guard relocate else {
      // Real mode ignores the four most significant bits.
      return .real(ea & 0x0FFF_FFFF_FFFF_FFFF, readable: true, writable: true)
    }
    if let processTable, processTable.isRadix {
      return translateRadix(ea, access, processTable, updatesEntry: updatesEntry)
    }
    return translateHashed(ea, access, updatesEntry: updatesEntry)
  }

  /// Raises the interrupt of a failed translation.
  func raise(_ fault: Translation, _ ea: UInt64, _ access: StorageAccess) {
    let processor = processor
    switch (fault, access) {
    case (.real, .fetch):
      // The translation succeeded, but leads to no memory.
      enter(.machineCheck, returnAddress: ea, causeBits: hardware.machineCheckOfFetch)
    case (.real, _):
      state.pointee.dar = ea
      state.pointee.dsisr = hardware.machineCheckOfData
      processor.interrupt(.machineCheck, InterruptCause.machineCheckOfData)
    case (.segmentFault, .fetch):
      enter(.instructionSegment, returnAddress: ea, causeBits: 0)
    case (.segmentFault, _):
      state.pointee.dar = ea
      processor.interrupt(.dataSegment)
    case (.storageFault(let cause), .fetch):
      enter(.instructionStorage, returnAddress: ea, causeBits: cause)
    case (.storageFault(let cause), .load):
      processor.dataStorage(ea, cause)
    case (.storageFault(let cause), .store):
      processor.dataStorage(ea, cause | InterruptCause.store)
    }
  }

  /// The real address for a data access within a page, of memory or of a device; nil when an
  /// interrupt was raised. Fills the cache. An access of size 0 is checked for everything but
  /// watchpoints. Code that stores calls ``noteTableStore(_:_:)`` first.
  func realAddress(_ ea: UInt64, _ access: StorageAccess, size: Int) -> UInt64? {
    if isStepping, stepOperand == nil { stepOperand = (ea, access) }
    let page = ea & ~0xFFF
    let place =
      state.pointee.dataTranslations
      + ContextTLB.place(ofPage: page, isStore: access == .store)
    if place.recall(page, access) { return place.pointee.real | ea & 0xFFF }
    let translation = translate(ea, access)
    guard case .real(let real, let readable, let writable) = translation,
      memory.contains(real, count: 1) || space.region(at: real) != nil
    else {
      raise(translation, ea, access)
      return nil
    }
    if !debugWatchpoints.isEmpty, stopIfWatched(ea, size: size, access) { return nil }
    if let byte = watchedByte(ea, size: size, access) {
      processor.dataStorage(
        byte, InterruptCause.watchpoint | (access == .store ? InterruptCause.store : 0))
      return nil
    }
    guard memory.contains(real, count: 1) else { return real }
    if access == .store { memory.noteStore(page: real >> GuestMemory.pageShift) }
    let realPage = real & ~0xFFF
    guard !isStepping, !isWatched(page: ea), memory.contains(realPage, count: 4096) else {
      return real
    }
    tlbs[currentTLB].noteFilled(ea)
    let isTagged = memory.pageTags[Int(realPage >> GuestMemory.pageShift)] != 0
    place.fill(
      DataTranslation(
        readTag: readable ? page : ProcessorState.noPage,
        writeTag: writable && !isTagged ? page : ProcessorState.noPage,
        addend: UInt64(UInt(bitPattern: memory.base)) &+ realPage &- page,
        real: realPage))
    return real
  }

  /// Host address of an aligned operand, checked for an access; nil when an interrupt was raised.
  func hostAddress(_ address: UInt64, _ access: StorageAccess, size: Int) -> UInt? {
    let ea = address & state.pointee.addressMask
    guard let real = realAddress(ea, access, size: size) else { return nil }
    guard memory.contains(real, count: 1) else {
      // Cache operations have nothing to do there.
      if size > 0 { rejectDeviceOperand(ea, access) }
      return nil
    }
    if access == .store { noteTableStore(real, 16) }
    return UInt(bitPattern: memory.base) + UInt(real)
  }

  // MARK: accesses that miss the caches

  /// Loads up to 16 bytes, which may cross a page.
  func load(_ ea: UInt64, size: Int) -> UInt128? {
    if ea & 0xFFF <= UInt64(0x1000 - size) {
      guard let real = realAddress(ea, .load, size: size) else { return nil }
      guard memory.contains(real, count: 1) else { return loadFromDevice(real, ea, size: size) }
      let place = UnsafeRawPointer(memory.base + Int(real))
      let isLittle = state.pointee.littleEndian
      switch size {
      case 1: return UInt128(place.load(as: UInt8.self))
      case 2: return UInt128(Self.value(place.loadUnaligned(as: UInt16.self), isLittle))
      case 4: return UInt128(Self.value(place.loadUnaligned(as: UInt32.self), isLittle))
      case 8: return UInt128(Self.value(place.loadUnaligned(as: UInt64.self), isLittle))
      case 16: return Self.value(place.loadUnaligned(as: UInt128.self), isLittle)
      default: break
      }
    }
    guard let pieces = pieces(ea, size, .load) else { return nil }
    // In storage order.
    var raw: UInt128 = 0
    withUnsafeMutableBytes(of: &raw) { bytes in
      memory.copy(pieces.first, to: bytes.prefix(pieces.firstCount))
      memory.copy(pieces.second, to: bytes[pieces.firstCount..<size])
    }
    return state.pointee.littleEndian
      ? UInt128(littleEndian: raw) : UInt128(bigEndian: raw) >> UInt128(128 - 8 * size)
  }

  /// Stores up to 16 bytes, which may cross a page; stores nothing when either page faults.
  func store(_ value: UInt128, _ ea: UInt64, size: Int) -> Bool {
    if ea & 0xFFF <= UInt64(0x1000 - size), size.nonzeroBitCount == 1 {
      guard let real = realAddress(ea, .store, size: size) else { return false }
      guard memory.contains(real, count: 1) else {
        return storeToDevice(value, real, ea, size: size)
      }
      noteTableStore(real, size)
      let place = memory.base + Int(real)
      let isLittle = state.pointee.littleEndian
      switch size {
      case 1: place.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2:
        place.storeBytes(
          of: Self.value(UInt16(truncatingIfNeeded: value), isLittle), as: UInt16.self)
      case 4:
        place.storeBytes(
          of: Self.value(UInt32(truncatingIfNeeded: value), isLittle), as: UInt32.self)
      case 8:
        place.storeBytes(
          of: Self.value(UInt64(truncatingIfNeeded: value), isLittle), as: UInt64.self)
      default: place.storeBytes(of: Self.value(value, isLittle), as: UInt128.self)
      }
      noteStoreToCode(real, size)
      return true
    }
    guard let pieces = pieces(ea, size, .store) else { return false }
    noteTableStore(pieces.first, pieces.firstCount)
    if pieces.firstCount < size { noteTableStore(pieces.second, size - pieces.firstCount) }
    let raw =
      state.pointee.littleEndian
      ? value.littleEndian : (value << UInt128(128 - 8 * size)).bigEndian
    withUnsafeBytes(of: raw) { bytes in
      memory.copy(bytes.prefix(pieces.firstCount), to: pieces.first)
      memory.copy(bytes[pieces.firstCount..<size], to: pieces.second)
    }
    noteStoreToCode(pieces.first, pieces.firstCount)
    if pieces.firstCount < size { noteStoreToCode(pieces.second, size - pieces.firstCount) }
    return true
  }

  /// A value in storage order, or byte-reversed.
  @inline(__always)
  private static func value<T: FixedWidthInteger>(_ raw: T, _ isLittle: Bool) -> T {
    isLittle ? raw : raw.byteSwapped
  }

  /// The real addresses of an access on its one or two pages. All bytes are memory: memory consists
  /// of whole pages. nil when an interrupt was raised, as for unaligned accesses to devices.
  private func pieces(
    _ ea: UInt64, _ size: Int, _ access: StorageAccess
  ) -> (first: UInt64, firstCount: Int, second: UInt64)? {
    let firstCount = min(size, Int(0x1000 - (ea & 0xFFF)))
    guard let first = realAddress(ea, access, size: firstCount) else { return nil }
    guard memory.contains(first, count: 1) else {
      processor.alignment(ea)
      return nil
    }
    guard firstCount < size else { return (first, size, 0) }
    let next = (ea &+ UInt64(firstCount)) & state.pointee.addressMask
    guard let second = realAddress(next, access, size: size - firstCount) else { return nil }
    guard memory.contains(second, count: 1) else {
      processor.alignment(ea)
      return nil
    }
    return (first, firstCount, second)
  }
}

extension GuestMemory {
  // Safety: the caller has checked that the bytes are memory.
  fileprivate func copy(_ place: UInt64, to bytes: Slice<UnsafeMutableRawBufferPointer>) {
    UnsafeMutableRawBufferPointer(rebasing: bytes).copyMemory(
      from: UnsafeRawBufferPointer(start: base + Int(place), count: bytes.count))
  }

  fileprivate func copy(_ bytes: Slice<UnsafeRawBufferPointer>, to place: UInt64) {
    UnsafeMutableRawBufferPointer(start: base + Int(place), count: bytes.count).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: bytes))
  }
}

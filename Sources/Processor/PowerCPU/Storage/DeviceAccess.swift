import GuestMemory
import PowerISA

// Registers of devices are caching-inhibited storage (Book III 6.8.2, 7.5.8): aligned loads and
// stores of 1, 2, 4 and 8 bytes reach them, and nothing else does. No cache holds such
// translations, so every access of either engine comes here.
extension VirtualProcessor {
  /// Loads from a device; nil when an interrupt was raised.
  /// - Parameters:
  ///   - real: real address that is not memory.
  ///   - ea: its effective address.
  ///   - size: bytes, within a page.
  func loadFromDevice(_ real: UInt64, _ ea: UInt64, size: Int) -> UInt128? {
    guard let region = deviceRegion(real, ea, size: size, .load) else { return nil }
    let value = region.registers.load(at: real - region.base, size: size)
    reportDeviceAccess()
    return UInt128(
      state.pointee.littleEndian
        ? value & (.max >> UInt64(64 - 8 * size)) : value.reversed(bytes: size))
  }

  /// Stores to a device.
  /// - Returns: false when an interrupt was raised.
  func storeToDevice(_ value: UInt128, _ real: UInt64, _ ea: UInt64, size: Int) -> Bool {
    guard let region = deviceRegion(real, ea, size: size, .store) else { return false }
    let value = UInt64(truncatingIfNeeded: value)
    region.registers.store(
      state.pointee.littleEndian
        ? value & (.max >> UInt64(64 - 8 * size)) : value.reversed(bytes: size),
      at: real - region.base, size: size)
    reportDeviceAccess()
    return true
  }

  /// Reports an access. An interrupt that the device has raised is taken before the next instruction,
  /// in either engine: it must not depend on where code was translated or a run ends.
  private func reportDeviceAccess() {
    deviceAccessed?()
    if !state.pointee.pending.isEmpty, state.pointee.msr & MSR.ee != 0 {
      requestExit(.timer)
    } else {
      leaveTranslation()
    }
  }

  /// The region of an access that a device can take; nil when an interrupt was raised.
  private func deviceRegion(
    _ real: UInt64, _ ea: UInt64, size: Int, _ access: StorageAccess
  ) -> RealAddressSpace.Region? {
    switch deviceOperand {
    case .register:
      if size <= 8, size.nonzeroBitCount == 1, ea & UInt64(size - 1) == 0,
        let region = space.region(at: real, count: UInt64(size)),
        (real - region.base).isMultiple(of: UInt64(size))
      {
        return region
      }
      processor.alignment(ea)
    case .quadword: rejectDeviceOperand(ea, access)
    case .other: processor.alignment(ea)
    }
    return nil
  }

  /// What the operand of an instruction is to caching-inhibited storage.
  private enum DeviceOperand {
    /// One general or floating-point register.
    case register
    /// `lq`, `stq` and their prefixed forms: a data storage interrupt.
    case quadword
    /// Load and store multiple and string, pairs, blocks, vectors and parts of vectors: an alignment
    /// interrupt.
    case other
  }

  /// The kind of the current instruction's operand.
  private var deviceOperand: DeviceOperand {
    // Without its row, when another processor has unmapped the instruction, the size decides.
    guard let instruction = instruction(at: state.pointee.cia),
      let row = code.table.row(of: instruction).map({ InstructionRow.all[$0] }),
      let storage = row.storage
    else { return .register }
    let isVector = row.operands.contains { $0.kind == .vr || $0.kind == .vsr }
    guard !isVector, storage.count == 1,
      storage.forms.isDisjoint(with: [.multiple, .counted, .aligned])
    else { return .other }
    return storage.elementBytes == 16 ? .quadword : .register
  }

  /// The data storage interrupt of a quadword access, a reservation, `copy` or `paste.` that names a
  /// device.
  func rejectDeviceOperand(_ ea: UInt64, _ access: StorageAccess) {
    processor.dataStorage(
      ea,
      InterruptCause.cachingInhibited | (access == .store ? InterruptCause.store : 0))
  }
}

internal import GuestMemory
internal import PowerISA

/// hcall-hpt-resize (LoPAR "Hash Page Table Resize Option"). Preparation completes within the call:
/// a new table is host memory, which is committed on demand.
enum HashPageTableResizeCalls {
  static let shifts: ClosedRange<UInt64> = 18...46

  /// H_RESIZE_HPT_PREPARE
  static func prepare(
    _ call: HypercallContext, flags: UInt64, shift: UInt64
  ) throws(HypercallStatus) {
    let partition = call.partition
    if let pending = partition.preparedHashPageTable {
      if flags == 0, shift == UInt64(pending.sizeLog2) { return }
      partition.preparedHashPageTable = nil
    }
    guard flags == 0 else { throw .parameter }
    if shift == 0 { return }
    guard shifts.contains(shift) else { throw .parameter }
    guard shift <= UInt64(partition.largestHashPageTable),
      let table = HashPageTable(sizeLog2: Int(shift))
    else { throw .resource }
    partition.preparedHashPageTable = table
  }

  /// H_RESIZE_HPT_COMMIT
  static func commit(
    _ call: HypercallContext, flags: UInt64, shift: UInt64
  ) throws(HypercallStatus) {
    let partition = call.partition
    guard let pending = partition.preparedHashPageTable, flags == 0,
      shift == UInt64(pending.sizeLog2), let current = partition.hashPageTable
    else { throw .closed }
    do throws(HypercallStatus) {
      for index in 0..<current.entryCount {
        let entry = current.entry(index)
        if entry.isValid, entry.first & HPTE.bolted != 0 {
          try rehash(entry, index, current, pending, partition.features)
        }
      }
    } catch {
      // The copied entries must not survive into another attempt.
      pending.clear()
      throw error
    }
    partition.adopt(pending)
  }

  /// Copies a bolted entry to the same slot of the group of `pending` to which it hashes.
  private static func rehash(
    _ entry: HashPageTableEntry, _ index: UInt64, _ current: HashPageTable,
    _ pending: HashPageTable, _ features: HypervisorFeatures
  ) throws(HypercallStatus) {
    guard let shifts = entry.pageShifts(features.segments) else { throw .hardware }
    let page = entry.virtualPage(
      group: index >> 3, groupMask: current.groupMask, shifts: shifts)
    let isSecondary = entry.first & HPTE.secondary != 0
    let group = (isSecondary ? ~page.hash : page.hash) & pending.groupMask
    let place = group << 3 | index & 7
    guard !pending.entry(place).isValid else { throw .groupFull }
    pending[place] = (entry.first, entry.second)
  }
}

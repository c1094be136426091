internal import GuestMemory
internal import PowerISA

/// hcall-imtt: process tables and the translations that processors cache from them (LoPAR "Memory
/// Table Translation Option Exploitation").
enum TranslationCalls {
  private enum Flags {
    static let all: UInt64 = 0x1F
    static let change: UInt64 = 0x10
    static let register: UInt64 = 0x08
    static let radix: UInt64 = 0x04
    static let segmentTables: UInt64 = 0x02
    /// The guest issues its own `tlbie`.
    static let guestInvalidates: UInt64 = 0x01
  }

  /// H_REGISTER_PROC_TBL
  static func registerProcessTable(
    _ call: HypercallContext, flags: UInt64, base: UInt64, pageSize: UInt64, tableSize: UInt64
  ) throws(HypercallStatus) {
    let partition = call.partition
    let isRadix = flags & Flags.radix != 0
    // Hashed translation uses the segment lookaside buffer only, never segment tables in memory.
    guard flags & ~Flags.all == 0, flags & Flags.segmentTables == 0,
      !isRadix || partition.features.hasRadix
    else { throw .parameter }
    if flags & Flags.change != 0 {
      if flags & Flags.register != 0 {
        guard isRadix ? base & 0xFFF == 0 && base >> 60 == 0 : base >> 38 == 0 else {
          throw .parameter2
        }
        guard isRadix ? pageSize == 0 : pageSize <= 7 else { throw .parameter3 }
        guard tableSize <= 24 else { throw .parameter4 }
        partition.processTable = ProcessTable(
          base: base, size: 1 << (tableSize + 12), isRadix: isRadix,
          guestInvalidates: flags & Flags.guestInvalidates != 0)
      } else {
        partition.processTable = nil
      }
    } else {
      // The registration and the kind of translation do not change.
      guard isRadix == (partition.processTable?.isRadix ?? false) else { throw .parameter }
      partition.processTable?.guestInvalidates = flags & Flags.guestInvalidates != 0
    }
    for processor in partition.processors {
      processor.control.setProcessTable(partition.processTable)
    }
  }

  /// H_CLEAN_SLB
  static func cleanSLB(
    _ call: HypercallContext, flags: UInt64, process: UInt64, segment: UInt64
  ) throws(HypercallStatus) {
    // Bits 62 and 63 choose between one segment everywhere and all of the nest's; one of them.
    let scope = flags & 3
    guard flags & ~0xF == 0, scope == 1 || scope == 2 else { throw .parameter }
    guard scope == 2 || segment == 0 else { throw .parameter3 }
    invalidateAll(call.partition)
  }

  /// H_INVALIDATE_PID
  static func invalidateProcess(
    _ call: HypercallContext, flags: UInt64, process: UInt64
  ) throws(HypercallStatus) {
    guard flags & ~3 == 0 else { throw .parameter }
    invalidateAll(call.partition)
  }

  /// H_CLEAR_HPT
  static func clearHashPageTable(_ call: HypercallContext) throws(HypercallStatus) {
    call.partition.hashPageTable?.clear()
    invalidateAll(call.partition)
  }

  private static func invalidateAll(_ partition: Partition) {
    for processor in partition.processors { processor.control.invalidateTranslations() }
  }
}

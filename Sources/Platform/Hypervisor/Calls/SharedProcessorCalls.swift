internal import GuestMemory

/// hcall-splpar and hcall-join: virtual processors that share physical ones (LoPAR "Shared
/// Processor LPAR Option", "Thread Join Option").
enum SharedProcessorCalls {
  /// H_CEDE
  static func cede(_ call: HypercallContext) throws(HypercallStatus) {
    let processor = call.processor
    processor.control.externalInterruptsEnabled = true
    if processor.isProdded {
      processor.isProdded = false
      return
    }
    guard !processor.control.hasPendingInterrupt else { return }
    processor.suspend(.ceded, call.partition)
  }

  /// H_CONFER: gives this processor's time to the holder of a lock, to all, or to none until
  /// H_PROD.
  static func confer(
    _ call: HypercallContext, target: UInt64, dispatch: UInt64
  ) throws(HypercallStatus) {
    if target == .max {
      call.processor.control.yield()
      return
    }
    let processor = try call.partition.processor(target)
    guard processor !== call.processor else {
      if call.processor.isProdded {
        call.processor.isProdded = false
      } else {
        call.processor.suspend(.conferred, call.partition)
      }
      return
    }
    // A target that has been dispatched since the caller read the counter, or that runs now, needs
    // no time.
    let counter = processor.areas.dispatchCounter(in: call.partition.memory)
    guard let counter, counter & 1 != 0, UInt64(counter) == dispatch else { return }
    call.processor.control.yield()
  }

  /// H_PROD
  static func prod(_ call: HypercallContext, target: UInt64) throws(HypercallStatus) {
    try call.partition.processor(target).prod(call.partition)
  }

  /// H_JOIN: waits for H_PROD, unless the caller is the last active thread.
  static func join(_ call: HypercallContext) throws(HypercallStatus) {
    let processor = call.processor
    guard !processor.control.externalInterruptsEnabled else { throw .badMode }
    let othersActive = call.partition.processors.contains {
      $0 !== processor && $0.state != .joined && $0.state != .stopped
    }
    guard othersActive else { throw .continue }
    if processor.isProdded {
      processor.isProdded = false
      return
    }
    processor.suspend(.joined, call.partition)
  }

  // MARK: capacity

  /// H_GET_PPP: a capped partition that owns the capacity of all of its cores, and is the only one.
  static func getPerformanceParameters(
    _ call: HypercallContext
  ) throws(HypercallStatus) -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
    let cores = UInt64(call.partition.cores)
    let capped: UInt64 = 1 << 48
    // Entitlement in hundredths of a core; group and pool 0; cores in the pool and on the
    // platform; cores allocated to virtualization with the pool's capacities.
    let capacity = min(cores * 100, 0xFF_FFFF)
    return (
      cores * 100, 0, 0, capped | (cores & 0xFFFF) << 16 | cores & 0xFFFF,
      (cores & 0xFFFF) << 48 | capacity << 24 | capacity
    )
  }

  /// H_SET_PPP: the entitlement is fixed, so other values than the current ones are constrained.
  static func setPerformanceParameters(
    _ call: HypercallContext, entitlement: UInt64, weight: UInt64
  ) throws(HypercallStatus) {
    guard weight <= 255 else { throw .parameter }
    guard entitlement == UInt64(call.partition.cores) * 100, weight == 0 else {
      throw .constrained
    }
  }

  /// H_PIC: the pool's idle count in ticks of the timebase, and its cores; then, for the pool and
  /// again for the identical platform, the sums of timebase, PURR and SPURR, with the pool's number
  /// between them.
  static func poolIdleCount(
    _ call: HypercallContext
  ) throws(HypercallStatus) -> (
    UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
  ) {
    let (cores, threads) = (
      UInt64(call.partition.cores), UInt64(call.partition.identity.threadsPerCore)
    )
    let ticks = call.processor.control.read(.timebase) &* cores
    // Each thread's PURR counts as on a core of its own; a stopped thread is idle.
    let used = call.partition.processors.reduce(0 as UInt64) { sum, processor in
      processor.state == .stopped ? sum : sum &+ processor.control.read(.purr)
    }
    let busy = min(used / threads, ticks)
    return (ticks - busy, cores, ticks, busy, busy, 0, ticks, busy, busy)
  }

  /// H_PURR
  static func utilization(_ call: HypercallContext) throws(HypercallStatus) -> UInt64 {
    call.processor.control.read(.purr)
  }

  // MARK: areas

  /// H_REGISTER_VPA
  static func registerArea(
    _ call: HypercallContext, flags: UInt64, target: UInt64, address: UInt64
  ) throws(HypercallStatus) {
    let partition = call.partition
    let processor = try partition.processor(target)
    // Bits 16:23 hold the subfunction; its most significant bit means deregister.
    switch (flags >> 45) & 7 {
    case 1: try registerProcessorArea(processor, address, partition.memory)
    case 2: try registerTraceLog(processor, address, partition.memory)
    case 3: try registerShadowBuffer(processor, address, partition.memory)
    case 5:
      guard processor.areas.traceLog == nil, processor.areas.shadowBuffer == nil else {
        throw .resource
      }
      processor.areas.processorArea = nil
    case 6: processor.areas.traceLog = nil
    case 7: processor.areas.shadowBuffer = nil
    default: throw .parameter
    }
  }

  /// The cache line of every processor that serves this call, in bytes.
  private static let lineSize: UInt64 = 128

  /// The field of `T` at offset 4, which all areas have: their size.
  private static func size<T: FixedWidthInteger & UnsignedInteger>(
    _: T.Type, _ address: UInt64, _ memory: GuestMemory
  ) throws(HypercallStatus) -> UInt64 {
    guard address & (lineSize - 1) == 0, address != 0,
      memory.contains(address, count: lineSize),
      let size = try? memory.read(T.self, at: address + VirtualProcessorAreas.Offset.size),
      memory.contains(address, count: UInt64(size))
    else { throw .parameter }
    return UInt64(size)
  }

  private static func fitsPage(_ address: UInt64, _ size: UInt64) -> Bool {
    address & 0xFFF + size <= 0x1000
  }

  private static func registerProcessorArea(
    _ processor: PartitionProcessor, _ address: UInt64, _ memory: GuestMemory
  ) throws(HypercallStatus) {
    let size = try size(UInt16.self, address, memory)
    guard size >= VirtualProcessorAreas.minimumSize, fitsPage(address, size) else {
      throw .parameter
    }
    processor.areas.processorArea = address
    typealias Offset = VirtualProcessorAreas.Offset
    // The host may preempt every processor here.
    try? memory.write([0x02], at: address + Offset.sharing)
    try? memory.fill(8, at: address + Offset.homeNodeCounters)
    // Even: the processor that registers its area runs.
    let counter: UInt32 = processor.state == .running ? 0 : 1
    try? memory.write(counter, at: address + Offset.dispatchCounter)
    try? memory.write(UInt32(0), at: address + Offset.dispersionCounter)
    try? memory.fill(16, at: address + Offset.faultCounter)
    try? memory.write(UInt64(0), at: address + Offset.traceIndex)
  }

  private static func registerTraceLog(
    _ processor: PartitionProcessor, _ address: UInt64, _ memory: GuestMemory
  ) throws(HypercallStatus) {
    let size = try size(UInt32.self, address, memory)
    let entrySize = VirtualProcessorAreas.TraceLog.entrySize
    guard size >= entrySize else { throw .parameter }
    guard let area = processor.areas.processorArea else { throw .resource }
    processor.areas.traceLog = .init(address: address, entries: size / entrySize)
    try? memory.write(UInt64(0), at: area + VirtualProcessorAreas.Offset.traceIndex)
  }

  private static func registerShadowBuffer(
    _ processor: PartitionProcessor, _ address: UInt64, _ memory: GuestMemory
  ) throws(HypercallStatus) {
    let size = try size(UInt32.self, address, memory)
    guard size >= 8, fitsPage(address, size) else { throw .parameter }
    guard processor.areas.processorArea != nil else { throw .resource }
    processor.areas.shadowBuffer = (address, size)
  }
}

extension Hypercall {
  /// Memory: debugger support, zeroing and copying, over-commitment, statistics, and memory shared
  /// with other partitions.
  static let memory: [Hypercall] = [
    Hypercall(0x2c, "H_PAGE_INIT", .copy, MemoryCalls.initializePage),
    Hypercall(0x3c, "H_LOGICAL_CI_LOAD", .debug, MemoryCalls.load),
    Hypercall(0x40, "H_LOGICAL_CI_STORE", .debug, MemoryCalls.store),
    Hypercall(0x44, "H_LOGICAL_CACHE_LOAD", .unannounced, MemoryCalls.load),
    Hypercall(0x48, "H_LOGICAL_CACHE_STORE", .unannounced, MemoryCalls.store),
    Hypercall(0x4c, "H_LOGICAL_ICBI", .unannounced, MemoryCalls.invalidateInstructions),
    Hypercall(0x50, "H_LOGICAL_DCBF", .unannounced, MemoryCalls.flushData),
    Hypercall(0x5c, "H_REAL_TO_LOGICAL", .unannounced),
    Hypercall(0x1c4, "H_GRANT_LOGICAL", .slr),
    Hypercall(0x1cc, "H_ACCEPT_LOGICAL", .slr),
    Hypercall(0x1d0, "H_RETURN_LOGICAL", .slr),
    Hypercall(0x2bc, "H_VPM_PSTAT", .cmo),
    Hypercall(0x2d0, "H_SET_MPP", .cmo, MemoryPerformanceCalls.set),
    Hypercall(0x2d4, "H_GET_MPP", .cmo, MemoryPerformanceCalls.get),
    Hypercall(0x2d8, "H_MO_PERF", .cmo),
    Hypercall(0x314, "H_GET_MPP_X", .cmoX),
    Hypercall(0x32c, "H_MEMSTAT_CTRL", .mui),
    Hypercall(0x330, "H_RESET_MEMSTATS", .mui),
    Hypercall(0x334, "H_RETURN_PAGEINFO", .mui),
    Hypercall(0x338, "H_BULK_READ_HBA", .mui),
  ]
}

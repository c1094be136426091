extension Hypercall {
  /// The interrupt controllers XICS and XIVE.
  static let interrupts: [Hypercall] = [
    Hypercall(0x64, "H_EOI", .interrupt, InterruptCalls.end),
    Hypercall(0x68, "H_CPPR", .interrupt, InterruptCalls.setPriority),
    Hypercall(0x6c, "H_IPI", .interrupt, InterruptCalls.interProcessor),
    Hypercall(0x70, "H_IPOLL", .interrupt, InterruptCalls.poll),
    Hypercall(0x74, "H_XIRR", .interrupt, InterruptCalls.accept),
    Hypercall(0x1e4, "H_QUERY_INT_STATE", .unannounced),
    Hypercall(0x2fc, "H_XIRR_X", .interrupt, InterruptCalls.acceptWithTime),
    Hypercall(0x3a8, "H_INT_GET_SOURCE_INFO", .interruptExploitation),
    Hypercall(0x3ac, "H_INT_SET_SOURCE_CONFIG", .interruptExploitation),
    Hypercall(0x3b0, "H_INT_GET_SOURCE_CONFIG", .interruptExploitation),
    Hypercall(0x3b4, "H_INT_GET_QUEUE_INFO", .interruptExploitation),
    Hypercall(0x3b8, "H_INT_SET_QUEUE_CONFIG", .interruptExploitation),
    Hypercall(0x3bc, "H_INT_GET_QUEUE_CONFIG", .interruptExploitation),
    Hypercall(0x3c0, "H_INT_SET_OS_REPORTING_LINE", .interruptExploitation),
    Hypercall(0x3c4, "H_INT_GET_OS_REPORTING_LINE", .interruptExploitation),
    Hypercall(0x3c8, "H_INT_ESB", .interruptExploitation),
    Hypercall(0x3cc, "H_INT_SYNC", .interruptExploitation),
    Hypercall(0x3d0, "H_INT_RESET", .interruptExploitation),
  ]
}

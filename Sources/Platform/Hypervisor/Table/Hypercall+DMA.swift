extension Hypercall {
  /// Translation control entries, remote DMA and the windows of I/O adapters (LoPAR "TCE Access").
  static let dma: [Hypercall] = [
    Hypercall(0x1c, "H_GET_TCE", .tce, TranslationControlCalls.get),
    Hypercall(0x20, "H_PUT_TCE", .tce, TranslationControlCalls.put),
    Hypercall(0x78, "H_MIGRATE_DMA", .migrate),
    Hypercall(0x10c, "H_PUT_RTCE", .rdma),
    Hypercall(0x110, "H_COPY_RDMA", .rdma),
    Hypercall(0x128, "H_WRITE_RDMA", .rdma),
    Hypercall(0x12c, "H_READ_RDMA", .rdma),
    Hypercall(0x138, "H_STUFF_TCE", .multiTCE, TranslationControlCalls.stuff),
    Hypercall(0x13c, "H_PUT_TCE_INDIRECT", .multiTCE, TranslationControlCalls.putIndirect),
    Hypercall(
      0x140, "H_PUT_RTCE_INDIRECT", .multiTCE, TranslationControlCalls.putRedirectedIndirect),
    Hypercall(0x240, "H_LIOBN_ATTRIBUTES", .liobnAttributes),
    Hypercall(0x24c, "H_REMOVE_RTCE", .rdma),
    Hypercall(0x324, "H_GET_DMA_XLATES_LIMITED", .xlatesLimited),
  ]
}

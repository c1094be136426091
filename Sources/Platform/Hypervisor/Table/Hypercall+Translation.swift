extension Hypercall {
  /// Page tables and translations: hashed (LoPAR "Page Frame Table Access"), radix, and the virtual
  /// real mode area.
  static let translation: [Hypercall] = [
    Hypercall(0x04, "H_REMOVE", .pft, PageTableCalls.remove),
    Hypercall(0x08, "H_ENTER", .pft, PageTableCalls.enter),
    Hypercall(0x0c, "H_READ", .pft, PageTableCalls.read),
    Hypercall(0x10, "H_CLEAR_MOD", .pft, PageTableCalls.clearModified),
    Hypercall(0x14, "H_CLEAR_REF", .pft, PageTableCalls.clearReferenced),
    Hypercall(0x18, "H_PROTECT", .pft, PageTableCalls.protect),
    Hypercall(0x124, "H_BULK_REMOVE", .bulk, PageTableCalls.bulkRemove),
    Hypercall(0x2ac, "H_VRMASD", .vrma),
    Hypercall(0x328, "H_BLOCK_REMOVE", .blockRemove),
    Hypercall(0x358, "H_CLEAR_HPT", .clearHPT, TranslationCalls.clearHashPageTable),
    Hypercall(0x36c, "H_RESIZE_HPT_PREPARE", .hptResize, HashPageTableResizeCalls.prepare),
    Hypercall(0x370, "H_RESIZE_HPT_COMMIT", .hptResize, HashPageTableResizeCalls.commit),
    Hypercall(0x374, "H_CLEAN_SLB", .inMemoryTables, TranslationCalls.cleanSLB),
    Hypercall(0x378, "H_INVALIDATE_PID", .inMemoryTables, TranslationCalls.invalidateProcess),
    Hypercall(0x37c, "H_REGISTER_PROC_TBL", .inMemoryTables, TranslationCalls.registerProcessTable),
    Hypercall(0x448, "H_RPT_INVALIDATE", .rptInvalidate),
  ]
}

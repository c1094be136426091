extension Hypercall {
  /// Coprocessors and coherent accelerators.
  static let accelerators: [Hypercall] = [
    Hypercall(0x304, "H_COP", .cop),
    Hypercall(0x308, "H_STOP_COP_OP", .cop),
    Hypercall(0x344, "H_ATTACH_CA_PROCESS", .coherentAccelerator),
    Hypercall(0x348, "H_DETACH_CA_PROCESS", .coherentAccelerator),
    Hypercall(0x34c, "H_CONTROL_CA_FUNCTION", .coherentAccelerator),
    Hypercall(0x350, "H_COLLECT_CA_INT_INFO", .coherentAccelerator),
    Hypercall(0x354, "H_CONTROL_CA_FAULTS", .coherentAccelerator),
    Hypercall(0x35c, "H_DOWNLOAD_CA_FUNCTION", .coherentAccelerator),
    Hypercall(0x364, "H_DOWNLOAD_CA_FACILITY", .coherentAccelerator),
    Hypercall(0x368, "H_CONTROL_CA_FACILITY", .coherentAccelerator),
    Hypercall(0x388, "H_ALLOCATE_VAS_WINDOW", .unannounced),
    Hypercall(0x38c, "H_MODIFY_VAS_WINDOW", .unannounced),
    Hypercall(0x390, "H_DEALLOCATE_VAS_WINDOW", .unannounced),
    Hypercall(0x394, "H_QUERY_VAS_WINDOW", .unannounced),
    .probe(0x398, "H_QUERY_VAS_CAPABILITIES"),
    .probe(0x39c, "H_QUERY_NX_CAPABILITIES"),
    Hypercall(0x3a0, "H_GET_NX_FAULT", .unannounced),
  ]
}

extension Hypercall {
  /// Calls of QEMU and KVM for their own firmware.
  static let privateCalls: [Hypercall] = [
    Hypercall(0xf000, "KVMPPC_H_RTAS", .unannounced),
    Hypercall(0xf001, "KVMPPC_H_LOGICAL_MEMOP", .memop1, MemoryCalls.copy),
    Hypercall(0xf002, "KVMPPC_H_CAS", .unannounced),
    Hypercall(0xf003, "KVMPPC_H_UPDATE_DT", .unannounced),
    Hypercall(0xf005, "KVMPPC_H_VOF_CLIENT", .unannounced),
  ]
}

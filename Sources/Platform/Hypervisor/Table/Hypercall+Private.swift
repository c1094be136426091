extension Hypercall {
  /// Numbers of calls by which stubs in the guest reach the firmware.
  public enum PrivateNumber {
    /// An RTAS call; r4 has the real address of the argument buffer.
    public static let rtas: UInt64 = 0xF000
    /// A client interface call; r4 has the real address of the argument array.
    public static let clientInterface: UInt64 = 0xF005
    /// A call of a program in the guest, from problem state, to what serves programs; r4 has the
    /// operation. Only machines made to run one program serve it, and no tree advertises it.
    public static let programAgent: UInt64 = 0xFFF0
  }

  /// Calls of QEMU and KVM for their own firmware.
  static let privateCalls: [Hypercall] = [
    Hypercall(PrivateNumber.rtas, "KVMPPC_H_RTAS", .unannounced),
    Hypercall(0xf001, "KVMPPC_H_LOGICAL_MEMOP", .memop1, MemoryCalls.copy),
    Hypercall(0xf002, "KVMPPC_H_CAS", .unannounced),
    Hypercall(0xf003, "KVMPPC_H_UPDATE_DT", .unannounced),
    Hypercall(PrivateNumber.clientInterface, "KVMPPC_H_VOF_CLIENT", .unannounced),
  ]
}

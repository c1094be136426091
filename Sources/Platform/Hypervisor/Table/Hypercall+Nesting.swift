extension Hypercall {
  /// Guests of the partition, and secure partitions: calls of Linux's KVM and of the ultravisor.
  static let nesting: [Hypercall] = [
    Hypercall(0x460, "H_GUEST_GET_CAPABILITIES", .unannounced),
    Hypercall(0x464, "H_GUEST_SET_CAPABILITIES", .unannounced),
    Hypercall(0x470, "H_GUEST_CREATE", .unannounced),
    Hypercall(0x474, "H_GUEST_CREATE_VCPU", .unannounced),
    Hypercall(0x478, "H_GUEST_GET_STATE", .unannounced),
    Hypercall(0x47c, "H_GUEST_SET_STATE", .unannounced),
    Hypercall(0x480, "H_GUEST_RUN_VCPU", .unannounced),
    Hypercall(0x484, "H_GUEST_COPY_MEMORY", .unannounced),
    Hypercall(0x488, "H_GUEST_DELETE", .unannounced),
    Hypercall(0xef00, "H_SVM_PAGE_IN", .unannounced),
    Hypercall(0xef04, "H_SVM_PAGE_OUT", .unannounced),
    Hypercall(0xef08, "H_SVM_INIT_START", .unannounced),
    Hypercall(0xef0c, "H_SVM_INIT_DONE", .unannounced),
    Hypercall(0xef10, "SVM_H_TPM_COMM", .unannounced),
    Hypercall(0xef14, "H_SVM_INIT_ABORT", .unannounced),
    Hypercall(0xf800, "KVMPPC_H_SET_PARTITION_TABLE", .unannounced),
    Hypercall(0xf804, "KVMPPC_H_ENTER_NESTED", .unannounced),
    Hypercall(0xf808, "KVMPPC_H_TLB_INVALIDATE", .unannounced),
    Hypercall(0xf80c, "KVMPPC_H_COPY_TOFROM_GUEST", .copyToFromGuest),
  ]
}

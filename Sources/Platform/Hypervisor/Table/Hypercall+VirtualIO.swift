extension Hypercall {
  /// Virtual adapters (LoPAR "Virtualized Input/Output"): queues, Ethernet, asynchronous services.
  static let virtualIO: [Hypercall] = [
    Hypercall(0xfc, "H_REG_CRQ", .crq, QueueCalls.register),
    Hypercall(0x100, "H_FREE_CRQ", .crq, QueueCalls.free),
    Hypercall(0x104, "H_VIO_SIGNAL", .vio, TerminalCalls.signal),
    Hypercall(0x108, "H_SEND_CRQ", .crq, QueueCalls.send),
    Hypercall(0x114, "H_REGISTER_LOGICAL_LAN", .lLAN, LogicalLANCalls.register),
    Hypercall(0x118, "H_FREE_LOGICAL_LAN", .lLAN, LogicalLANCalls.deregister),
    Hypercall(0x11c, "H_ADD_LOGICAL_LAN_BUFFER", .lLAN, LogicalLANCalls.add),
    Hypercall(0x120, "H_SEND_LOGICAL_LAN", .lLAN, LogicalLANCalls.send),
    Hypercall(0x130, "H_MULTICAST_CTRL", .lLAN, LogicalLANCalls.controlMulticast),
    Hypercall(0x14c, "H_CHANGE_LOGICAL_LAN_MAC", .iLAN, LogicalLANCalls.changeAddress),
    Hypercall(0x1d4, "H_FREE_LOGICAL_LAN_BUFFER", .lLAN, LogicalLANCalls.returnBuffer),
    Hypercall(0x244, "H_ILLAN_ATTRIBUTES", .iLANOptions, LogicalLANCalls.changeAttributes),
    Hypercall(0x29c, "H_DONOR_OPERATION", .vasi),
    Hypercall(0x2a0, "H_VASI_SIGNAL", .vasi),
    Hypercall(0x2a4, "H_VASI_STATE", .vasi),
    Hypercall(0x2a8, "H_VIOCTL", .vioctl),
    Hypercall(0x2b0, "H_ENABLE_CRQ", .suspend, QueueCalls.enable),
    Hypercall(0x2dc, "H_REG_SUB_CRQ", .subCRQ),
    Hypercall(0x2e0, "H_FREE_SUB_CRQ", .subCRQ),
    Hypercall(0x2e4, "H_SEND_SUB_CRQ", .subCRQ),
    Hypercall(0x2e8, "H_SEND_SUB_CRQ_INDIRECT", .subCRQ),
  ]
}

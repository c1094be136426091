extension Hypercall {
  /// Registers that the partition may not write itself (LoPAR "Processor Register Hypervisor
  /// Resource Access") and H_SET_MODE.
  static let registers: [Hypercall] = [
    Hypercall(0x24, "H_SET_SPRG0", .sprg0, RegisterCalls.setSPRG0),
    Hypercall(0x28, "H_SET_DABR", .dabr, RegisterCalls.setDABR),
    Hypercall(0x30, "H_SET_ASR", .asr),
    Hypercall(0x34, "H_ASR_ON", .asr),
    Hypercall(0x38, "H_ASR_OFF", .asr),
    Hypercall(0x134, "H_SET_XDABR", .xdabr, RegisterCalls.setExtendedDABR),
    Hypercall(0x31c, "H_SET_MODE", .setMode, SetModeCalls.setMode),
  ]
}

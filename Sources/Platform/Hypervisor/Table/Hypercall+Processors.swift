extension Hypercall {
  /// Shared processors (LoPAR "Shared Processor LPAR Option"), their nodes, their ends and their
  /// energy.
  static let processors: [Hypercall] = [
    Hypercall(0xdc, "H_REGISTER_VPA", .splpar, SharedProcessorCalls.registerArea),
    Hypercall(0xe0, "H_CEDE", .splpar, SharedProcessorCalls.cede),
    Hypercall(0xe4, "H_CONFER", .splpar, SharedProcessorCalls.confer),
    Hypercall(0xe8, "H_PROD", .splpar, SharedProcessorCalls.prod),
    Hypercall(0xec, "H_GET_PPP", .splpar, SharedProcessorCalls.getPerformanceParameters),
    Hypercall(0xf0, "H_SET_PPP", .splpar, SharedProcessorCalls.setPerformanceParameters),
    Hypercall(0xf4, "H_PURR", .splpar, SharedProcessorCalls.utilization),
    Hypercall(0xf8, "H_PIC", .pic, SharedProcessorCalls.poolIdleCount),
    Hypercall(0x1c8, "H_GET_CPU_CHARACTERISTICS", .unannounced, PlatformCalls.characteristics),
    Hypercall(0x1d8, "H_POLL_PENDING", .pollPending),
    Hypercall(0x298, "H_JOIN", .join, SharedProcessorCalls.join),
    Hypercall(
      0x2b8, "H_GET_EM_PARMS", .getEMParameters, PlatformCalls.energyManagementParameters),
    Hypercall(0x2ec, "H_HOME_NODE_ASSOCIATIVITY", .vphn, PlatformCalls.homeNode),
    Hypercall(0x2f4, "H_BEST_ENERGY", .bestEnergy),
    Hypercall(0x380, "H_SIGNAL_SYS_RESET", .unannounced, PlatformCalls.systemReset),
    Hypercall(0x450, "H_GET_ENERGY_SCALE_INFO", .energyScaleInfo),
  ]
}

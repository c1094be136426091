/// hcall-sprg0, hcall-dabr and hcall-xdabr: registers of the calling processor (LoPAR "Processor
/// Register Hypervisor Resource Access").
enum RegisterCalls {
  /// H_SET_SPRG0
  static func setSPRG0(_ call: HypercallContext, value: UInt64) throws(HypercallStatus) {
    call.processor.control.write(value, to: .sprg0)
  }

  /// H_SET_DABR: the breakpoint matches in problem and privileged state.
  static func setDABR(_ call: HypercallContext, value: UInt64) throws(HypercallStatus) {
    setBreakpoint(call, value, DABRX.problem | DABRX.privileged)
  }

  /// H_SET_XDABR
  static func setExtendedDABR(
    _ call: HypercallContext, value: UInt64, extended: UInt64
  ) throws(HypercallStatus) {
    // Bits below 60 are reserved, hypervisor states cannot be watched, and one of the others must
    // be selected.
    let states = extended & (DABRX.problem | DABRX.privileged)
    guard extended & ~(DABRX.states | DABRX.ignoreTranslation) == 0,
      extended & DABRX.hypervisor == 0, states != 0
    else { throw .parameter }
    setBreakpoint(call, value, extended)
  }

  private enum DABRX {
    static let ignoreTranslation: UInt64 = 8
    static let hypervisor: UInt64 = 4
    static let privileged: UInt64 = 2
    static let problem: UInt64 = 1
    static let states: UInt64 = 7
  }

  /// Processors since 2.07 have a DAWR where older ones had the DABR; guests at older levels
  /// still set the DABR.
  private static func setBreakpoint(
    _ call: HypercallContext, _ value: UInt64, _ extended: UInt64
  ) {
    let control = call.processor.control
    guard call.partition.features.hasDAWR else {
      control.write(extended, to: .dabrx)
      control.write(value, to: .dabr)
      return
    }
    // DABR: translation, write and read in bits 61:63. DAWRX: write, read and translation in
    // bits 57:59, ignore translation in 60, states in 61:63.
    let readWrite = (value & 3) << 5
    let translation = (value & 4) << 2
    control.write(value & ~7, to: .dawr0)
    control.write(extended & 0xF | readWrite | translation, to: .dawrx0)
  }
}

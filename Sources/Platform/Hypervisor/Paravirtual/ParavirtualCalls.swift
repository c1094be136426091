internal import CallInterface

/// The KVM extensions that a guest may find on any platform: `/hypervisor` in the tree with the
/// instructions of a hypercall, and the calls (ePAPR 1.1 chapter 7).
///
/// They share `sc 1` with the calls of PAPR; r0 distinguishes them. A call has its token in r11,
/// arguments in r3 and up; the status goes to r3, results to r4 and up.
public enum ParavirtualCalls {
  /// The value of r0: "KVM!".
  static let magic: UInt64 = 0x4b56_4d21

  /// The hypercall sequence, for `hcall-instructions`: `lis` and `ori` put the magic number into r0,
  /// then `sc 1` and a `nop`.
  public static let instructions: [UInt32] = [0x3c00_4b56, 0x6000_4d21, 0x4400_0022, 0x6000_0000]

  /// Statuses of ePAPR.
  enum Status: UInt64 {
    case success = 0
    case notPermitted = 1
    case unimplemented = 12
  }

  /// Tokens: a vendor in the upper half, its call in the lower.
  private enum Token {
    private static let kvm: UInt64 = 42 << 16
    /// KVM_HC_FEATURES
    static let features = kvm | 3
  }

  /// Extensions that a guest could use, one bit each: none. The only defined one is a page that
  /// saves a kernel in problem state its privileged instructions; here a kernel runs in privileged
  /// state.
  private static let features: UInt64 = 0

  /// Serves the call of a processor whose r0 is ``magic``.
  static func serve(_ context: HypercallContext) {
    let control = context.processor.control
    let began = context.partition.callTrace == nil ? nil : context.partition.traceClock?()
    let status: Status
    if control.isProblemState {
      status = .notPermitted
    } else if control[gpr: 11] == Token.features {
      control[gpr: 4] = features
      status = .success
    } else {
      // Without the token, because a guest can make up any number of them.
      context.partition.reportUnserved("a KVM hypercall that it asked for")
      status = .unimplemented
    }
    trace(context, status, began)
    control[gpr: 3] = status.rawValue
  }

  private static func trace(
    _ context: HypercallContext, _ status: Status, _ began: CallMoment?
  ) {
    guard let trace = context.partition.callTrace else { return }
    var arguments = CallCells()
    arguments.append(context.processor.control[gpr: 11])
    trace(
      CallTrace(
        name: "KVM", arguments: arguments, status: Int64(status.rawValue), results: CallCells(),
        span: context.partition.span(since: began)))
  }
}

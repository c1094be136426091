public import CallInterface
internal import HostSupport

/// One event of a guest, as a trace has it: a call, an interrupt, an instruction, a step of a negotiation.
public struct TraceEvent: Equatable, Sendable {
  /// What a trace can have, in the order of tables and drawings.
  public enum Kind: String, CaseIterable, Sendable {
    case start, client, cas, hcall, rtas, interrupt, instruction

    /// Whether such an event has a status and may last.
    public var isCall: Bool { self == .client || self == .hcall || self == .rtas }
  }

  /// What happened.
  public var kind: Kind
  /// The call, the interrupt's vector, the instruction's mnemonic, or the step of the negotiation.
  public var name: String
  /// The beginning.
  public var moment: CallMoment
  /// Nanoseconds from the beginning to the end; nil for what does not last.
  public var duration: UInt64?
  /// What the guest passed, or the registers of an interrupt.
  public var arguments: [UInt64] = []
  /// The status of a call as a signed number.
  public var status: Int64?
  /// What went back to the guest after the status.
  public var results: [UInt64] = []
  /// The path or name that a call concerns, or the whole line of an instruction.
  public var detail: String?

  /// An event without arguments and results.
  public init(_ kind: Kind, _ name: String, at moment: CallMoment, detail: String? = nil) {
    (self.kind, self.name, self.moment, self.detail) = (kind, name, moment, detail)
    // No machine gets that far, and a reader refuses what does.
    self.moment.nanoseconds = min(moment.nanoseconds, Self.limit)
  }

  /// A call that was served; `now` is the moment of one without a span.
  public init(
    _ kind: Kind, _ call: CallTrace, at now: @autoclosure () -> CallMoment, detail: String? = nil
  ) {
    self.init(kind, call.name, at: call.span?.began ?? now(), detail: detail)
    duration = call.span.map { min($0.ended.nanoseconds &- $0.began.nanoseconds, Self.limit) }
    (arguments, status, results) = (call.arguments, call.status, call.results)
  }

  /// The most nanoseconds of a moment or a duration, so that their sum has 64 bits.
  public static let limit: UInt64 = 1 << 62

  /// The end, in nanoseconds since the machine was switched on.
  public var end: UInt64 { moment.nanoseconds &+ (duration ?? 0) }

  /// Whether it is a call whose status is an error.
  public var isError: Bool { (status ?? 0) < 0 }

  /// The line for people, without the time: `hcall H_CEDE() = 0`.
  public var line: String {
    let list = { (cells: [UInt64]) in
      cells.map { $0.hexadecimal() }.joined(separator: ", ")
    }
    switch kind {
    case .start: return "start \(detail ?? "")"
    case .instruction: return detail ?? name
    case .cas: return "cas \(name)"
    case .interrupt:
      let registers = zip(["from", "SRR1"], arguments).map { "\($0) \($1.hexadecimal())" }
      return (["interrupt", name] + registers).joined(separator: " ")
    case .client, .hcall, .rtas:
      return "\(kind) \(name)(\(list(arguments))) = \(status ?? 0)"
        + (results.isEmpty ? "" : " [\(list(results))]") + (detail.map { " \"\($0)\"" } ?? "")
    }
  }
}

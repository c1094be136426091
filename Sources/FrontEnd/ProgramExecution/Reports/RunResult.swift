internal import Glibc
internal import HostSupport
package import JSON
package import Machine
internal import MachineDescription
package import PowerCPU
package import PowerISA

/// How a program's run ended, and what was rejected in it.
package struct RunResult {
  package enum End: Equatable, Sendable {
    case exited(Int32)
    case signal(Int32)
    case timeout
    /// The agent could not start it.
    case notExecuted(String)
    /// The guest ended, and the agent did not say how.
    case failed(String)
  }

  /// An instruction that was rejected, with the place where that was first.
  package struct Refusal {
    package var instruction: RejectedInstruction
    package var place: CodePlace?
  }

  package let program: String
  package let processor: String
  package let level: CompatibilityLevel?
  package let end: End
  package let refusals: [Refusal]

  package init(
    program: String, machine: PowerMachine, outcome: MachineOutcome, ending: AgentHost.Ending?,
    code: CodeMap
  ) {
    code.learn(machine.rejectedInstructions.counting.map(\.first))
    self.program = program
    processor = machine.description.processor.name
    level = machine.activeLevel
    end = Self.end(outcome, ending)
    refusals = machine.rejectedInstructions.counting.map {
      Refusal(instruction: $0, place: code.place(of: $0.first))
    }
  }

  private static func end(_ outcome: MachineOutcome, _ ending: AgentHost.Ending?) -> End {
    switch ending {
    case .ended(let status):
      let signal = status & 0x7F
      return signal == 0 ? .exited((status >> 8) & 0xFF) : .signal(signal)
    case .failed(let reason):
      // A signal that came before the program was started.
      return Interruption.signal.map { .signal($0) } ?? .notExecuted(reason)
    case nil:
      if Interruption.isOverdue { return .timeout }
      if let signal = Interruption.signal { return .signal(signal) }
      return .failed("\(outcome)")
    }
  }

  /// As a shell has it.
  package var exitStatus: Int32 {
    switch end {
    case .exited(let status): status
    case .signal(let number): 128 + number
    case .timeout: 124
    case .notExecuted: 126
    case .failed: 125
    }
  }

  /// How it ended, and where: `ended with status 3 at level power9 of power10`.
  package var outcome: String {
    let place = level.map { "level \($0.name) of \(processor)" } ?? processor
    let ending =
      switch end {
      case .exited(let status): "ended with status \(status)"
      case .signal(let number): SignalName.text(number)
      case .timeout: "was still running at the end of the time"
      case .notExecuted: "was not executed"
      case .failed: "did not end"
      }
    return "\(ending), at \(place)"
  }

  /// The refusal that counts: the last one of a program that it ended, the first one of another.
  package var chiefRefusal: Refusal? {
    if case .signal(SIGILL) = end { refusals.last } else { refusals.first }
  }

  /// What was rejected, in one line; nil when nothing was.
  package var refusalLine: String? {
    guard let refusal = chiefRefusal else { return nil }
    let more = refusals.count - 1
    return "rejected: \(refusal.sentence)" + (more > 0 ? "; and \(more) more kinds" : "")
  }
}

extension RunResult.Refusal {
  /// The instruction in one word or two.
  package var name: String { instruction.name }

  /// The oldest level that has it, by name.
  package var needs: String? { instruction.earliest?.name }

  /// `mtvsrd f0,r9` at 0x10000a3c, main+0x24 in /tmp/program: ISA 2.07, the level is power7
  /// (2.06); power8 has it.
  package var sentence: String {
    let text = instruction.first.text.split(separator: " ").joined(separator: " ")
    let location = place.map { ", \($0.text)" } ?? " (in no known file)"
    let times = instruction.count == 1 ? "" : ", \(instruction.count) times"
    return "`\(text)` at \(instruction.first.address.hexadecimal())\(location)\(times): \(reason)"
  }

  private var reason: String {
    let version = instruction.level.map { "ISA \($0)" } ?? "not an instruction of programs"
    switch instruction.refusal {
    case .facility(let name): return "\(version), the facility \(name) is switched off"
    case .everyLevel: return "no level has it"
    case .level, .processor:
      let active =
        instruction.activeCompatibilityLevel.map { "the level is \($0.name)" }
        ?? "the processor has ISA \(instruction.activeLevel)"
      return "\(version), \(active)" + (needs.map { "; \($0) has it" } ?? "")
    }
  }
}

/// What `--report` writes.
extension RunResult {
  /// `program`, `processor`, `level`, `exitStatus`, `signal` (a name), `timedOut` and `refused`: each kind
  /// with `instruction`, `name`, `address`, `file`, `fileAddress`, `function`, `offset`, `level` (ISA),
  /// `needs` (the oldest level that has it), `count` and `message`.
  package var json: String { json(audit: nil) }

  /// The same, with an audit as `audit`.
  package func json(audit: JSONValue?) -> String {
    var signal: JSONValue = .null
    if case .signal(let number) = end { signal = .string(SignalName.name(number)) }
    let document: JSONValue = [
      "program": .string(program),
      "processor": .string(processor),
      "level": level.map { .string($0.name) } ?? .null,
      "exitStatus": .integer(exitStatus),
      "signal": signal,
      "timedOut": .bool(end == .timeout),
      "refused": .array(refusals.map(Self.document)),
      "audit": audit,
    ]
    return document.text(lines: 2)
  }

  private static func document(_ refusal: Refusal) -> JSONValue {
    let rejected = refusal.instruction
    return [
      "instruction": .string(
        rejected.first.text.split(separator: " ").joined(separator: " ")),
      "name": .string(rejected.name),
      "address": .string(rejected.first.address.hexadecimal()),
      "file": refusal.place.map { .string($0.file) } ?? .null,
      "fileAddress": refusal.place.map { .string($0.address.hexadecimal()) } ?? .null,
      "function": refusal.place?.function.map { .string($0) } ?? .null,
      "offset": refusal.place?.offset.map { .integer($0) } ?? .null,
      "level": rejected.level.map { "\($0)" } ?? .null,
      "needs": refusal.needs.map { .string($0) } ?? .null,
      "count": .integer(rejected.count),
      "message": .string(refusal.sentence),
    ]
  }
}

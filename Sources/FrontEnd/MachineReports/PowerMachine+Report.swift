internal import JSON
public import Machine
internal import MachineDescription
internal import PowerCPU
internal import PowerISA

extension PowerMachine {
  /// How the machine ended and what it did, as JSON.
  ///
  /// `outcome`, `exitStatus`, `processor`, `level` (the active compatibility level, if there is
  /// one), `instructions`, `seconds`, and `refused`: the instructions that were
  /// rejected in problem state, in the order of their first occurrence, each with `mnemonic`, `register` for
  /// moves to and from special-purpose registers, `level` (the ISA version that brought it; null
  /// when problem state has it at none), `activeLevel`, `compatibility` (the active level by
  /// name), `rejection` (`level`, `processor`, `every level` or the name of a facility that is
  /// switched off), `needs` (the oldest level that has it; null when none is known to), `count`,
  /// `first` as in ``ISAAuditReport/json``, `message`, all that in a sentence, and `need`, what it
  /// asks of a level. What the guest's
  /// system software emulated, or switched a facility on for, is left out. Rejections beyond the kinds
  /// kept are counted in `refusedNotKept`. `hypercalls` and `rtas` list the calls that the guest made, the
  /// most frequent first: `name`, `calls`, and `errors`, those that returned an error.
  /// - Parameter record: what was observed; its members follow.
  public func report(_ outcome: MachineOutcome, _ record: MachineRecord? = nil) -> String {
    let document: JSONValue = [
      "outcome": "\(outcome)",
      "exitStatus": .integer(max(outcome.exitStatus, 0)),
      "processor": .string(description.processor.name),
      "level": processors.first?.activeCompatibilityLevel.map { .string($0.name) },
      "instructions": .integer(instructionCount),
      "seconds": .decimal(elapsedSeconds),
      "refused": .array(rejectedInstructions.counting.map(\.json)),
      "refusedNotKept": .integer(rejectedInstructions.beyondLimit),
      "hypercalls": .array(hypercallStatistics.map(\.json)),
      "rtas": .array(rtasStatistics.map(\.json)),
    ]
    let observed = record?.json.map { JSONValue.Member(key: $0, value: $1) } ?? []
    return JSONValue.object((document.members ?? []) + observed).text(lines: 2)
  }
}

extension CallStatistics {
  fileprivate var json: JSONValue {
    ["name": .string(name), "calls": .integer(calls), "errors": .integer(errors)]
  }
}

extension RejectedInstruction {
  var json: JSONValue {
    let refusal =
      switch refusal {
      case .level: "level"
      case .processor: "processor"
      case .facility(let name): name
      case .everyLevel: "every level"
      }
    return [
      "mnemonic": .string(row?.mnemonic ?? name),
      "register": register.map { .string(SPR.byNumber[$0]?.name ?? "SPR \($0)") },
      "level": level.map { "\($0)" } ?? .null,
      "activeLevel": "\(activeLevel)",
      "compatibility": activeCompatibilityLevel.map { .string($0.name) },
      "rejection": .string(refusal),
      "needs": earliest.map { .string($0.name) } ?? .null,
      "count": .integer(count),
      "first": first.json,
      "message": "\(self)",
      "need": .string(need),
    ]
  }
}

internal import PlatformTree
internal import PowerCPU
internal import PowerISA

extension PowerMachine {
  /// How the machine ended and what it did, as JSON.
  ///
  /// `outcome`, `exitStatus`, `processor`, `level` (the compatibility level in force, if there is
  /// one), `instructions`, `seconds`, and `refused`: the instructions that problem
  /// state was refused though some processor has them, in the order of their first occurrence, each
  /// with `mnemonic`, `register` for moves to and from special-purpose registers, `level` (the ISA
  /// version that brought it), `levelInForce`, `compatibility` (the level in force by name),
  /// `refusal` (`level`, `processor` or the name of a facility that is switched off), `count`,
  /// `first` as in ``ISAAuditReport/json``, and `message`, all that in a sentence. Refusals beyond
  /// the kinds kept are counted in `refusedNotKept`.
  public func report(_ outcome: MachineOutcome) -> String {
    JSON.object([
      ("outcome", .text("\(outcome)")),
      ("exitStatus", .number(UInt64(max(outcome.exitStatus, 0)))),
      ("processor", .text(description.processor.name)),
      ("level", slots.first?.engine.compatibilityInForce.map { .text($0.name) }),
      ("instructions", .number(instructionCount)),
      ("seconds", .decimal(elapsedSeconds)),
      ("refused", .list(refused.entries.map(\.json))),
      ("refusedNotKept", .number(refused.notKept)),
    ]).written() + "\n"
  }
}

extension RefusedInstruction {
  fileprivate var json: JSON {
    let refusal =
      switch refusal {
      case .level: "level"
      case .processor: "processor"
      case .facility(let name): name
      }
    return .object([
      ("mnemonic", .text(row.mnemonic)),
      ("register", register.map { .text(SPR.byNumber[$0]?.name ?? "SPR \($0)") }),
      ("level", .text("\(level)")),
      ("levelInForce", .text("\(levelInForce)")),
      ("compatibility", compatibilityInForce.map { .text($0.name) }),
      ("refusal", .text(refusal)),
      ("count", .number(count)),
      ("first", first.json),
      ("message", .text("\(self)")),
    ])
  }
}

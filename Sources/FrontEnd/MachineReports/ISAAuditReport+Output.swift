internal import HostSupport
internal import JSON
public import Machine
internal import PowerCPU
internal import PowerISA

extension ISAAuditReport {
  /// The whole audit as JSON.
  ///
  /// `rows` has every instruction executed in problem state: `mnemonic`, `register` for moves to
  /// and from special-purpose registers, `level` (the ISA version that brought it),
  /// `compatibility` (the oldest level that has it, or another in its place), `count`, `first`
  /// (`address`, `word`, `instruction`: which of its processor's it was, `processor`, `pid` and
  /// `program` where they are known, `text`) and `differs`: the levels at which the first one's
  /// word is another instruction, with its text. `levels` has `level`, `count` and `rows` of each
  /// ISA version. `rejected` has the instructions rejected in problem state, as
  /// ``PowerMachine/report(_:_:)`` has it, `rejectedNotKept` the rejections of further kinds.
  /// `incomplete` says that there were some: what the guest would have executed after them is not
  /// known. `earliest` is the oldest level that has all that was executed and rejected, null when
  /// none is known to have it, `older` the one before it, both with `level`, `isa`, `lacks` (the
  /// names of what is not there) and `different` (the names of what is another instruction there).
  /// Addresses and words are texts in hexadecimal.
  public var json: String {
    let document: JSONValue = [
      "processor": .string(processor),
      "level": level.map { .string($0.name) },
      "count": .integer(count),
      "levels": .array(
        levels.map {
          ["level": "\($0.level)", "count": .integer($0.count), "rows": .integer($0.rows)]
        }),
      "rejected": .array(rejected.map(\.json)),
      "rejectedNotKept": .integer(rejectedBeyondLimit),
      "incomplete": .bool(isIncomplete),
      "earliest": earliest.map(json) ?? .null,
      "older": older.map(json),
      "rows": .array(entries.map(\.json)),
    ]
    return document.text(lines: 2)
  }

  private func json(_ level: CompatibilityLevel) -> JSONValue {
    [
      "level": .string(level.name), "isa": "\(level.isa)",
      "lacks": .array(
        (lacking(at: level).map(\.name) + rejectedLacking(at: level).map(\.name))
          .map { .string($0) }),
      "different": .array(differing(at: level).map { .string($0.name) }),
    ]
  }

  /// How many of the instructions that an older level lacks are named.
  private static let shown = 6

  private func kinds(_ count: Int) -> String { count == 1 ? "1 kind" : "\(count) kinds" }

  /// What a person wants to know, a line each.
  public var summary: [String] {
    if entries.isEmpty, !isIncomplete { return ["ISA audit: problem state executed nothing"] }
    var lines = [
      "ISA audit: problem state executed \(count) instructions of \(kinds(entries.count))"
    ]
    lines += levels.map { "  ISA \($0.level): \($0.count) of \(kinds($0.rows))" }
    lines += rejections + verdict
    if let older {
      let lacking = lacking(at: older)
      if !lacking.isEmpty { lines.append("  \(older) lacks \(kinds(lacking.count)):") }
      lines += lacking.prefix(Self.shown).map { "    \($0.sentence)" }
      if lacking.count > Self.shown { lines.append("    and \(lacking.count - Self.shown) more") }
    }
    for level in [earliest, older].compactMap(\.self) {
      lines += differing(at: level).map {
        "  `\($0.first.text.onlySingleBlanks)` behaves differently at \(level): there it is "
          + "`\($0.text(at: level) ?? "")`"
      }
    }
    lines += [
      "  This is what the guest executed at \(level?.name ?? processor);",
      "  programs choose newer instructions where there are some:",
      "  --compat shows what they execute at an older level.",
    ]
    return lines
  }

  /// How many rejections that need the same level are named.
  private static let shownOfALevel = 3

  /// What was rejected: what no level is known to have, then what needs the newest one.
  private var rejections: [String] {
    var lines: [String] = []
    for level in [nil] + CompatibilityLevel.allCases.reversed().map(Optional.some) {
      let same = rejected.filter { $0.earliest == level }
      lines += same.prefix(Self.shownOfALevel).map { "  \($0.need)" }
      let more = same.count - Self.shownOfALevel
      if more > 0 {
        lines.append("    and \(more) more" + (level.map { " that need \($0)" } ?? ""))
      }
    }
    if rejectedBeyondLimit > 0 {
      lines.append("  and \(rejectedBeyondLimit) rejections of more kinds than are kept")
    }
    return lines
  }

  private var verdict: [String] {
    guard let earliest else { return ["  no level is known to have all of them"] }
    guard isIncomplete else {
      return ["  the earliest level it could run at is \(earliest) (ISA \(earliest.isa))"]
    }
    return [
      "  the earliest level that has all of them is \(earliest) (ISA \(earliest.isa));",
      "  what follows the rejections was not seen: --compat \(earliest) shows it",
    ]
  }
}

extension ISAAudit.Entry {
  fileprivate var sentence: String {
    let program = first.program.map { " in \($0)" } ?? ""
    return "\(first.text.onlySingleBlanks) (ISA \(level)), \(count) of the kind, first at "
      + "\(first.address.hexadecimal())\(program)"
  }

  fileprivate var json: JSONValue {
    [
      "mnemonic": .string(row.mnemonic),
      "register": registerName.map { .string($0) },
      "level": "\(level)",
      "compatibility": comparison.earliest.map { .string($0.name) },
      "count": .integer(count),
      "first": first.json,
      "differs": differences.isEmpty ? nil : .array(differences),
    ]
  }

  private var differences: [JSONValue] {
    CompatibilityLevel.allCases.compactMap { level in
      text(at: level).map { ["level": .string(level.name), "text": .string($0)] }
    }
  }
}

extension InstructionOccurrence {
  var json: JSONValue {
    [
      "address": .hexadecimal(address),
      "word": .hexadecimal(instruction.rawValue),
      "instruction": .integer(ordinal),
      "processor": .integer(processor),
      "pid": process.map { .integer($0) },
      "program": program.map { .string($0) },
      "text": .string(text.onlySingleBlanks),
    ]
  }
}

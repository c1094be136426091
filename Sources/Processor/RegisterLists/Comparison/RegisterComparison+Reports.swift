internal import HostSupport
internal import JSON

extension RegisterComparison {
  /// A report to read: what is not simply equal, a line each, and the outcome.
  /// - Parameters:
  ///   - there: the name of the list that comes from elsewhere.
  ///   - here: the name of the list it is compared with.
  ///   - all: whether equal registers have their lines too.
  public func text(there: String, here: String, all: Bool = false) -> String {
    let shown = rows.filter { all || $0.verdict != .equal }
    let kindWidth = shown.map(\.kind.count).max() ?? 0
    let nameWidth = shown.map(\.name.count).max() ?? 0
    var text = "\(family.name), mode \(mode), \(purpose.rawValue): \(there) there, \(here) here\n"
    for row in shown {
      let explanation = row.explanation(in: family)
      let line =
        "\(row.isAccepted ? " " : "!") \(padded(row.kind, kindWidth))  "
        + "\(padded(row.name, nameWidth))  \(explanation.isEmpty ? value(of: row) : explanation)"
      text += line + "\n"
    }
    text += "\(rows.isEmpty ? "no registers" : counts)\n"
    let refused = rows.filter { !$0.isAccepted }
    text +=
      refused.isEmpty
      ? "accepted\n" : "refused for " + refused.map(\.name).joined(separator: ", ") + "\n"
    return text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  private func value(of row: ComparisonRow) -> String {
    row.there.map { $0.hexadecimal(digits: ((row.register?.width ?? 64) + 3) / 4) } ?? ""
  }

  /// `120 equal, 2 missing here`.
  private var counts: String {
    kinds.map { "\($0.count) \($0.kind)" }.joined(separator: ", ")
  }

  /// How many rows of each kind, in the order in which kinds first come up.
  private var kinds: [(kind: String, count: Int)] {
    var kinds: [(kind: String, count: Int)] = []
    for row in rows {
      if let index = kinds.firstIndex(where: { $0.kind == row.kind }) {
        kinds[index].count += 1
      } else {
        kinds.append((row.kind, 1))
      }
    }
    return kinds
  }

  /// The same for programs: every register, with the differing parts by name.
  public func json(there: String, here: String) -> String {
    let document: JSONValue = [
      "family": .string(family.name),
      "mode": .string(mode.rawValue),
      "purpose": .string(purpose.rawValue),
      "there": .string(there),
      "here": .string(here),
      "accepted": .bool(isAccepted),
      "counts": .object(
        kinds.map { JSONValue.Member(key: $0.kind, value: .integer($0.count)) }),
      "reasons": .array(reasons.map { .string($0) }),
      "registers": .array(rows.map(json)),
    ]
    return document.text()
  }

  private func json(_ row: ComparisonRow) -> JSONValue {
    func hex(_ value: UInt128?, digits: Int) -> JSONValue? {
      value.map { .string($0.hexadecimal(digits: digits)) }
    }
    let digits = ((row.register?.width ?? 64) + 3) / 4
    let differences = row.differences(in: family)
    let explanation = row.explanation(in: family)
    let fields = differences.map { difference -> JSONValue in
      [
        "name": .string(difference.name),
        "there": hex(difference.there, digits: 1),
        "here": hex(difference.here, digits: 1),
      ]
    }
    return [
      "name": .string(row.name),
      "identifier": .string("\(row.identifier)"),
      "verdict": .string(row.kind),
      "accepted": .bool(row.isAccepted),
      "there": hex(row.there, digits: digits),
      "here": hex(row.here, digits: digits),
      "bits": fields.isEmpty ? nil : hex(row.bits, digits: digits),
      "fields": fields.isEmpty ? nil : .array(fields),
      "explanation": explanation.isEmpty ? nil : .string(explanation),
    ]
  }
}

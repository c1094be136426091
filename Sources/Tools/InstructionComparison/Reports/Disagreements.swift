import GuestMemory
import HostSupport
import PowerArithmetic
import PowerISA

/// What was not equal and no exception explains: the first case of each row, and how many.
public struct Disagreements: Sendable {
  /// One case as text.
  public struct Case: Sendable {
    /// The row.
    public let mnemonic: String
    /// The environment's name.
    public let environment: String
    /// The instruction words, in the order of execution.
    public let words: [UInt32]
    /// The words disassembled.
    public let listing: [String]
    /// The registers and storage that the instruction found.
    public let operands: [String]
    /// What differs: ours, then QEMU's.
    public let results: [String]
    /// Options of compare-isa that repeat it.
    public let options: String
  }

  /// The first case of each row and environment.
  public private(set) var cases: [Case] = []
  /// Executions by mnemonic and environment.
  public private(set) var counts: [String: Int] = [:]

  /// Executions that were not equal.
  public var total: Int { counts.values.reduce(0, +) }

  /// The rows that have any.
  public var mnemonics: Set<String> { Set(cases.map(\.mnemonic)) }

  /// Adds what another thread found.
  public mutating func add(_ other: Disagreements) {
    for (key, count) in other.counts { counts[key, default: 0] += count }
    cases += other.cases
  }

  mutating func add(_ d: ResultDifference, _ address: UInt64, round: Int) {
    guard isFirst(d.row, d.environment) else { return }
    let isVerbose = StateText.differences(d.ours, d.theirs)
    cases.append(
      make(
        d.row, d.sequence, address, d.environment, d.before, results: isVerbose, round: round))
  }

  mutating func add(
    failure: String, _ sequence: InstructionSequence, _ environment: ComparisonEnvironment,
    _ before: StateView, _ ours: StateView, round: Int
  ) {
    guard isFirst(sequence.row, environment) else { return }
    cases.append(
      make(
        sequence.row, sequence.instructions, sequence.first, environment, before,
        results: [failure, "ours: signal \(ours.signal)"], round: round))
  }

  private mutating func isFirst(
    _ row: InstructionRow, _ environment: ComparisonEnvironment
  ) -> Bool {
    let key = "\(row.mnemonic) \(environment.name)"
    counts[key, default: 0] += 1
    return counts[key] == 1
  }

  private func make(
    _ row: InstructionRow, _ sequence: [Instruction], _ address: UInt64,
    _ environment: ComparisonEnvironment, _ before: StateView, results: [String], round: Int
  ) -> Case {
    let table = InstructionTable.table(for: environment.processor.instructions)
    var place = address
    var listing: [String] = []
    for i in sequence {
      listing.append(table.text(of: i, at: place))
      place += UInt64(i.byteCount)
    }
    return Case(
      mnemonic: row.mnemonic, environment: environment.name,
      words: sequence.flatMap { $0.isPrefixed ? [$0.prefix, $0.word] : [$0.word] },
      listing: listing,
      operands: StateText.operands(of: sequence, row, before), results: results,
      options: "--rows \(row.mnemonic) --processor \(environment.processor.name) --endian "
        + "\(environment.order == .big ? "big" : "little") --round \(round)")
  }
}

/// States as text.
enum StateText {
  static func text(_ value: Vector) -> String {
    value.doubleword0.hexDigits(16) + "_" + value.doubleword1.hexDigits(16)
  }

  /// One line for each part in which two states differ.
  static func differences(
    _ ours: StateView, _ theirs: StateView, _ other: String = "QEMU"
  ) -> [String] {
    var lines: [String] = []
    for (name, offset) in StateView.doublewords.reversed() where ours[offset] != theirs[offset] {
      lines.append(
        "\(name): ours \(ours[offset].hexDigits()), \(other) \(theirs[offset].hexDigits())")
    }
    for n in 0..<32 where ours[gpr: n] != theirs[gpr: n] {
      lines.append(
        "r\(n): ours \(ours[gpr: n].hexDigits()), \(other) \(theirs[gpr: n].hexDigits())")
    }
    for n in 0..<64 where ours[vsr: n] != theirs[vsr: n] {
      lines.append("vs\(n): ours \(text(ours[vsr: n])), \(other) \(text(theirs[vsr: n]))")
    }
    let places = ours.storage.indices.filter { ours.storage[$0] != theirs.storage[$0] }
    if let first = places.first, let last = places.last {
      func part(_ s: StateView) -> String { s.storage[first...last].hexDigits() }
      lines.append("storage+\(first): ours \(part(ours)), \(other) \(part(theirs))")
    }
    return lines
  }

  /// The registers that instructions name, and those that are part of every state.
  static func operands(
    of sequence: [Instruction], _ row: InstructionRow, _ s: StateView
  ) -> [String] {
    var lines: [String] = []
    for i in sequence {
      for operand in row.operands {
        let n = Int(operand.value(in: i))
        switch operand.kind {
        case .gpr, .gprOrZero: lines.append("r\(n)=\(s[gpr: n & 31].hexDigits())")
        case .fpr, .vsr: lines.append("vs\(n)=\(text(s[vsr: n & 63]))")
        case .vr: lines.append("vs\(32 + n)=\(text(s[vsr: 32 + n & 63]))")
        case .accumulator:
          for k in 4 * n..<4 * n + 4 { lines.append("vs\(k)=\(text(s[vsr: k & 63]))") }
        default: break
        }
        guard operand.isPair else { continue }
        let next = (n + 1) & 63
        lines.append(
          operand.kind == .gpr
            ? "r\(next)=\(s[gpr: next & 31].hexDigits())" : "vs\(next)=\(text(s[vsr: next]))")
      }
    }
    for (name, offset) in StateView.doublewords.dropLast(2) {
      lines.append("\(name)=\(s[offset].hexDigits())")
    }
    return lines
  }
}

import PowerISA

/// All exceptions, and which of them were of use.
public final class ComparisonExceptions {
  /// The reviewed list.
  public static let list: [ComparisonException] =
    leftOut + system + fixedPoint + storage + floatingPoint + floatingPointResults + vectorScalar
    + vectors + decimal

  /// Times each was of use, by position in ``list``.
  public internal(set) var uses = [Int](repeating: 0, count: list.count)

  private let environment: ComparisonEnvironment
  /// For each row, the numbers of the exceptions that concern it here.
  private let byRow: [[Int]]

  init(_ environment: ComparisonEnvironment, _ peer: QEMUPeer = .current) {
    self.environment = environment
    let isHere = Self.list.map { $0.environments(environment) && $0.applies(on: peer) }
    byRow = InstructionRow.all.map { row in
      guard row.exists(at: environment.processor.isa) else { return [] }
      return Self.concerning[row.id].filter { isHere[$0] }
    }
  }

  /// For each row, the numbers of the exceptions that are about it.
  private static let concerning: [[Int]] = InstructionRow.all.map { row in
    list.indices.filter { list[$0].rows.contains(row) }
  }

  /// Why a row is not executed, or nil.
  func leftOut(_ row: InstructionRow) -> ComparisonException? {
    for n in byRow[row.id] {
      if case .leftOut = Self.list[n].treatment {
        uses[n] += 1
        return Self.list[n]
      }
    }
    return nil
  }

  /// Changes operands that QEMU must not be asked about.
  func avoid(_ row: InstructionRow, _ state: StateView) {
    for n in byRow[row.id] {
      if case .avoided(let change) = Self.list[n].treatment {
        uses[n] += 1
        change(state)
      }
    }
  }

  func mayAsk(_ instruction: Instruction, _ row: InstructionRow, at address: UInt64) -> Bool {
    for n in byRow[row.id] {
      if case .notAsked(let isAvoided) = Self.list[n].treatment, isAvoided(instruction, address) {
        uses[n] += 1
        return false
      }
    }
    return true
  }

  /// Lets every exception of the row make equal what it may.
  /// - Returns: whether the results are equal now.
  func resolve(_ difference: ResultDifference) -> Bool {
    for n in byRow[difference.row.id] {
      guard case .forgiven(let forgive) = Self.list[n].treatment else { continue }
      let before = Self.differingWords(difference)
      if before == 0 { return true }
      forgive(difference)
      if Self.differingWords(difference) != before { uses[n] += 1 }
    }
    return Self.differingWords(difference) == 0
  }

  /// A number that changes when something is made equal, and is 0 when all is.
  private static func differingWords(_ d: ResultDifference) -> UInt64 {
    let ours = d.ours.base.assumingMemoryBound(to: UInt64.self)
    let theirs = d.theirs.base.assumingMemoryBound(to: UInt64.self)
    var sum: UInt64 = 0
    for n in 0..<StateLayout.size / 8 where ours[n] != theirs[n] {
      sum &+= UInt64((ours[n] ^ theirs[n]).nonzeroBitCount)
    }
    return sum
  }

  /// Exceptions that no environment needed. Rows that are left out are not known to need it, nor are
  /// exceptions for other hosts.
  public static func stale(_ uses: [Int]) -> [ComparisonException] {
    zip(list, uses).filter { exception, uses in
      if case .leftOut = exception.treatment { return false }
      return uses == 0 && exception.applies(on: .current)
    }.map(\.0)
  }
}

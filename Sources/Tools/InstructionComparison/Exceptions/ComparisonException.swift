import PowerArithmetic
import PowerISA

/// A reviewed reason for which our interpreter and QEMU may differ, or cannot be compared.
public struct ComparisonException: Sendable {
  /// What follows from it.
  enum Treatment: Sendable {
    /// The rows are not executed.
    case leftOut
    /// Instructions for which the closure is true are not executed.
    case notAsked(@Sendable (Instruction, _ address: UInt64) -> Bool)
    /// The closure changes the operands.
    case avoided(@Sendable (StateView) -> Void)
    /// The closure makes the parts of the results equal that may differ.
    case forgiven(@Sendable (ResultDifference) -> Void)
  }

  /// The rows that it is about.
  let rows: RowSelection
  /// The same for a reader: names of instructions, chapters or facts.
  public var rowNames: [String] { rows.names }
  /// When: operands, modes, processors.
  public let condition: String
  /// What QEMU does.
  public let qemu: String
  /// What the architecture says, which our interpreter does.
  public let architecture: String
  /// Where the architecture says so.
  public let section: String
  /// Which QEMU the statement was checked with.
  let review: Review
  let environments: @Sendable (ComparisonEnvironment) -> Bool
  let treatment: Treatment

  init(
    _ rows: RowSelection, when condition: String, qemu: String, architecture: String,
    section: String,
    in environments: @escaping @Sendable (ComparisonEnvironment) -> Bool = { _ in true },
    review: Review = .qemu7, _ treatment: Treatment
  ) {
    self.rows = rows
    self.condition = condition
    self.qemu = qemu
    self.architecture = architecture
    self.section = section
    self.environments = environments
    self.review = review
    self.treatment = treatment
  }

  /// One paragraph for a reader.
  public var text: String {
    """
    \(rowNames.joined(separator: " "))
      when:         \(condition)
      QEMU:         \(qemu)
      architecture: \(architecture) (\(section))
      so:           \(consequence)
      reviewed:     \(review.text)
    """
  }

  private var consequence: String {
    switch treatment {
    case .leftOut: "not executed"
    case .avoided: "the operands are chosen otherwise"
    case .notAsked: "such instructions are not executed"
    case .forgiven: "the difference is forgiven"
    }
  }

  /// Whether it applies on this host; some differences of QEMU exist only on certain hosts.
  func applies(on peer: QEMUPeer) -> Bool {
    review.hostFeature.map(peer.hostFeatures.contains) ?? true
  }

}

/// One execution with different results.
struct ResultDifference {
  let row: InstructionRow
  /// The instruction of that row; `sequence` is all that was executed.
  let i: Instruction
  let sequence: [Instruction]
  let environment: ComparisonEnvironment
  /// The state before, after our execution, and after QEMU's.
  let before: StateView
  let ours: StateView
  let theirs: StateView

  var isa: ISALevel { environment.processor.isa }

  // MARK: what is forgiven; QEMU's result takes our value

  func forget(gpr n: Int) { theirs[gpr: n] = ours[gpr: n] }
  func forget(vsr n: Int) { theirs[vsr: n] = ours[vsr: n] }
  func forget(doubleword1 n: Int) {
    var value = theirs[vsr: n]
    value.doubleword1 = ours[vsr: n].doubleword1
    theirs[vsr: n] = value
  }
  func forget(fpscr mask: UInt64) { theirs.fpscr = theirs.fpscr & ~mask | ours.fpscr & mask }
  func forget(cr mask: UInt64) { theirs.cr = theirs.cr & ~mask | ours.cr & mask }
  func forget(xer mask: UInt64) { theirs.xer = theirs.xer & ~mask | ours.xer & mask }
  func forgetStorage() {
    theirs.storage.copyMemory(from: UnsafeRawBufferPointer(ours.storage))
  }
  func forgetEverything() { theirs.copy(from: ours) }

  /// Forgets the vector-scalar registers of the operand that is written.
  func forgetTarget() { for n in targets { forget(vsr: n) } }

  /// The vector-scalar registers of the operand that is written.
  var targets: [Int] {
    guard let operand = row.operands.first(where: { $0.access.contains(.write) }) else { return [] }
    let n = Int(operand.value(in: i))
    switch operand.kind {
    case .fpr, .vsr: return operand.isPair ? [n, n | 1] : [n]
    case .vr: return [32 + n]
    case .accumulator: return Array(4 * n..<4 * n + 4)
    default: return []
    }
  }

  // MARK: what differs

  /// One interrupted for an enabled exception and the other did not.
  var oneSignalled: Bool { (ours.signal == 8) != (theirs.signal == 8) }

  /// Whether a source is no number that the single format can hold.
  var hasOperandBeyondSingle: Bool {
    row.operands.contains { operand in
      guard operand.kind == .fpr || operand.kind == .vsr, operand.access.contains(.read) else {
        return false
      }
      return !Self.isSingle(before[vsr: Int(operand.value(in: i))].doubleword0)
    }
  }

  static func isSingle(_ double: UInt64) -> Bool {
    let (biased, fraction) = (double >> 52 & 0x7FF, double & (1 << 52 - 1))
    switch biased {
    case 0: return fraction == 0
    case 0x7FF, 897...1150: return fraction & 0x1FFF_FFFF == 0
    // Denormal singles: fewer bits the smaller they are.
    case 874...896: return fraction & (1 << (29 + 897 - biased) - 1) == 0
    default: return false
    }
  }

  /// Whether both took the interrupt of an enabled floating-point exception.
  var bothSignalled: Bool { ours.signal == 8 && theirs.signal == 8 }

  /// Whether the word has bits set that the books reserve.
  var hasReservedBits: Bool { i.rawValue & row.reserved != 0 }

  /// Exception bits of FPSCR that were not set before and are in either result.
  var newExceptions: UInt64 {
    (ours.fpscr | theirs.fpscr) & ~before.fpscr & FPSCR.exceptions
  }
  /// Bits of CR that a row with Rc=1 sets: CR1 of floating point.
  static let cr1: UInt64 = 0x0F00_0000
  static let cr0: UInt64 = 0xF000_0000
}

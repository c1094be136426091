import PowerISA

@testable import PowerCPU

/// The places that an instruction reads and changes by what its row says.
struct DeclaredPlaces {
  /// What a row declares: an operand or an implicit register, with its places in one instruction.
  struct Declaration: Hashable {
    var name: String
    var isRead: Bool
    var isWritten: Bool
    /// Numbers of ``RegisterImage/places``.
    var places: [Int]
  }

  private(set) var declarations: [Declaration] = []
  /// By number of the place.
  private(set) var isRead = [Bool](repeating: false, count: RegisterImage.places.count)
  private(set) var isWritten = [Bool](repeating: false, count: RegisterImage.places.count)
  /// Whether an instruction may set some bits and leave others: it may set them without reading them.
  private(set) var isPartial = [Bool](repeating: false, count: RegisterImage.places.count)

  /// The places of ``isPartial``.
  private(set) var partialPlaces: [Int] = []

  /// - Parameter byteCount: what XER has.
  init(_ row: InstructionRow, _ i: Instruction, byteCount: Int) {
    isWritten[RegisterImage.nextInstruction] = true
    for operand in row.operands where !operand.access.isEmpty {
      add(
        Declaration(
          name: operand.name, isRead: operand.access.contains(.read),
          isWritten: operand.access.contains(.write),
          places: Self.places(operand, row, i, byteCount).map(RegisterImage.number)))
    }
    let writes = row.writes(of: i)
    for (status, name, places) in Self.status(row, i) {
      let (isRead, isWritten) = (!row.reads.isDisjoint(with: status), writes.contains(status))
      guard isRead || isWritten else { continue }
      let numbers = places.map(RegisterImage.number)
      if isWritten { for number in numbers { addPartial(number) } }
      add(Declaration(name: name, isRead: isRead, isWritten: isWritten, places: numbers))
    }
    if row.traits.contains(.branch) { allow(Self.rest([\.cfar])) }
    if row.traits.contains(.context) {
      allow(Self.system + [.status(.msr)])
      addPartial(RegisterImage.msr)
    }
    if let forms = row.storage?.forms, !forms.isDisjoint(with: [.reserve, .conditional]) {
      allow(Self.rest([\.reservationHigh, \.reservationLow]))
    }
    // Those of FC compare with the registers after the target.
    if row.storage?.kind == .atomic, let target = row.operands.first, target.access == .write {
      let number = Int(target.value(in: i))
      for next in 1...2 { isRead[RegisterImage.number(.gpr((number + next) & 31))] = true }
    }
  }

  private mutating func addPartial(_ place: Int) {
    guard !isPartial[place] else { return }
    isPartial[place] = true
    partialPlaces.append(place)
  }

  private mutating func allow(_ places: [Place]) {
    for place in places { isWritten[RegisterImage.number(place)] = true }
  }

  private mutating func add(_ declaration: Declaration) {
    declarations.append(declaration)
    for place in declaration.places {
      if declaration.isRead { isRead[place] = true }
      if declaration.isWritten { isWritten[place] = true }
    }
  }

  private static func rest(_ paths: [PartialKeyPath<ProcessorState>]) -> [Place] {
    paths.compactMap { MemoryLayout<ProcessorState>.offset(of: $0).map { .rest($0) } }
  }

  private static func places(
    _ operand: InstructionOperand, _ row: InstructionRow, _ i: Instruction, _ byteCount: Int
  ) -> [Place] {
    let number = Int(operand.value(in: i))
    let numbers = operand.isPair ? [number, number | 1] : [number]
    let forms = row.storage?.forms ?? []
    switch operand.kind {
    case .gpr where forms.contains(.multiple): return (number..<32).map { .gpr($0) }
    case .gpr where forms.contains(.counted) && operand == row.operands.first:
      // Four bytes in each, around to register 0.
      let count = row.operands.first { $0.kind == .byteCount }.map { Int($0.value(in: i)) }
      return (0..<((count ?? byteCount) + 3) / 4).map { .gpr((number + $0) & 31) }
    case .gpr: return numbers.map { .gpr($0) }
    case .gprOrZero: return number == 0 ? [] : [.gpr(number)]
    case .fpr:
      // Doubleword 1 is cleared.
      return numbers.flatMap { (n: Int) -> [Place] in
        operand.access.contains(.write) ? [.vsr(n, 0), .vsr(n, 1)] : [.vsr(n, 0)]
      }
    case .vr: return [.vsr(number + 32, 0), .vsr(number + 32, 1)]
    case .vsr: return numbers.flatMap { [.vsr($0, 0), .vsr($0, 1)] }
    case .accumulator: return (4 * number..<4 * number + 4).flatMap { [.vsr($0, 0), .vsr($0, 1)] }
    case .crField: return (4 * number..<4 * number + 4).map { .crBit($0) }
    case .crBit: return [.crBit(number)]
    default: return []
    }
  }

  private static func status(
    _ row: InstructionRow, _ i: Instruction
  ) -> [(InstructionStatus, String, [Place])] {
    func field(_ n: Int) -> [Place] { (4 * n..<4 * n + 4).map { .crBit($0) } }
    let selected: [Place] =
      row.operands.contains { $0.name == "FXM" }
      ? (0..<8).filter { i.fxm >> UInt64(7 - $0) & 1 != 0 }.flatMap(field)
      : (0..<8).flatMap(field)
    return [
      (.cr0, "CR0", field(0)), (.cr1, "CR1", field(1)), (.cr6, "CR6", field(6)),
      (.cr, "CR", selected), (.carry, "CA", [.status(.carry)]),
      (.overflow, "OV", [.status(.overflow)]),
      (.summaryOverflow, "SO", [.status(.summaryOverflow)]),
      (.byteCount, "COUNT", [.status(.byteCount)]), (.fpscr, "FPSCR", [.status(.fpscr)]),
      (.vscr, "VSCR", [.status(.vscr)]), (.lr, "LR", [.status(.lr)]),
      (.ctr, "CTR", [.status(.ctr)]),
      (.tar, "TAR", [.status(.tar)]), (.msr, "MSR", [.status(.msr)]), (.spr, "SPR", special),
      (.system, "SYSTEM", system),
    ]
  }

  private static let system: [Place] = RegisterImage.places.filter {
    switch $0 {
    case .spr, .rest, .copyBuffer: true
    default: false
    }
  }
  /// What the number of a special-purpose register may name.
  private static let special: [Place] =
    system + Place.Status.allCases.filter { ![.fpscr, .vscr].contains($0) }.map { .status($0) }
}

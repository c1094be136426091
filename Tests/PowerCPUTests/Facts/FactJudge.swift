import GuestMemory
import HostSupport
import PowerISA

@testable import PowerCPU

/// Compares one row's facts with its semantics function.
final class FactJudge {
  private let row: InstructionRow
  private let trial: InstructionTrial
  private let table: InstructionTable
  private let address: OperandAddress?
  private var random: SplitMix64
  private(set) var problems: Set<String> = []
  /// Declarations that were seen to matter, and to change.
  private var seenRead: Set<String> = []
  private var seenWritten: Set<String> = []
  private var declared: (reads: Set<String>, writes: Set<String>) = ([], [])
  /// Bytes of the access, by distance from its address, that were seen to matter or to change.
  private var seenBytes: Set<Int> = []
  private var completed = 0

  init(_ row: InstructionRow, _ trial: InstructionTrial, _ table: InstructionTable) throws {
    self.row = row
    self.trial = trial
    self.table = table
    address = OperandAddress(row)
    random = SplitMix64(state: UInt64(row.id) &* 0x9E37_79B9)
  }

  /// Executes random instructions until all that is declared has been seen, at least `trials` times.
  func execute(trials: Int) throws {
    for attempt in 0..<100 * trials {
      if attempt >= trials, completed >= trials / 4, missing.isEmpty { break }
      try executeOnce()
    }
    if completed == 0 { problems.insert("no random instruction completes") }
    problems.formUnion(missing)
  }

  /// Names that stand for more than one register, of which an instruction uses some.
  private static let collective: Set<String> = ["SPR", "SYSTEM"]

  /// What is missing of what must be seen. SLB, TLB and the like are not looked at, so that what goes
  /// there is not seen; and hints do nothing.
  private var missing: [String] {
    var missing: [String] = []
    guard !row.reads.union(row.writes).contains(.system), !row.traits.contains(.hint) else {
      return []
    }
    for name in declared.reads.subtracting(seenRead).subtracting(Self.collective) {
      missing.append("says that it reads \(name), which never matters")
    }
    for name in declared.writes.subtracting(seenWritten).subtracting(Self.collective) {
      missing.append("says that it sets \(name), which never changes")
    }
    guard let access = row.storage, access.kind != .touch, row.instructionID != .copy else {
      return missing
    }
    let forms: StorageForms = [.multiple, .counted]
    let extent = access.forms.isDisjoint(with: forms) ? access.bytes : 16
    for byte in 0..<extent where !seenBytes.contains(byte) {
      missing.append("byte \(byte) of its access never matters")
    }
    return missing
  }

  private func executeOnce() throws {
    var i = row.randomInstruction(using: &random)
    var image = trial.randomImage(&random)
    if let address {
      guard let placed = address.place(i, &image, &random) else { return }
      i = placed
    }
    guard table.row(of: i) == row.id else { return }
    guard isDefined(i) else { return }
    let facts = DeclaredPlaces(row, i, byteCount: Int(image[RegisterImage.byteCount] & 0x7F))
    for declaration in facts.declarations {
      if declaration.isRead, !declaration.places.isEmpty { declared.reads.insert(declaration.name) }
      if declaration.isWritten { declared.writes.insert(declaration.name) }
    }
    let order: Endianness = random.next() & 1 == 0 ? .big : .little
    let ea = address?.address(i, image) ?? UInt64(InstructionTrial.data.lowerBound)
    // Registers may lead out of memory; then what happens must still not depend on others.
    let isInside = InstructionTrial.code < ea && ea < 1 << 19
    let block = isInside ? ea & ~127 &- 128 : InstructionTrial.data.lowerBound
    var storage: [UInt8] = []
    storage.reserveCapacity(512)
    while storage.count < 512 {
      let number = random.next()
      var shift: UInt64 = 0
      while shift < 64 {
        storage.append(UInt8(truncatingIfNeeded: number >> shift))
        shift += 8
      }
    }
    if random.next() & 3 == 0, !facts.declarations.isEmpty {
      // Equal numbers, for comparisons with storage.
      storage = [UInt8](repeating: 7, count: 512)
    }
    if let digest = try digest(i, image, at: block, order), random.next() & 1 == 0 {
      storage = digest
    }
    func run(_ image: RegisterImage, _ storage: [UInt8]) throws -> InstructionTrial.Outcome {
      try trial.run(row, i, image, storage: storage, at: block, order: order)
    }
    let first = try run(image, storage)
    guard !first.isIllegal else { return }
    if first.isInterrupt {
      if !row.mayInterrupt { problems.insert("interrupts, but does not say so") }
    } else {
      completed += 1
      checkChanges(first, facts)
    }
    try checkReads(i, image, storage, first, facts, run)
    if let address, isInside {
      try checkStorage(i, image, storage, first, facts, address, ea: ea, block: block, run)
    }
  }

  /// Whether the books say what an instruction does. A move of a register that the state may not use
  /// does nothing, and `mfocrf` of more than one field, or of none, leaves RT undefined.
  private func isDefined(_ i: Instruction) -> Bool {
    if let number = row.registerNumber(of: i) {
      let access: SPRAccess = row.writes.contains(.spr) ? .privilegedWrite : .privilegedRead
      return trial.cpu.sprAccess[number].contains(access)
    }
    return row.instructionID != .mfocrf || i.fxm.nonzeroBitCount == 1
  }

  /// The storage in which a hash check finds what it looks for.
  private func digest(
    _ i: Instruction, _ image: RegisterImage, at block: UInt64, _ order: Endianness
  ) throws -> [UInt8]? {
    let partner: InstructionID
    switch row.instructionID {
    case .hashchk: partner = .hashst
    case .hashchkp: partner = .hashstp
    default: return nil
    }
    guard let store = InstructionRow.all.first(where: { $0.instructionID == partner }) else {
      return nil
    }
    let storing = Instruction(rawValue: store.value | i.rawValue & ~store.mask)
    let empty = [UInt8](repeating: 0, count: 512)
    return try trial.run(store, storing, image, storage: empty, at: block, order: order).storage
  }

  private func checkChanges(_ outcome: InstructionTrial.Outcome, _ facts: DeclaredPlaces) {
    let changed = outcome.before.differences(from: outcome.image)
    for place in changed where !facts.isWritten[place] {
      problems.insert("changes \(name(place, facts)), which it does not say")
    }
    if outcome.image[RegisterImage.nextInstruction]
      != outcome.before[RegisterImage.nextInstruction],
      row.traits.isDisjoint(with: [.branch, .context]), !row.isPrefixed
    {
      problems.insert("branches, but does not say so")
    }
    for declaration in facts.declarations
    where declaration.isWritten && declaration.places.contains(where: changed.contains) {
      seenWritten.insert(declaration.name)
    }
  }

  /// Registers by their files, so that there are not too many messages.
  private func name(_ place: Int, _ facts: DeclaredPlaces) -> String {
    for declaration in facts.declarations where declaration.places.contains(place) {
      return declaration.name
    }
    return switch RegisterImage.places[place] {
    case .gpr: "a GPR"
    case .vsr: "a VSR"
    case .crBit(let bit): "CR field \(bit / 4)"
    case let other: "\(other)"
    }
  }

  /// The places in which two outcomes differ, of those that an instruction may change.
  private func differences(
    _ one: InstructionTrial.Outcome, _ other: InstructionTrial.Outcome, _ facts: DeclaredPlaces
  ) -> [Int] {
    let isStopped = one.isInterrupt || other.isInterrupt
    return one.image.differences(from: other.image).filter { place in
      guard facts.isWritten[place] else { return false }
      // An instruction that does not complete leaves its targets as they were.
      return !isStopped || one.isInterrupt != other.isInterrupt
        || place == RegisterImage.nextInstruction
    }
  }

  private func checkReads(
    _ i: Instruction, _ image: RegisterImage, _ storage: [UInt8],
    _ first: InstructionTrial.Outcome, _ facts: DeclaredPlaces,
    _ run: (RegisterImage, [UInt8]) throws -> InstructionTrial.Outcome
  ) throws {
    // Everything that is not read, at once.
    var other = image
    var index = 0
    while index < RegisterImage.places.count {
      if !facts.isRead[index], !facts.isPartial[index] {
        other[index] = InstructionTrial.value(of: RegisterImage.places[index], &random)
      }
      index += 1
    }
    let outcome = try run(other, storage)
    for place in differences(first, outcome, facts) {
      problems.insert("\(name(place, facts)) depends on what it does not say that it reads")
    }
    if outcome.storage != first.storage {
      problems.insert("storage depends on what it does not say that it reads")
    }
    // What it sets in part, one after the other: it may depend on itself only.
    for index in facts.partialPlaces where !facts.isRead[index] {
      let place = RegisterImage.places[index]
      other = image
      other[index] = InstructionTrial.value(of: place, &random)
      let outcome = try run(other, storage)
      for dependent in differences(first, outcome, facts) where !facts.isPartial[dependent] {
        problems.insert("\(name(dependent, facts)) depends on \(place), which it does not say")
      }
    }
    for declaration in facts.declarations
    where declaration.isRead && !seenRead.contains(declaration.name) && !declaration.places.isEmpty
      && !Self.collective.contains(declaration.name)
    {
      other = image
      for place in declaration.places {
        other[place] = InstructionTrial.value(of: RegisterImage.places[place], &random)
        // With enabled exceptions, which change what happens.
        if place == RegisterImage.fpscr { other[place] = random.next() }
        if place == RegisterImage.msr { other[place] = image[place] ^ MSR.ee }
      }
      let outcome = try run(other, storage)
      if declaration.isWritten,
        declaration.places.contains(where: { outcome.before[$0] != outcome.image[$0] })
      {
        seenWritten.insert(declaration.name)
      }
      var differences = differences(first, outcome, facts)
      // Bits that are left as they were are not read.
      if declaration.places.contains(where: { facts.isPartial[$0] }) {
        differences.removeAll(where: declaration.places.contains)
      }
      if !differences.isEmpty || outcome.storage != first.storage
        || outcome.isInterrupt != first.isInterrupt
      {
        seenRead.insert(declaration.name)
      }
    }
  }

  private func checkStorage(
    _ i: Instruction, _ image: RegisterImage, _ storage: [UInt8],
    _ first: InstructionTrial.Outcome, _ facts: DeclaredPlaces, _ address: OperandAddress,
    ea: UInt64, block: UInt64,
    _ run: (RegisterImage, [UInt8]) throws -> InstructionTrial.Outcome
  ) throws {
    guard let access = row.storage, !first.isInterrupt else { return }
    let (above, below) = address.extent(i, first.before)
    let start = Int(ea &- block)
    let range = access.kind == .touch ? start..<start : start - below..<start + above
    let isUnchanged = first.storage == storage
    for (offset, byte) in isUnchanged ? [] : Array(first.storage.enumerated())
    where byte != storage[offset] {
      if access.kind == .load { problems.insert("stores, but says that it loads") }
      if !range.contains(offset) { problems.insert("stores outside its access") }
      if access.kind != .load { seenBytes.insert(offset - start) }
    }
    guard access.kind != .store, access.kind != .touch else { return }
    // Everything around it at once, then one byte of it.
    var other = storage
    var offset = 0
    while offset < other.count {
      if offset < range.lowerBound || offset >= range.upperBound { other[offset] ^= 0xFF }
      offset += 1
    }
    let outside = try run(image, other)
    if !differences(first, outside, facts).isEmpty || outside.isInterrupt {
      problems.insert("loads outside its access")
    }
    for offset in range where !seenBytes.contains(offset - start) {
      var other = storage
      other[offset] = UInt8(truncatingIfNeeded: random.next())
      let inside = try run(image, other)
      if !differences(first, inside, facts).isEmpty || inside.isInterrupt {
        seenBytes.insert(offset - start)
      }
    }
  }
}

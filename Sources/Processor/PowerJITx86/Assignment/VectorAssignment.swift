internal import PowerISA
internal import PowerJIT

/// The host registers of vector-scalar registers: throughout a region of those used most; and in a loop
/// within it that has no other loop inside, of those that the loop uses most.
struct VectorAssignment {
  /// XMM4 to XMM15.
  static let hosts: [HostVector] = (4...15).map { HostVector(number: $0) }

  /// One register with the host register that is assigned to it.
  struct Assigned: Equatable {
    let number: Int
    let host: HostVector
    /// Whether the host register's low half is doubleword 0, and the state has doubleword 1;
    /// otherwise it is as the state's.
    let isScalar: Bool
  }

  /// A vector derived from a register that does not change as long as the choice holds.
  struct AssignedDerived: Equatable {
    let vector: DerivedVector
    let host: HostVector
  }

  /// The assigned registers in some blocks.
  struct Choice: Equatable {
    private(set) var assigned: [Assigned] = []
    private(set) var derived: [AssignedDerived] = []
    private(set) var all: RegisterSet = []
    private var indices = InlineArray<64, Int8>(repeating: -1)

    static func == (first: Choice, second: Choice) -> Bool {
      first.assigned == second.assigned && first.derived == second.derived
    }

    subscript(number: Int) -> Assigned? {
      let index = Int(indices[number])
      return index < 0 ? nil : assigned[index]
    }

    subscript(vector: DerivedVector) -> HostVector? {
      derived.first { $0.vector == vector }?.host
    }

    /// Whether XMM3 is assigned.
    private(set) var hasXMM3 = false

    fileprivate mutating func add(_ register: Assigned) {
      indices[register.number] = Int8(truncatingIfNeeded: assigned.count)
      assigned.append(register)
      if register.host == .xmm3 { hasXMM3 = true }
      all.insert(RegisterSet(GuestRegister(vsr: register.number)))
    }

    fileprivate mutating func add(_ vector: AssignedDerived) {
      derived.append(vector)
      if vector.host == .xmm3 { hasXMM3 = true }
    }
  }

  /// The first is that of blocks outside of such loops.
  private(set) var choices: [Choice]
  /// By block.
  private(set) var choiceOfBlock: [Int]

  private static let loopLimit = 8

  /// - Parameters:
  ///   - wanted: registers in the order of how much they count.
  ///   - isScalar: by register, whether it is one of scalars most of the time.
  init(
    _ region: Region, wanted: [Int], isScalar: (Int) -> Bool, _ features: HostFeatures
  ) {
    var base = Choice()
    for (number, host) in zip(wanted, Self.hosts) {
      base.add(Assigned(number: number, host: host, isScalar: isScalar(number)))
    }
    choices = [base]
    choiceOfBlock = Array(repeating: 0, count: region.blocks.count)
    guard region.blocks.contains(where: { $0.uses.hasVectors }) else { return }
    for loop in region.innermostLoops.prefix(Self.loopLimit) {
      var choice = Self.choice(for: region.blocks[loop], base, isScalar, features)
      // Where others come back to a loop without vectors there is nothing to load.
      if choice == nil, region.entries.contains(where: loop.contains) { choice = Choice() }
      guard let choice, choice != base else { continue }
      for block in loop { choiceOfBlock[block] = choices.count }
      choices.append(choice)
    }
  }

  /// - Returns: nil where there are no vector-scalar registers.
  private static func choice(
    for blocks: ArraySlice<Region.Block>, _ base: Choice, _ isScalar: (Int) -> Bool,
    _ features: HostFeatures
  ) -> Choice? {
    var uses = LoopUses()
    var sparesXMM3 = features.avx
    for operation in blocks.lazy.flatMap(\.operations) {
      uses.note(operation)
      sparesXMM3 =
        sparesXMM3 && (!operation.vsr.isAny || operation.promises.contains(.sparesXMM3))
    }
    var hosts = hosts
    if sparesXMM3 { hosts.append(.xmm3) }
    let wanted = uses.wanted
    guard !wanted.isEmpty else { return nil }
    let chosen = wanted.prefix(hosts.count)
    var free = hosts
    func take(_ host: HostVector) { free.removeAll { $0 == host } }
    for number in chosen {
      if let known = base[number] { take(known.host) }
    }
    // Prefer registers that no other guest register has.
    let others = free.filter { host in !base.assigned.contains { $0.host == host } }
    free = others + free.filter { !others.contains($0) }
    var choice = Choice()
    for number in chosen {
      if let known = base[number] {
        choice.add(known)
      } else {
        choice.add(Assigned(number: number, host: free.removeFirst(), isScalar: isScalar(number)))
      }
    }
    if !uses.hasHelperCalls {
      for vector in derived(in: blocks, uses.changes) where !free.isEmpty {
        choice.add(AssignedDerived(vector: vector, host: free.removeFirst()))
      }
    }
    for assigned in base.assigned
    where choice[assigned.number] == nil && free.contains(assigned.host) {
      choice.add(assigned)
    }
    return choice
  }

  /// What is worked out of registers that the blocks do not change, most often first.
  private static func derived(
    in blocks: ArraySlice<Region.Block>, _ changes: RegisterSet
  ) -> [DerivedVector] {
    var counts: [(vector: DerivedVector, count: Int)] = []
    for operation in blocks.lazy.flatMap(\.operations) {
      for vector in operation.code.emitter?.derived(operation) ?? []
      where !changes.contains(GuestRegister(vsr: vector.source)) {
        if let index = counts.firstIndex(where: { $0.vector == vector }) {
          counts[index].count += 1
        } else {
          counts.append((vector, 1))
        }
      }
    }
    return counts.sorted { $0.count > $1.count }.map(\.vector)
  }
}

/// What an instruction works out of a register before it does its work: worth keeping where that
/// register stays as it is.
struct DerivedVector: Equatable {
  enum Form {
    /// Numbers of bits to shift words, doublewords, and the halfwords that are high and low in words.
    case words, doublewords, highHalfwords, lowHalfwords
    /// The same for the other way round of a rotation: from the width down.
    case wordComplements, doublewordComplements
    /// The host's control of a permutation of one vector, by `vperm` or by `vpermr`.
    case bytes, reversedBytes
  }

  let form: Form
  let source: Int
}

/// How much vector-scalar registers count in a loop.
private struct LoopUses {
  private var counts = InlineArray<64, Int>(repeating: 0)
  private(set) var changes: RegisterSet = []
  /// Those that results of computation are made in.
  private var computed: RegisterSet = []
  private(set) var hasHelperCalls = false

  mutating func note(_ o: Operation) {
    hasHelperCalls = hasHelperCalls || o.codeKind == .call
    for register in o.uses.vectors { counts[register] += 1 }
    changes.formUnion(o.changes)
    if o.storage == nil, o.code !== HostCode.copiesVector { computed.formUnion(o.changes) }
  }

  /// The weight for assignment: a register that is only loaded or copied counts less, and one that does
  /// not change in the loop least.
  private func weight(_ number: Int) -> Int {
    let register = GuestRegister(vsr: number)
    if !changes.contains(register) { return 2 * counts[number] }
    return 4 * counts[number] - (computed.contains(register) ? 0 : 3)
  }

  /// Those that are used, what counts most first.
  var wanted: [Int] {
    counts.indices.filter { counts[$0] > 0 }.sorted { (weight($0), $1) > (weight($1), $0) }
  }
}

extension RegisterSet {
  /// The numbers of its vector-scalar registers.
  fileprivate var vectors: [Int] {
    members.lazy.map { $0.number - GuestRegister.firstVector }.filter { $0 >= 0 }
  }
}

extension Region {
  /// Loops that have no other loop inside, as ranges of blocks.
  fileprivate var innermostLoops: [ClosedRange<Int>] {
    loops.filter { loop in
      !loops.contains { $0 != loop && $0.overlaps(loop) && $0.count <= loop.count }
    }
  }
}

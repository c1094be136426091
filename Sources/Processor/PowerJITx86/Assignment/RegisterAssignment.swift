internal import PowerISA
internal import PowerJIT

/// Which guest registers live in host registers throughout a region.
///
/// Between regions, and in regions without a loop, the registers of ``common`` are in host registers
/// and all others in the state. A region with a loop assigns its most used registers instead.
struct RegisterAssignment {
  typealias Pair = (guest: GuestRegister, host: HostRegister)

  /// What system software uses most, and where it lives: RSI, RDI, R8 to R14.
  static let common: [Pair] = [
    (1, 6), (9, 7), (3, 8), (31, 9), (10, 10), (4, 11), (0, 12), (8, 13), (30, 14),
  ].map { (GuestRegister(number: $0), HostRegister(number: $1)) }
  private static let allCommon = RegisterSet(common.map { RegisterSet($0.guest) })

  /// General registers, each with the host register that is assigned to it.
  private(set) var pairs: [Pair] = []
  /// Those that are in the state between regions.
  private(set) var added: [Pair] = []
  /// Registers that have a host register between regions and none here.
  private(set) var missing: [Pair] = []
  private var vectors: VectorAssignment
  private var numbers = InlineArray<64, Int8>(repeating: -1)
  private var changes: RegisterSet = []
  private var allGeneral: RegisterSet = []
  /// The guest registers that have host registers, as a set of ``MicroOperand/bit``.
  var general: UInt64 { UInt64(truncatingIfNeeded: allGeneral.rawValue) }
  /// Which of the choices for vector-scalar registers holds.
  private(set) var choice = 0

  var choices: [VectorAssignment.Choice] { vectors.choices }
  func choice(ofBlock block: Int) -> Int { vectors.choiceOfBlock[block] }
  mutating func choose(_ choice: Int) {
    self.choice = choice
    isCommon = missing.isEmpty && chosen.assigned.isEmpty && chosen.derived.isEmpty
  }
  /// The choice that holds.
  var chosen: VectorAssignment.Choice { vectors.choices[choice] }
  /// The assigned guest registers whose host register may differ from the state.
  var unsaved: RegisterSet {
    changes.intersection(allGeneral.union(chosen.all))
      .union(allGeneral.intersection(Self.allCommon))
  }

  init(_ region: Region, _ features: HostFeatures) {
    let hasLoops = region.blocks.contains { $0.depth > 0 }
    var used: RegisterSet = []
    for block in region.blocks {
      used.formUnion(block.uses)
      changes.formUnion(block.changes)
    }
    var weights = InlineArray<128, Int>(repeating: 0)
    var scalarWeights = InlineArray<128, Int>(repeating: 0)
    // Without a loop general registers have the common assignment.
    let isWeighed = hasLoops || used.hasVectors
    for block in region.blocks where isWeighed {
      let weight = 1 << (3 * block.depth)
      for operation in block.operations {
        for register in operation.uses.members {
          weights[register.number] += weight
          if operation.promises.contains(.isScalar) {
            scalarWeights[register.number] += weight
          }
        }
        if let storage = operation.storage, operation.instruction.ra.number != 0 {
          // An address is read to be checked and to be used, and written perhaps.
          weights[operation.instruction.ra.number] += weight * (storage.updates ? 2 : 1)
        }
      }
    }
    // A single use costs no more in memory.
    let wanted =
      isWeighed
      ? weights.indices.filter { weights[$0] > 1 }.sorted {
        (weights[$0], $1) > (weights[$1], $0)
      } : []
    let general = wanted.filter { $0 < GuestRegister.firstVector }
    vectors = VectorAssignment(
      region,
      wanted: wanted.filter { $0 >= GuestRegister.firstVector }.map {
        $0 - GuestRegister.firstVector
      },
      isScalar: {
        2 * scalarWeights[GuestRegister.firstVector + $0] > weights[GuestRegister.firstVector + $0]
      },
      features)
    chooseGeneral(
      hasLoops ? general.map { GuestRegister(number: $0) } : [])
    for pair in pairs { allGeneral.insert(RegisterSet(pair.guest)) }
    choose(0)
  }

  /// Assigns host registers: those of the common assignment where guest registers have them there.
  /// - Parameter wanted: those that are used, most first; none for those of ``common``.
  private mutating func chooseGeneral(_ wanted: [GuestRegister]) {
    if wanted.isEmpty {
      pairs = Self.common
    } else {
      var chosen = RegisterSet(wanted.prefix(Self.common.count).map { RegisterSet($0) })
      for (guest, _) in Self.common where chosen.members.count < Self.common.count {
        chosen.insert(RegisterSet(guest))
      }
      pairs = Self.common.filter { chosen.contains($0.guest) }
      missing = Self.common.filter { !chosen.contains($0.guest) }
      added = Array(
        zip(chosen.subtracting(Self.allCommon).members, missing.map(\.host))
      ).map { ($0, $1) }
      pairs += added
    }
    for (guest, host) in pairs { numbers[guest.number] = Int8(truncatingIfNeeded: host.number) }
  }

  /// Whether they are those between regions, and no others.
  private(set) var isCommon = true

  subscript(register: GuestRegister) -> HostRegister? {
    let number = numbers[register.number]
    return number < 0 ? nil : HostRegister(number: Int32(number))
  }

  /// What is assigned to a vector-scalar register.
  subscript(vsr number: Int) -> VectorAssignment.Assigned? { vectors.choices[choice][number] }
}

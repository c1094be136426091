internal import PowerISA

/// Which guest registers live in host registers throughout a region: those used most.
struct RegisterHomes {
  /// RSI, RDI, R8 to R14.
  static let hosts: [HostRegister] = [6, 7, 8, 9, 10, 11, 12, 13, 14].map {
    HostRegister(number: $0)
  }
  /// General registers with a home, and their homes.
  private(set) var pairs: [(guest: GuestRegister, host: HostRegister)] = []
  private var vectors: VectorHomes
  private var numbers = [Int8](repeating: -1, count: GuestRegister.firstVector)
  private var changes: RegisterSet = []
  private var allGeneral: RegisterSet = []
  /// Which of the choices for vector-scalar registers holds.
  private(set) var choice = 0

  var choices: [VectorHomes.Choice] { vectors.choices }
  func choice(ofBlock block: Int) -> Int { vectors.choiceOfBlock[block] }
  mutating func choose(_ choice: Int) { self.choice = choice }
  /// The choice that holds.
  var chosen: VectorHomes.Choice { vectors.choices[choice] }
  /// The guest registers with a home that some instruction changes.
  var changed: RegisterSet { changes.intersection(allGeneral.union(chosen.all)) }

  init(_ region: Region, _ features: HostFeatures) {
    var weights = [Int](repeating: 0, count: GuestRegister.count)
    var scalarWeights = [Int](repeating: 0, count: GuestRegister.count)
    for block in region.blocks {
      let weight = 1 << (3 * block.depth)
      for operation in block.operations {
        for register in operation.uses.members {
          weights[register.number] += weight
          if operation.isScalar { scalarWeights[register.number] += weight }
        }
        if let storage = operation.storage, operation.instruction.ra.number != 0 {
          // An address is read to be checked and to be used, and written perhaps.
          weights[operation.instruction.ra.number] += weight * (storage.updates ? 2 : 1)
        }
        changes.formUnion(operation.changes)
      }
    }
    // A single use costs no more in memory.
    let wanted = weights.indices.filter { weights[$0] > 1 }.sorted {
      (weights[$0], $1) > (weights[$1], $0)
    }
    let general = wanted.filter { $0 < GuestRegister.firstVector }
    vectors = VectorHomes(
      region,
      wanted: wanted.filter { $0 >= GuestRegister.firstVector }.map {
        $0 - GuestRegister.firstVector
      },
      isScalar: (GuestRegister.firstVector..<GuestRegister.count).map {
        2 * scalarWeights[$0] > weights[$0]
      }, features)
    for (number, host) in zip(general, Self.hosts) {
      let guest = GuestRegister(number: number)
      pairs.append((guest, host))
      numbers[number] = Int8(truncatingIfNeeded: host.number)
      allGeneral.insert(RegisterSet(guest))
    }
  }

  subscript(register: GuestRegister) -> HostRegister? {
    let number = numbers[register.number]
    return number < 0 ? nil : HostRegister(number: Int32(number))
  }

  /// The home of a vector-scalar register.
  subscript(vsr number: Int) -> VectorHomes.Home? { vectors.choices[choice][number] }
}

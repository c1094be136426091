internal import PowerISA

/// Which guest registers live in host registers throughout a region: those used most.
struct RegisterHomes {
  /// RSI, RDI, R8 to R14.
  static let hosts: [HostRegister] = [6, 7, 8, 9, 10, 11, 12, 13, 14].map {
    HostRegister(number: $0)
  }
  /// XMM4 to XMM15.
  static let vectorHosts: [HostVector] = (4...15).map { HostVector(number: $0) }

  /// Where a vector-scalar register lives.
  struct VectorHome {
    let number: Int
    let host: HostVector
    /// Whether the host register's low half is doubleword 0, and the state has doubleword 1;
    /// otherwise it is as the state's.
    let isScalar: Bool
  }

  /// General registers with a home, and their homes.
  private(set) var pairs: [(guest: GuestRegister, host: HostRegister)] = []
  private(set) var vectors: [VectorHome] = []
  private var numbers = [Int8](repeating: -1, count: GuestRegister.firstVector)
  private var vectorIndices = [Int8](repeating: -1, count: 64)
  /// The guest registers with a home that some instruction changes.
  private(set) var changed: RegisterSet = []
  private(set) var all: RegisterSet = []

  init(_ region: Region) {
    var weights = [Int](repeating: 0, count: GuestRegister.count)
    var scalarWeights = [Int](repeating: 0, count: GuestRegister.count)
    var changes: RegisterSet = []
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
    let (general, vector) = (
      wanted.filter { $0 < GuestRegister.firstVector },
      wanted.filter { $0 >= GuestRegister.firstVector }
    )
    for (number, host) in zip(general, Self.hosts) {
      let guest = GuestRegister(number: number)
      pairs.append((guest, host))
      numbers[number] = Int8(truncatingIfNeeded: host.number)
      all.insert(RegisterSet(guest))
    }
    for (number, host) in zip(vector, Self.vectorHosts) {
      let register = number - GuestRegister.firstVector
      vectorIndices[register] = Int8(truncatingIfNeeded: vectors.count)
      vectors.append(
        VectorHome(
          number: register, host: host, isScalar: 2 * scalarWeights[number] > weights[number]))
      all.insert(RegisterSet(GuestRegister(number: number)))
    }
    changed = changes.intersection(all)
  }

  subscript(register: GuestRegister) -> HostRegister? {
    let number = numbers[register.number]
    return number < 0 ? nil : HostRegister(number: Int32(number))
  }

  /// The home of a vector-scalar register.
  subscript(vsr number: Int) -> VectorHome? {
    let index = Int(vectorIndices[number])
    return index < 0 ? nil : vectors[index]
  }
}

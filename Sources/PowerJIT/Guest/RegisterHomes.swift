/// Which guest registers live in host registers throughout a region: those used most.
struct RegisterHomes {
  /// RSI, RDI, R8 to R14.
  static let hosts: [HostRegister] = [6, 7, 8, 9, 10, 11, 12, 13, 14].map {
    HostRegister(number: $0)
  }

  /// Guest registers with a home, and their homes.
  private(set) var pairs: [(guest: GuestRegister, host: HostRegister)] = []
  private var numbers = [Int8](repeating: -1, count: GuestRegister.count)
  /// The guest registers with a home that some instruction changes.
  private(set) var changed: RegisterSet = []
  private(set) var all: RegisterSet = []

  init(_ region: Region) {
    var weights = [Int](repeating: 0, count: GuestRegister.count)
    var changes: RegisterSet = []
    for block in region.blocks {
      let weight = 1 << (3 * block.depth)
      for operation in block.operations {
        for register in operation.uses.members { weights[register.number] += weight }
        changes.formUnion(operation.changes)
      }
    }
    // A single use costs no more in memory.
    let wanted = weights.indices.filter { weights[$0] > 1 }.sorted {
      (weights[$0], $1) > (weights[$1], $0)
    }
    for (number, host) in zip(wanted, Self.hosts) {
      let guest = GuestRegister(number: number)
      pairs.append((guest, host))
      numbers[number] = Int8(truncatingIfNeeded: host.number)
      all.insert(RegisterSet(guest))
    }
    changed = changes.intersection(all)
  }

  subscript(register: GuestRegister) -> HostRegister? {
    let number = numbers[register.number]
    return number < 0 ? nil : HostRegister(number: Int32(number))
  }
}

internal import DeviceTree
internal import PlatformTree
internal import PowerISA

/// One capability: its name, its form in a tree, and what a machine must have for a guest whose
/// tree advertises it.
struct CapabilityRow: Sendable {
  /// Its name in streams: short, and never changed.
  let key: String
  /// Its name in messages.
  let name: String
  let rule: Rule
  /// The value in the guest's tree; nil when the tree has none.
  let advertised: @Sendable (TreeReading) -> [String]?
  /// What the machine of the tree has, where that is more than the tree advertises.
  var offered: (@Sendable (TreeReading) -> [String]?)?

  enum Rule: Sendable {
    /// The same number.
    case equal
    /// That number or a larger one.
    case atLeast
    /// All of the names.
    case subset

    /// The values in `advertised` that `available` lacks.
    func missing(_ advertised: [String], _ available: [String]) -> [String] {
      switch self {
      case .equal: advertised == available ? [] : advertised
      case .subset:
        // Streams and trees may have any number of names.
        Self.without(Set(available), advertised)
      case .atLeast:
        // Numbers of a stream may be anything.
        if let advertised = Self.number(advertised), let available = Self.number(available),
          available >= advertised
        {
          []
        } else {
          advertised
        }
      }
    }

    /// The values in `advertised` that a machine with `available` has.
    func limited(_ advertised: [String], to available: [String]) -> [String] {
      switch self {
      case .equal: available
      case .subset: Self.within(Set(available), advertised)
      case .atLeast: missing(advertised, available).isEmpty ? advertised : available
      }
    }

    /// What `advertised` changes to where a machine that offered `now` offers `then`.
    func changed(_ advertised: [String], from now: [String], to then: [String]) -> [String] {
      switch self {
      case .equal: advertised == now ? then : advertised
      case .subset:
        Self.without(Set(now).subtracting(then), advertised)
          + Self.without(Set(now).union(advertised), then)
      case .atLeast: advertised == now ? then : limited(advertised, to: then)
      }
    }

    private static func within(_ known: Set<String>, _ names: [String]) -> [String] {
      names.filter { known.contains($0) }
    }

    private static func without(_ known: Set<String>, _ names: [String]) -> [String] {
      names.filter { !known.contains($0) }
    }

    private static func number(_ values: [String]) -> UInt64? {
      values.count == 1 ? UInt64(values[0]) : nil
    }
  }
}

extension CapabilityRow {
  /// A number in a cell of the processor's node.
  private init(
    _ key: String, _ name: String, _ rule: Rule, cell property: String, absent: UInt32? = nil
  ) {
    self.init(key: key, name: name, rule: rule) { reading in
      (reading.processor[property]?.cell ?? absent).map { [String($0)] }
    }
  }

  /// Names, some of which may be there.
  private init(
    _ key: String, names name: String, offered: (@Sendable (TreeReading) -> [String]?)? = nil,
    _ advertised: @escaping @Sendable (TreeReading) -> [String]?
  ) {
    self.init(key: key, name: name, rule: .subset, advertised: advertised, offered: offered)
  }

  /// Every capability. Values that concern only speed, such as the size of a cache, are not capabilities.
  static let all: [CapabilityRow] = translation + facilities + platform

  /// The key of a name; of a name without a row, which only a stream has, the name.
  static func key(of name: String) -> String { all.first { $0.name == name }?.key ?? name }
  /// The name of a key, the other way round.
  static func name(of key: String) -> String { all.first { $0.key == key }?.name ?? key }

  private static let translation: [CapabilityRow] = [
    CapabilityRow("mmu", names: "translation") { $0.translations },
    CapabilityRow("slb", "SLB entries", .atLeast, cell: "ibm,slb-size"),
    CapabilityRow("segs", names: "segment sizes") { $0.segmentSizes },
    CapabilityRow("hptpages", names: "pages of hash translation") { $0.hashPages },
    CapabilityRow("radixpages", names: "pages of radix translation") { $0.radixPages },
    CapabilityRow(key: "dkeys", name: "storage keys for data", rule: .atLeast) {
      $0.storageKeys(at: 0)
    },
    CapabilityRow(key: "ikeys", name: "storage keys for instructions", rule: .atLeast) {
      $0.storageKeys(at: 1)
    },
  ]

  private static let facilities: [CapabilityRow] = [
    CapabilityRow("vec", names: "vector facilities") {
      switch $0.processor["ibm,vmx"]?.cell ?? 0 {
      case 0: []
      case 1: ["VMX"]
      default: ["VMX", "VSX"]
      }
    },
    CapabilityRow("dfp", "decimal floating point", .atLeast, cell: "ibm,dfp", absent: 0),
    CapabilityRow("purr", "PURR", .atLeast, cell: "ibm,purr", absent: 0),
    CapabilityRow("spurr", "SPURR", .atLeast, cell: "ibm,spurr", absent: 0),
    CapabilityRow("tm", names: "transactional memory") {
      $0.attributes?[.transactionalMemory] == true ? ["available"] : []
    },
    CapabilityRow(key: "dawr", name: "DAWRs", rule: .atLeast) { [String($0.dataWatchpoints)] },
    CapabilityRow("decbits", "bits of the decrementer", .atLeast, cell: "ibm,dec-bits", absent: 32),
    CapabilityRow("pa", names: "processor attributes") { $0.otherAttributes },
    CapabilityRow(key: "threads", name: "threads of a core", rule: .atLeast) {
      $0.processor["ibm,ppc-interrupt-server#s"]?.cells.map { [String($0.count)] }
    },
    // dcbz clears a block, and its size is advertised to programs.
    CapabilityRow("dblock", "data cache block", .equal, cell: "d-cache-block-size"),
    CapabilityRow("iblock", "instruction cache block", .equal, cell: "i-cache-block-size"),
    CapabilityRow("tbfreq", "timebase frequency", .equal, cell: "timebase-frequency"),
  ]

  private static let platform: [CapabilityRow] = [
    CapabilityRow("ic", names: "interrupt controller", offered: { $0.offeredControllers }) {
      $0.controllers
    },
    CapabilityRow("hcall", names: "hypercalls") { $0.hypercalls },
    CapabilityRow("rtas", names: "RTAS calls") { $0.rtasCalls },
    CapabilityRow("vec5", names: "options of vector 5") { $0.vector5Options },
    CapabilityRow("kvm", names: "KVM's hypercall instructions") { $0.hypercallInstructions },
  ]
}

package import DeviceTree
internal import HostSupport
internal import Hypervisor
internal import RTAS

extension TreeRule {
  private static let rtasBinding = "LoPAR appendix B, RTAS Node"
  private static let rtasCalls = "LoPAR chapter 7, RTAS Call Definition"
  private static let functionSets = "LoPAR chapter 14, Hypervisor Call Function Table"

  static let calls: [TreeRule] = [
    TreeRule("rtas-property", "RTAS has its size and its error log's", rtasBinding) { tree in
      guard tree.rtas != nil else { return [] }
      return ["rtas-size", "rtas-error-log-max"].filter { !tree.rtasNames.contains($0) }
        .map { Violation("/rtas", "\($0) is missing") }
    },
    TreeRule("required-rtas-call", "calls every platform has have tokens", rtasCalls) { tree in
      guard tree.rtas != nil else { return [] }
      return requiredCalls(tree).filter { !tree.rtasNames.contains($0) }
        .map { Violation("/rtas", "\($0) has no token") }
    },
    TreeRule("rtas-token", "a token is one cell and belongs to one call", rtasBinding) { tree in
      guard let rtas = tree.rtas else { return [] }
      var owners: [UInt32: String] = [:]
      return rtas.properties.compactMap { property in
        guard RTASNames.isToken(property) else { return nil }
        guard let token = property.value.cell else {
          return Violation("/rtas", "\(property.name) is not one cell")
        }
        defer { owners[token] = property.name }
        return owners[token].map {
          Violation("/rtas", "\(property.name) and \($0) both have token \(token.hexadecimal())")
        }
      }
    },
    TreeRule("announced-without-token", "what is announced can be called", rtasCalls) { tree in
      let names = tree.rtasNames
      return RTASNames.announcements
        .filter { names.contains($0.property) && !names.contains($0.call) }
        .map { Violation("/rtas", "\($0.property), but \($0.call) has no token") }
    },
    TreeRule("function-set-duplicate", "a function set is announced once", functionSets) { tree in
      tree.functionSetNames.count == tree.functionSets.count
        ? [] : [Violation("/rtas", "a string is in ibm,hypertas-functions twice")]
    },
    TreeRule("function-set-unknown", "announced function sets are known", functionSets) { tree in
      let known = Set(Hypercall.all.compactMap(\.set.name))
      return tree.functionSets.filter { !known.contains($0) }
        .map { Violation("/rtas", "no function set is called \($0)") }
    },
    TreeRule("function-set-missing", "sets every partition needs are announced", functionSets) {
      tree in
      guard tree.rtas != nil else { return [] }
      let sets = tree.functionSetNames
      let required: [FunctionSet] = [.pft, .sprg0, .copy, .debug, .term]
      return required.compactMap(\.name)
        .filter { !sets.contains($0) }
        .map { Violation("/rtas", "\($0) is not announced") }
    },
    TreeRule("several-processors", "processors beyond the first can be started", rtasCalls) {
      tree in
      guard tree.processors.count > 1, tree.rtas != nil else { return [] }
      return ["start-cpu", "query-cpu-stopped-state", "stop-self"]
        .filter { !tree.rtasNames.contains($0) }
        .map { Violation("/rtas", "\(tree.processors.count) processors, but no \($0)") }
    },
  ]

  private static func requiredCalls(_ tree: CheckedTree) -> [String] {
    let hasBuses = tree.root.children.contains { $0["device_type"]?.string == "pci" }
    return RTASNames.required + (hasBuses ? RTASNames.requiredForBuses : [])
  }
}

/// Names that `/rtas` may have.
package enum RTASNames {
  /// LoPAR "RTAS Call Definition", those that are not an option's.
  static let required = [
    "nvram-fetch", "nvram-store", "get-time-of-day", "set-time-of-day", "event-scan",
    "check-exception", "rtas-last-error", "set-indicator", "system-reboot",
  ]
  /// The same, where there are PCI buses.
  static let requiredForBuses = [
    "ibm,read-pci-config", "ibm,write-pci-config", "ibm,read-slot-reset-state2",
    "ibm,get-config-addr-info2",
  ]

  /// Names of calls, which have no other meaning: those served here, and those required.
  private static let known: Set<String> = Set(required + requiredForBuses).union(RTASTable.allNames)

  /// Properties of one cell that are not tokens (LoPAR "RTAS Node Properties"), those that every
  /// node may have, and those that a client program adds.
  private static let otherCells: Set<String> = [
    "rtas-event-scan-rate", "rtas-version", "rtas-size", "rtas-display-device",
    "rtas-error-log-max", "power-on-max-latency", "ibm,display-line-length",
    "ibm,display-number-of-lines", "ibm,display-truncation-length", "ibm,form-feed",
    "ibm,flash-block-version", "ibm,dma-delay-time", "ibm,associativity-reference-points",
    "ibm,max-associativity-domains", "ibm,current-associativity-domains",
    "ibm,request-partition-shutdown", "ibm,rks-hcalls", "ibm,reset-capabilities",
    "ibm,configure-kernel-dump-version", "ibm,read-slot-reset-state-functions",
    "name", "device_type", "compatible", "status", "phandle", "linux,phandle", "ibm,phandle",
    "linux,rtas-base", "linux,rtas-entry",
  ]

  /// Whether a property of `/rtas` holds the token of a call: LoPAR gives every call a property of
  /// its name, also calls that are not known here.
  package static func isToken(_ property: Property) -> Bool {
    if known.contains(property.name) { return true }
    return property.value.cell != nil && !otherCells.contains(property.name)
  }

  /// Properties that promise something of a call.
  static let announcements: [(property: String, call: String)] = [
    ("ibm,extended-os-term", "ibm,os-term"),
    ("rtas-event-scan-rate", "event-scan"),
    ("ibm,change-msix-capable", "ibm,change-msi"),
    ("ibm,configure-kernel-dump-sizes", "ibm,configure-kernel-dump"),
    ("ibm,configure-kernel-dump-version", "ibm,configure-kernel-dump"),
    ("ibm,nmi-register", "ibm,nmi-interlock"),
    ("ibm,read-slot-reset-state-functions", "ibm,read-slot-reset-state2"),
    ("ibm,reset-capabilities", "ibm,set-slot-reset"),
    ("ibm,errinjct-tokens", "ibm,errinjct"),
    ("nvram-fetch", "nvram-store"),
    ("start-cpu", "stop-self"),
  ]
}

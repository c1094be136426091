public import MachineDescription
public import DeviceTree
public import OpenFirmware
internal import PowerISA

/// The tree a PAPR guest expects, made from the machine's description, the calls that are served
/// and, once a client has negotiated, what it got.
public enum PlatformTree {
  /// Builds the tree.
  /// - Parameters:
  ///   - description: the machine.
  ///   - served: what the dispatch tables answer.
  ///   - negotiated: nil before a client has called `ibm,client-architecture-support`.
  public static func build(
    _ description: MachineDescription, served: ServedCalls,
    negotiated: NegotiatedArchitecture? = nil
  ) throws(MachineDescriptionError) -> DeviceTree {
    try description.validate()
    let plan = TreePlan(description, served, negotiated)
    var root = plan.rootNode()
    root.children.append(plan.chosenNode())
    root.children += plan.memoryNodes()
    if let node = plan.dynamicMemoryNode() { root.children.append(node) }
    root.children.append(plan.processorsNode())
    root.children.append(plan.rtasNode())
    root.children.append(plan.interruptControllerNode())
    if let node = plan.eventSourcesNode() { root.children.append(node) }
    if let node = plan.virtualDevicesNode() { root.children.append(node) }
    root.children += plan.pciBridgeNodes()
    if let node = plan.platformFacilitiesNode() { root.children.append(node) }
    if let node = plan.hypervisorNode() { root.children.append(node) }
    return DeviceTree(root: root, reservations: plan.reservations())
  }
}

/// What the nodes are made from. One extension for each node, in Nodes/.
struct TreePlan {
  let description: MachineDescription
  let served: ServedCalls
  let negotiated: NegotiatedArchitecture?
  /// The level that processors show: the negotiated one or, before that, the limit.
  let level: CompatibilityLevel?
  let isa: ISALevel
  let associativity: Associativity

  init(
    _ description: MachineDescription, _ served: ServedCalls, _ negotiated: NegotiatedArchitecture?
  ) {
    self.description = description
    self.served = served
    self.negotiated = negotiated
    level = negotiated.map(\.level) ?? description.maximumLevel
    isa = description.processor.problemStateISA(at: level)
    associativity = Associativity(description, negotiated?.associativity ?? .form1)
  }

  var processor: ProcessorModel { description.processor }
  var isQEMU: Bool { description.flavor == .qemu }

  var realModeArea: UInt64 { description.realModeArea }

  var dynamicMemory: DynamicMemoryForm { negotiated?.dynamicMemory ?? description.dynamicMemory }

  /// Where memory must be kept from a client that is entered with the tree.
  func reservations() -> [DeviceTree.Reservation] {
    var ranges = [description.kernel, description.initrd]
    if description.entry == .flat {
      ranges.append(.init(address: rtasAddress, size: UInt64(rtasSize)))
    }
    return ranges.compactMap { $0 }.map { .init(address: $0.address, size: $0.size) }
  }
}

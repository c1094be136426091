public import DeviceTree

extension DeviceTree {
  /// The "cpu" node of the processor that boots.
  public var bootProcessorNode: Node? {
    processors.first { node in
      let servers = node["ibm,ppc-interrupt-server#s"] ?? node["reg"]
      return servers?.cells?.contains(bootProcessor) ?? false
    }
  }

  /// The nodes of processors, in the order of the tree.
  var processors: [Node] {
    (root.child(named: "cpus")?.children ?? []).filter { $0["device_type"]?.string == "cpu" }
  }
}

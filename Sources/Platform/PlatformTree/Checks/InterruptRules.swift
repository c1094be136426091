internal import DeviceTree
internal import HostSupport

extension TreeRule {
  private static let interruptsSection = "Devicetree Specification 2.4"

  static let interrupts: [TreeRule] = [
    TreeRule(
      "interrupt-parent", "interrupt-parent names an interrupt controller",
      "Devicetree Specification 2.4.1"
    ) { tree in
      let controllers = Set(
        tree.nodes.filter(\.node.isInterruptProvider).compactMap(\.node.phandle))
      return tree.nodes.compactMap { path, node in
        guard let parent = node["interrupt-parent"]?.cell, !controllers.contains(parent) else {
          return nil
        }
        return Violation(path, "no interrupt controller has phandle \(parent.hexadecimal())")
      }
    },
    TreeRule(
      "interrupt-cells", "interrupt controllers, and no other nodes, have #interrupt-cells",
      interruptsSection
    ) { tree in
      tree.nodes.compactMap { path, node in
        switch (node.isInterruptProvider, node.has("#interrupt-cells")) {
        case (true, false): Violation(path, "#interrupt-cells is missing")
        case (false, true): Violation(path, "#interrupt-cells, but no interrupt controller")
        default: nil
        }
      }
    },
    TreeRule(
      "interrupts-form", "interrupts has whole entries of its controller's cells", interruptsSection
    ) { tree in
      let controllers = tree.interruptControllers
      return zip(tree.nodes, controllers).compactMap { entry, controller in
        guard let value = entry.node["interrupts"] else { return nil }
        guard let controller else {
          return Violation(entry.path, "interrupts without a controller")
        }
        guard let cells = controller.interruptCells else { return nil }
        let (bytes, size) = (value.bytes.count, 4 * cells)
        return size > 0 && bytes.isMultiple(of: size)
          ? nil : Violation(entry.path, "interrupts has \(bytes) bytes, not a multiple of \(size)")
      }
    },
    TreeRule(
      "interrupt-map-form", "interrupt-map has whole entries and leads to interrupt controllers",
      "Devicetree Specification 2.4.3"
    ) { tree in
      var providers: [UInt32: (interrupts: Int?, addresses: Int)] = [:]
      for (_, node) in tree.nodes {
        if let phandle = node.phandle, providers[phandle] == nil {
          providers[phandle] = (node.interruptCells, Int(node["#address-cells"]?.cell ?? 0))
        }
      }
      return tree.nodes.compactMap { path, node in
        node["interrupt-map"].flatMap { value in
          mapProblem(value, node) { providers[$0] }.map { Violation(path, $0) }
        }
      }
    },
  ]

  /// What is wrong with an interrupt map, if anything.
  private static func mapProblem(
    _ map: PropertyValue, _ node: Node, _ provider: (UInt32) -> (interrupts: Int?, addresses: Int)?
  ) -> String? {
    let own = node.addressCells + (node.interruptCells ?? 0)
    if let mask = node["interrupt-map-mask"], mask.bytes.count != 4 * own {
      return "interrupt-map-mask has \(mask.bytes.count) bytes instead of \(4 * own)"
    }
    guard let cells = map.cells else { return "interrupt-map is not made of cells" }
    var index = 0
    while index < cells.count {
      guard own < cells.count - index else { return "interrupt-map ends in the middle of an entry" }
      let phandle = cells[index + own]
      guard let parent = provider(phandle), let interrupts = parent.interrupts else {
        return
          "interrupt-map leads to phandle \(phandle.hexadecimal()), which is no interrupt controller's"
      }
      index += own + 1
      guard parent.addresses + interrupts <= cells.count - index else {
        return "interrupt-map ends in the middle of an entry"
      }
      index += parent.addresses + interrupts
    }
    return nil
  }
}

extension Node {
  /// Whether interrupts of other nodes lead here.
  var isInterruptProvider: Bool { has("interrupt-controller") || has("interrupt-map") }

  var interruptCells: Int? { self["#interrupt-cells"]?.cell.map { Int($0) } }
}

extension CheckedTree {
  /// Where the interrupts of each node lead: to what it or the next node above names as its
  /// `interrupt-parent`, or to the next node above that is an interrupt controller.
  fileprivate var interruptControllers: [Node?] {
    var byPhandle: [UInt32: Node] = [:]
    for (_, node) in nodes {
      if let phandle = node.phandle, byPhandle[phandle] == nil { byPhandle[phandle] = node }
    }
    var controllers: [Node?] = []
    for (entry, parent) in zip(nodes, parents) {
      if let named = entry.node["interrupt-parent"] {
        controllers.append(named.cell.flatMap { byPhandle[$0] })
      } else if let parent {
        let above = nodes[parent].node
        controllers.append(above.isInterruptProvider ? above : controllers[parent])
      } else {
        controllers.append(nil)
      }
    }
    return controllers
  }
}

internal import DeviceTree
internal import HostSupport
internal import Hypervisor

extension TreeRule {
  private static let virtual = "LoPAR chapter 17, Virtual I/O"

  static let devices: [TreeRule] = [
    TreeRule("device-without-calls", "devices exist where their calls are served", virtual) {
      tree in
      tree.nodes.flatMap { path, node in
        missingCalls(of: node, in: tree).map { Violation(path, $0) }
      }
    },
    TreeRule(
      "events-without-calls", "event sources exist where RTAS has event calls",
      "LoPAR appendix B, event-sources Node"
    ) { tree in
      guard let node = tree.root.child(named: "event-sources"), tree.rtas != nil else { return [] }
      let calls =
        ["check-exception"]
        + (node.child(named: "hot-plug-events") == nil ? [] : ["ibm,configure-connector"])
      let missing = calls.filter { !tree.rtasNames.contains($0) }
      return missing.map { Violation("/event-sources", "\($0) has no token") }
    },
    TreeRule(
      "terminal-number", "terminals have the numbers of ibm,termno",
      "LoPAR appendix B, ibm,termno"
    ) { tree in
      guard let range = tree.rtas?["ibm,termno"]?.cells, range.count == 2 else { return [] }
      return tree.nodes.compactMap { path, node in
        guard isTerminal(node), let unit = node["reg"]?.cell,
          unit < range[0] || unit - range[0] >= range[1]
        else { return nil }
        return Violation(path, "unit address \(unit.hexadecimal()) is not among ibm,termno")
      }
    },
    TreeRule(
      "interrupt-controller", "there is one presentation controller",
      "LoPAR appendix B, Interrupt Controllers"
    ) { tree in
      let count = tree.nodes.count {
        $0.node["device_type"]?.string == "PowerPC-External-Interrupt-Presentation"
          || $0.node["compatible"]?.strings?.contains("ibm,power-ivpe") ?? false
      }
      return count > 0 ? [] : [Violation("/", "no interrupt presentation controller")]
    },
  ]

  private static func isTerminal(_ node: Node) -> Bool {
    node["compatible"]?.strings?.contains { $0.hasPrefix("hvterm") } ?? false
  }

  private static func missingCalls(of node: Node, in tree: CheckedTree) -> [String] {
    guard tree.rtas != nil else { return [] }
    func set(_ set: FunctionSet) -> [String] {
      guard let name = set.name, !tree.functionSetNames.contains(name) else { return [] }
      return ["\(name) is not announced"]
    }
    func call(_ name: String) -> [String] {
      tree.rtasNames.contains(name) ? [] : ["\(name) has no token"]
    }

    let compatible = node["compatible"]?.strings ?? []
    if isTerminal(node) { return set(.term) }
    if node["device_type"]?.string == "nvram" { return call("nvram-fetch") + call("nvram-store") }
    if compatible.contains("IBM,v-scsi") { return set(.crq) }
    if compatible.contains("IBM,l-lan") { return set(.lLAN) }
    if compatible.contains("ibm,random") { return set(.random) }
    if compatible.contains("IBM,ppc-xicp") {
      return set(.interrupt) + ["ibm,set-xive", "ibm,get-xive"].flatMap(call)
    }
    if compatible.contains("ibm,power-ivpe") { return set(.interruptExploitation) }
    return []
  }
}

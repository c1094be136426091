internal import MachineDescription
internal import DeviceTree

extension TreePlan {
  /// The presentation controllers. A partition reaches them by hypercalls, so that they have no
  /// registers to describe.
  func interruptControllerNode() -> Node {
    let phandle = PropertyValue.cell(interruptController)
    return Node(
      "interrupt-controller",
      properties: [
        Property("device_type", .string("PowerPC-External-Interrupt-Presentation")),
        Property("compatible", .string("IBM,ppc-xicp")),
        Property("interrupt-controller", .empty),
        Property(
          "ibm,interrupt-server-ranges", .cells([0, UInt32(description.topology.maximum)])),
        Property("#interrupt-cells", .cell(2)),
        Property("linux,phandle", phandle),
        Property("phandle", phandle),
      ])
  }

  /// The phandle of the presentation controllers, QEMU's.
  var interruptController: UInt32 { 0x1111 }

  /// Interrupts that RTAS explains.
  func eventSourcesNode() -> Node? {
    guard served.hasRTAS("check-exception") else { return nil }
    return Node(
      "event-sources",
      properties: [
        Property("interrupt-controller", .empty),
        Property("#interrupt-cells", .cell(2)),
        Property("interrupt-ranges", .cells([InterruptSource.epow, 1])),
      ],
      children: [
        Node("epow-events", properties: [Property("interrupts", edge(InterruptSource.epow))])
      ])
  }

  /// An interrupt specifier: source and sense, 0 for a rising edge.
  func edge(_ source: UInt32) -> PropertyValue { .cells([source, 0]) }
}

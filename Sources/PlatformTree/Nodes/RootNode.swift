internal import DeviceTree

extension TreePlan {
  /// The root without its children.
  func rootNode() -> Node {
    let identity = description.identity
    var root = Node("")
    root["device_type"] = .string("chrp")
    root["model"] = .string(
      identity.model ?? (isQEMU ? "IBM pSeries (emulated by qemu)" : "IBM pSeries (emulated)"))
    // Guests know a paravirtualised partition without an HMC by this name.
    root["compatible"] = .string("qemu,pseries")
    root["#address-cells"] = .cell(2)
    root["#size-cells"] = .cell(2)
    root["vm,uuid"] = .string(identity.uuid)
    let isNamed = identity.uuid.contains { $0 != "0" && $0 != "-" }
    if let systemID = identity.systemID ?? (isNamed ? identity.uuid : nil) {
      root["system-id"] = .string(systemID)
    }
    if isNamed && !isQEMU { root["ibm,partition-uuid"] = .string(identity.uuid) }
    if !isQEMU { root["ibm,partition-no"] = .cell(identity.number) }
    if let name = identity.name { root["ibm,partition-name"] = .string(name) }
    if let model = identity.hostModel { root["host-model"] = .string(model) }
    if let serial = identity.hostSerial { root["host-serial"] = .string(serial) }
    return root
  }
}

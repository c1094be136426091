internal import Hypervisor
internal import MachineDescription
internal import DeviceTree

extension TreePlan {
  /// The root without its children.
  func rootNode() -> Node {
    let identity = description.identity
    var root = Node("")
    root["device_type"] = .string("chrp")
    root["model"] = .string(model)
    // Guests know a paravirtualised partition without an HMC by this name.
    root["compatible"] = .string("qemu,pseries")
    root["#address-cells"] = .cell(2)
    root["#size-cells"] = .cell(2)
    // Lower-case (LoPAR "ibm,partition-uuid").
    let uuid = identity.uuid.lowercased()
    root["vm,uuid"] = .string(uuid)
    let isNamed = uuid.contains { $0 != "0" && $0 != "-" }
    if isQEMU {
      if let systemID = identity.systemID ?? (isNamed ? uuid : nil) {
        root["system-id"] = .string(systemID)
      }
    } else {
      if let systemID = identity.systemID ?? identity.machineSerial?.systemID {
        root["system-id"] = .string(systemID)
      }
      if isNamed { root["ibm,partition-uuid"] = .string(uuid) }
      root["ibm,partition-no"] = .cell(identity.number)
      if served.hasHypercalls(.splpar) {
        root["ibm,partition-performance-parameters-level"] = .cell(1)
      }
    }
    if let name = isQEMU ? identity.name : identity.partitionName {
      root["ibm,partition-name"] = .string(name)
    }
    if let model = identity.hostModel { root["host-model"] = .string(model) }
    if let serial = identity.hostSerial { root["host-serial"] = .string(serial) }
    return root
  }

  /// The machine's own model, or vendor, type and model of the machine that it says it is on (LoPAR
  /// "System Identification").
  private var model: String {
    let identity = description.identity
    if let model = identity.model { return model }
    if isQEMU { return "IBM pSeries (emulated by qemu)" }
    return identity.machineType ?? "IBM pSeries (emulated)"
  }
}

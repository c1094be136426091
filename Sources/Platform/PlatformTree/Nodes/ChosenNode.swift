internal import Hypervisor
internal import MachineDescription
internal import DeviceTree
internal import OpenFirmware

extension TreePlan {
  func chosenNode() -> Node {
    var node = Node("chosen")
    node["bootargs"] = .string(description.bootProgram?.arguments ?? description.bootArguments)
    if let program = description.bootProgram {
      node["bootpath"] = .string(program.path)
      // Clients configure the network from it (IEEE 1275, TFTP Booting Extension).
      if !program.response.isEmpty { node["bootp-response"] = .bytes(program.response) }
    }
    if !description.bootOrder.isEmpty {
      node["qemu,boot-list"] = .string(description.bootOrder.joined(separator: " "))
    }
    if let initrd = description.initrd {
      node["linux,initrd-start"] = address(initrd.address)
      node["linux,initrd-end"] = address(initrd.address + initrd.size)
    }
    if let kernel = description.kernel {
      var range = PropertyValue.u64(kernel.address)
      range.append(kernel.size)
      node["qemu,boot-kernel"] = range
      if description.kernelIsLittleEndian { node["qemu,boot-kernel-le"] = .empty }
    }
    if served.hasHypercalls(.term), let terminal = description.devices.terminals.first {
      let path = "/vdevice/" + Self.terminalName(terminal)
      node["linux,stdout-path"] = .string(path)
      node["stdout-path"] = .string(path)
    }
    if !description.randomSeed.isEmpty { node["rng-seed"] = .bytes(description.randomSeed) }
    node["ibm,arch-vec-5-platform-support"] = .bytes(
      description.platformOffer(served: served).platformSupport)
    // Two zero bytes are a vector with one data byte and nothing in it.
    node["ibm,architecture-vec-5"] = .bytes(negotiated?.architectureVector5 ?? [0, 0])
    return node
  }

  /// One cell, or two when one is not enough.
  private func address(_ address: UInt64) -> PropertyValue {
    UInt32(exactly: address).map { .cell($0) } ?? .u64(address)
  }
}

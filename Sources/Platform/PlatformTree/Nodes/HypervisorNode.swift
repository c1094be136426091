internal import MachineDescription
internal import DeviceTree
internal import Hypervisor

extension TreePlan {
  /// `/hypervisor`: how to make a hypercall of KVM's (ePAPR 1.1, 7.5).
  func hypervisorNode() -> Node? {
    guard description.hasKVMParavirtual else { return nil }
    var node = Node("hypervisor")
    node["compatible"] = .string("linux,kvm")
    node["hcall-instructions"] = .cells(ParavirtualCalls.instructions)
    return node
  }
}

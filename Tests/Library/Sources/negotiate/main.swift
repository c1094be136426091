import MachineDescription
import OpenFirmware
import PlatformTree
import PowerISA

// What a client passes to ibm,client-architecture-support: pairs of mask and value for the levels
// of POWER8 and POWER9 and, at the end, all up to 2.04; then no option vector but an empty one.
let vector = try ArchitectureVector(
  [
    0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x00, 0x04,
    0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x00, 0x05,
    0xFF, 0xFF, 0xFF, 0xFE, 0x0F, 0x00, 0x00, 0x01,
    0x00, 0x00, 0x00,
  ])

let machine = MachineDescription(
  processor: .power10, topology: try ProcessorTopology(processors: 1))
let served = ServedCalls(for: machine)
let negotiation = Negotiation(vector, machine.platformOffer(served: served))
print(negotiation)

switch negotiation.outcome {
case .success(let architecture):
  print("level", architecture.level?.name ?? "none", "PCR", architecture.pcr)
  let tree = try PlatformTree.build(machine, served: served, negotiated: architecture)
  print(tree.nodeCount, "nodes")
case .failure(let failure):
  print("the client would not boot: \(failure)")
}

import MachineDescription
import OpenFirmware
import PlatformTree
import PowerISA

// What a client passes to ibm,client-architecture-support: it accepts the levels of POWER8 and
// POWER9 (two pairs of mask and value), and has no option vectors.
let vector = try ArchitectureVector(
  [
    0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x00, 0x04,
    0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x00, 0x05,
    0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF,
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

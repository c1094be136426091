import DeviceTree
import MachineDescription
import PlatformTree
import PowerISA

// A POWER9 with four processors and 2 GiB that is limited to the POWER8 level.
let machine = MachineDescription(
  processor: .power9, maximumLevel: .power8, topology: try ProcessorTopology(processors: 4),
  memory: 2 << 30)
var tree = try PlatformTree.build(machine, served: ServedCalls(for: machine))

// A property and a node of one's own.
tree.update("/chosen") { $0["bootargs"] = .string("console=hvc0") }
tree.add(Node("board", properties: [Property("serial", .cells([1, 2]))], children: []), to: "/")

let blob = try tree.blob()
let again = try DeviceTree(blob: blob)
print("\(again.nodeCount) nodes, \(blob.count) bytes")
print("cpu-version", again["/cpus/PowerPC,POWER9@0"]?["cpu-version"]?.cell ?? 0)
print(again["/board"]?.sourceText() ?? "no board")

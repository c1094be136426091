import Machine
import MachineDescription
import PowerISA
import Synchronization

// Everything that the guest prints on its first terminal.
let printed = Mutex<[UInt8]>([])

let description = MachineDescription(
  processor: .power9, maximumLevel: .power8, topology: try ProcessorTopology(processors: 1),
  memory: 256 << 20)
// Without a program, the machine boots the small guest that shows what it sees.
var configuration = MachineConfiguration(description: description)
configuration.timeout = 60
configuration.terminalOutputs[0] = { bytes in printed.withLock { $0 += bytes } }

let machine = try PowerMachine(configuration)
try machine.powerOn()
let outcome = machine.run()

let text = String(decoding: printed.withLock { $0 }, as: UTF8.self)
let lines = text.split(whereSeparator: \.isNewline)
print(lines.first ?? "nothing")
print("\(lines.count) lines; \(outcome)")

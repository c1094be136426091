import ArgumentParser
import Glibc
import Machine
import PlatformTree
import PowerISA

@main
struct Pseries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseries", abstract: "Boots a guest on a pSeries machine.")

  @Option var cpu = "power9"
  @Option var compat: String?
  @Option var memory: UInt64 = 512
  @Option var kernel: String?
  @Option var initrd: String?
  @Option var append = "console=hvc0"
  @Option var smp = 1
  @Option var timeout: Double = 60
  @Option var limit: UInt64?
  @Option var trace = ""
  @Flag var deterministic = false

  func run() throws {
    guard let model = ProcessorModel.all.first(where: { $0.name == cpu }) else {
      throw ValidationError("no cpu \(cpu)")
    }
    var description = MachineDescription(
      processor: model, topology: try ProcessorTopology(processors: smp), memory: memory << 20)
    if let compat {
      description.maximumLevel = CompatibilityLevel.allCases.first { $0.name == compat }
    }
    description.bootArguments = append
    var configuration = MachineConfiguration(description: description)
    if let kernel { configuration.program = .file(try Self.read(kernel), name: kernel) }
    if let initrd { configuration.initrd = try Self.read(initrd) }
    configuration.timeout = timeout
    configuration.isDeterministic = deterministic
    configuration.instructionLimit = limit
    configuration.observers.log = { say("pseries: \($0)\n") }
    if trace.contains("hcall") { configuration.observers.hypercall = { say("\($0)\n") } }
    if trace.contains("rtas") { configuration.observers.rtas = { say("\($0)\n") } }
    if trace.contains("client") { configuration.observers.client = { say("\($0)\n") } }
    if trace.contains("cas") { configuration.observers.negotiation = { say("\($0)\n") } }
    if trace.contains("interrupt") {
      configuration.observers.interrupt = { v, a, s in
        say("interrupt \(v) from \(String(a, radix: 16)) \(String(s, radix: 16))\n")
      }
    }
    if trace.contains("instruction") {
      configuration.observers.instruction = { a, i in
        say("\(String(a, radix: 16)) \(String(i.rawValue, radix: 16))\n")
      }
    }
    let console = HostConsole()
    let machine = try PowerMachine(configuration, console: console)
    try machine.powerOn()
    let outcome = machine.run()
    say(
      "pseries: \(outcome); \(machine.instructionCount) instructions, \(machine.elapsedSeconds) s, \(Double(machine.instructionCount) / machine.elapsedSeconds / 1e6) MIPS\n\(machine.stateText)\n"
    )
  }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw ValidationError("no \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { return bytes }
      bytes += chunk[..<n]
    }
  }
}

/// Writes to standard error.
func say(_ text: String) {
  var text = text
  text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
}

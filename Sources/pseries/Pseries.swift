import ArgumentParser
import Glibc
import Machine
import PowerISA

@main
struct Pseries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseries", abstract: "Boots a guest on a pSeries machine.")

  @Option var cpu = "power9"
  @Option var memory: UInt64 = 512
  @Option var kernel: String
  @Option var dtb: String
  @Option var timeout: Double = 60
  @Option var limit: UInt64?
  @Flag var trace = false
  @Flag var calls = false

  func run() throws {
    guard let model = ProcessorModel.all.first(where: { $0.name == cpu }) else {
      throw ValidationError("no cpu \(cpu)")
    }
    var configuration = MachineConfiguration(processor: model, memorySize: memory << 20)
    configuration.timeout = timeout
    configuration.instructionLimit = limit
    configuration.log = { say("pseries: \($0)\n") }
    if calls { configuration.callTrace = { say("\($0)\n") } }
    if trace {
      configuration.callTrace = { say("\($0)\n") }
      configuration.instructionTrace = { a, i in if a >= 0x1ff00000 && a < 0x1ff10000 {say("\(String(a, radix: 16)) \(String(i.rawValue, radix: 16))\n") } }
      configuration.interruptTrace = { v, a, s in say("interrupt \(v) from \(String(a, radix: 16)) \(String(s, radix: 16))\n") }
    }
    let console = HostConsole()
    let machine = try PowerMachine(configuration, console: console)
    try machine.startFlat(kernel: try Self.read(kernel), tree: try Self.read(dtb))
    let outcome = machine.run()
    say("pseries: \(outcome); \(machine.instructionCount) instructions; \(machine.stateText)\n")
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

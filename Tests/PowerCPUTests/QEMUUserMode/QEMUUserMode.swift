import Foundation
import GuestMemory
import PowerISA

/// An independent implementation: the instruction runner of `Tests/Guests` under QEMU user mode.
enum QEMUUserMode {
  /// Why comparisons cannot run here, or nil.
  static let unavailable: String? = {
    for name in ["qemu-ppc64-static", "qemu-ppc64le-static"] where tool(name) == nil {
      return "no \(name) in PATH"
    }
    for name in ["powerpc64-linux-gnu-gcc", "powerpc64le-linux-gnu-gcc"] where tool(name) == nil {
      return "no \(name) in PATH"
    }
    return nil
  }()

  /// Executes each instruction once on each of its states.
  static func run(
    _ groups: [(instruction: Instruction, states: [MachineState])], _ order: Endianness,
    cpu: String = "power10"
  ) throws -> [[MachineState]] {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "instruction-runner-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let (input, output) = (directory.appending(path: "in"), directory.appending(path: "out"))
    try Data(groups.flatMap { encode($0.instruction, $0.states, order) }).write(to: input)
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)

    let process = Process()
    process.executableURL = tool(order == .big ? "qemu-ppc64-static" : "qemu-ppc64le-static")
    process.arguments = ["-cpu", cpu, try (order == .big ? big : little).get().path]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw RunnerError(message: "the runner ended with \(process.terminationStatus)")
    }
    let bytes = [UInt8](try Data(contentsOf: output))
    var start = 0
    return groups.map { group in
      group.states.map { _ in
        defer { start += MachineState.byteCount }
        return MachineState(bytes[start..<(start + MachineState.byteCount)], order)
      }
    }
  }

  struct RunnerError: Error { var message: String }

  private static func encode(
    _ instruction: Instruction, _ states: [MachineState], _ order: Endianness
  ) -> [UInt8] {
    let words =
      instruction.isPrefixed
      ? [instruction.prefix, instruction.word] : [instruction.word, 0]
    let header = (words + [UInt32(states.count), 0]).flatMap { word -> [UInt8] in
      let big = (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
      return order == .big ? big : big.reversed()
    }
    return states.reduce(into: header) { $0 += $1.encoded(order) }
  }

  private static let big = Result { try build("powerpc64-linux-gnu-gcc") }
  private static let little = Result { try build("powerpc64le-linux-gnu-gcc") }

  private static func build(_ compiler: String) throws -> URL {
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Guests/instruction-runner/runner.c").standardizedFileURL
    let program = FileManager.default.temporaryDirectory
      .appending(path: "\(compiler)-runner-\(UUID().uuidString)")
    let process = Process()
    process.executableURL = tool(compiler)
    process.arguments = [
      "-O1", "-static", "-mcpu=power8", "-o", program.path, source.path,
    ]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw RunnerError(message: "\(compiler) cannot build \(source.path)")
    }
    return program
  }

  private static func tool(_ name: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return path.split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

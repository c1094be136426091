import Foundation
import GuestMemory

/// Instructions executed by QEMU's user-mode emulation, as an opinion independent of ours.
struct QEMUUserMode {
  enum Failure: Error, CustomStringConvertible {
    case build(String)
    case run(String)

    var description: String {
      switch self {
      case .build(let message): "instruction-runner does not build: \(message)"
      case .run(let message): "instruction-runner failed: \(message)"
      }
    }
  }

  let order: Endianness
  /// QEMU's name of the processor.
  let processor: String
  private let program: URL

  /// Whether the emulators and cross compilers are there; `.enabled(if:)` of a test that needs
  /// them.
  static let isAvailable = [Endianness.big, .little].allSatisfy {
    tool("qemu-\(architecture($0))") != nil && compiler($0) != nil
  }
  static let unavailable: String =
    "needs qemu-ppc64, qemu-ppc64le (qemu-user-static) and gcc-powerpc64{,le}-linux-gnu"

  init(_ order: Endianness, processor: String = "power10") throws {
    self.order = order
    self.processor = processor
    program = try Self.build(order)
  }

  /// The state after each instruction.
  func run(_ states: [InstructionState]) throws -> [InstructionState] {
    var input: [UInt8] = []
    input.reserveCapacity(states.count * InstructionState.recordSize)
    for state in states { state.encode(order, into: &input) }
    let output = try Self.run(
      Self.tool("qemu-\(Self.architecture(order))") ?? "qemu", ["-cpu", processor, program.path],
      input: input)
    let size = InstructionState.recordSize
    guard output.count == states.count * size else {
      throw Failure.run("\(output.count / size) of \(states.count) answers")
    }
    return states.enumerated().map { index, state in
      InstructionState(
        state.instruction, order, record: output[index * size..<(index + 1) * size])
    }
  }

  // MARK: tools

  private static func architecture(_ order: Endianness) -> String {
    order == .little ? "ppc64le" : "ppc64"
  }

  private static func compiler(_ order: Endianness) -> String? {
    tool(order == .little ? "powerpc64le-linux-gnu-gcc" : "powerpc64-linux-gnu-gcc")
  }

  /// The tool's path; the static build of an emulator does as well.
  private static func tool(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    for candidate in [name, name + "-static"] {
      for folder in folders {
        let path = "\(folder)/\(candidate)"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
      }
    }
    return nil
  }

  private static func build(_ order: Endianness) throws -> URL {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Guests/instruction-runner.S").standardized
    let program = FileManager.default.temporaryDirectory.appendingPathComponent(
      "instruction-runner-\(architecture(order))-\(UUID().uuidString)")
    guard let compiler = compiler(order) else { throw Failure.build(unavailable) }
    _ = try run(
      compiler,
      [
        "-nostdlib", "-static", "-mabi=elfv2", "-Wl,--no-warn-rwx-segments",
        "-Wl,--section-start=.code=\(hex(InstructionState.instructionAddress))",
        "-Wl,--section-start=.window=\(hex(InstructionState.windowAddress - 0x1000))",
        "-o", program.path, source.path,
      ])
    return program
  }

  private static func run(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws
    -> [UInt8]
  {
    // Files rather than pipes: neither side waits for the other.
    let folder = FileManager.default.temporaryDirectory
    let files = ["in", "out"].map { folder.appendingPathComponent("\(UUID().uuidString).\($0)") }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    try Data(input).write(to: files[0])
    try Data().write(to: files[1])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure.run("\(tool): status \(process.terminationStatus)")
    }
    return [UInt8](try Data(contentsOf: files[1]))
  }
}

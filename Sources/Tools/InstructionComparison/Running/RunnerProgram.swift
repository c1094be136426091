public import Foundation
import GuestMemory

/// The instruction runner of `Tests/Guests`, compiled for both byte orders into a folder of its own,
/// which goes when this object does.
public final class RunnerProgram: Sendable {
  let folder: URL

  /// Why the comparison cannot run on this host, or nil.
  public static var unavailable: String? {
    let needed = [Endianness.big, .little].flatMap { [emulator($0), compiler($0)] }
    let missing = needed.filter { tool($0) == nil }
    return missing.isEmpty ? nil : "not in PATH: \(missing.joined(separator: ", "))"
  }

  /// A folder that holds the compiled runners already.
  init(built folder: URL) { self.folder = folder }

  /// - Parameter package: the folder of this package.
  public init(package: URL) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "instruction-runner-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = package.appending(path: "Tests/Guests/instruction-runner/runner.c")
    for order in [Endianness.big, .little] {
      let process = Process()
      process.executableURL = Self.tool(Self.compiler(order))
      process.arguments =
        ["-O1", "-static"] + (order == .little ? ["-mcpu=power8"] : [])
        + StateLayout.compilerArguments + ["-o", path(order).path, source.path]
      try process.run(atMost: 120)
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw InstructionComparisonError.peer("\(Self.compiler(order)) cannot build \(source.path)")
      }
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ order: Endianness) -> URL {
    folder.appending(path: order == .big ? "runner-big" : "runner-little")
  }

  private static func compiler(_ order: Endianness) -> String {
    order == .big ? "powerpc64-linux-gnu-gcc" : "powerpc64le-linux-gnu-gcc"
  }

  static func emulator(_ order: Endianness) -> String {
    order == .big ? "qemu-ppc64-static" : "qemu-ppc64le-static"
  }

  static func tool(_ name: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return path.split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

import Foundation
import Glibc
import GuestMemory
import PowerISA

/// A QEMU user-mode process that executes what lies in a buffer we share with it.
final class QEMUSide {
  /// `StateLayout.bufferSize` bytes.
  // Safety: a shared mapping that lives as long as this object.
  let buffer: UnsafeMutableRawPointer
  private let environment: ComparisonEnvironment
  private let process = Process()
  private let toRunner = Pipe()
  private let fromRunner = Pipe()

  /// Seconds a batch may take before the process counts as hanging.
  private static let patience: Int32 = 60

  init(_ environment: ComparisonEnvironment, _ program: RunnerProgram) throws {
    self.environment = environment
    let file = program.folder.appending(path: "buffer-\(UUID().uuidString)")
    let descriptor = open(file.path, O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0, ftruncate(descriptor, StateLayout.bufferSize) == 0,
      let mapping = mmap(
        nil, StateLayout.bufferSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      mapping != MAP_FAILED
    else { throw InstructionComparisonError.hostMemory }
    close(descriptor)
    buffer = mapping
    process.executableURL = RunnerProgram.tool(RunnerProgram.emulator(environment.order))
    // A guest that starts at address 0 of its own needs a base elsewhere in the host's.
    process.arguments = [
      "-B", "0x100000000", "-cpu", environment.processor.name,
      program.path(environment.order).path, file.path, "\(environment.runnerVariant)",
    ]
    process.standardInput = toRunner
    process.standardOutput = fromRunner
    process.standardError = FileHandle.nullDevice
    defer { try? FileManager.default.removeItem(at: file) }
    guard process.executableURL != nil, (try? process.run()) != nil else {
      throw InstructionComparisonError.peer("QEMU does not start")
    }
    try? fromRunner.fileHandleForWriting.close()
    // The runner has it mapped once it answers.
    guard start(), finish() == nil else {
      throw InstructionComparisonError.peer(
        "QEMU does not run with -cpu \(environment.processor.name)")
    }
  }

  deinit {
    try? toRunner.fileHandleForWriting.close()
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    munmap(buffer, StateLayout.bufferSize)
  }

  func state(_ index: Int) -> StateView {
    StateView(
      base: buffer + StateLayout.statesOffset + index * StateLayout.size,
      isBigEndian: environment.order == .big)
  }

  /// Lets the process execute the buffer.
  /// - Returns: false when it is gone.
  func start() -> Bool {
    var byte: UInt8 = 0
    return write(toRunner.fileHandleForWriting.fileDescriptor, &byte, 1) == 1
  }

  /// Waits until the buffer has been executed.
  /// - Returns: nil, or why it will not be: then this object is of no more use, and the state that
  ///   was being executed is ``progress``.
  func finish() -> String? {
    let descriptor = fromRunner.fileHandleForReading.fileDescriptor
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&request, 1, Self.patience * 1000) == 1 else { return "QEMU hangs" }
    // The runner sends back the byte of ``start()``; QEMU's own messages are something else.
    var byte: UInt8 = 0
    guard read(descriptor, &byte, 1) == 1, byte == 0 else { return "QEMU ends" }
    return nil
  }

  /// Number of the state that was executed last.
  var progress: Int {
    let raw = buffer.load(fromByteOffset: 4, as: UInt32.self)
    return Int(environment.order == .big ? raw.bigEndian : raw)
  }
}

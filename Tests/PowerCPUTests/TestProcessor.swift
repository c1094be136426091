import GuestMemory
import PowerISA

@testable import PowerCPU

/// A clock that stands still unless told otherwise.
final class FixedClock: ProcessorClock, @unchecked Sendable {
  // Safety: one test uses it from one task.
  var ticks: UInt64 = 0
  func timebase(instructionsInRun: UInt64) -> UInt64 { ticks }
  func instructions(until deadline: UInt64) -> Int64? { nil }
}

extension VirtualProcessor {
  /// A processor with its own memory, in 64-bit big-endian real mode.
  static func forTest(
    _ model: ProcessorModel = .power10, memory size: UInt64 = 16 << 20,
    clock: FixedClock = FixedClock()
  ) throws -> VirtualProcessor {
    VirtualProcessor(
      index: 0, hardware: model, memory: try GuestMemory(size: size), clock: clock)
  }

  /// Puts words at an address, makes it the next instruction and runs as many.
  @discardableResult
  func execute(
    _ words: [UInt32], at address: UInt64 = 0x1_0000, littleEndian: Bool = false, count: Int? = nil
  ) throws -> EngineExit {
    for (index, word) in words.enumerated() {
      try memory.write(
        word, at: address + UInt64(index) * 4, littleEndian ? .little : .big)
    }
    if littleEndian { machineState |= MSR.le }
    nextInstruction = address
    return run(instructions: Int64(count ?? words.count))
  }
}

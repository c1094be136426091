import PowerISA
import SavedState
import Testing

@testable import PowerCPU

/// What is traced and watched goes with a saved processor.
@Suite struct SavedDebuggingTests {
  private static func state(of processor: VirtualProcessor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section(.processor) { coder throws(StateError) in try processor.code(&coder) }
    try writer.finish()
    return bytes
  }

  private static func restored(
    _ bytes: [UInt8], _ model: ProcessorModel
  ) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(model)
    var reader = try StateReader(from: StateReader.source(of: bytes))
    try reader.section(.processor) { coder throws(StateError) in try processor.code(&coder) }
    return processor
  }

  @Test func `watchpoints and a breakpoint are restored`() throws {
    let processor = try VirtualProcessor.forTest(.power10)
    processor.write(.dawr1, 0x2000)
    processor.write(.dawrx1, 0x40 | 8 | 2)
    processor.write(.ciabr, 0x4000 | 2)
    let other = try Self.restored(Self.state(of: processor), .power10)
    #expect(other.watchedByte(0x2000, size: 1, .store) == 0x2000)
    #expect(other.state.pointee.isTraced)
    try other.execute([0x6000_0000], at: 0x4000)
    #expect(other.nextInstruction == 0xD00)
  }

  @Test func `the DABR is found where earlier versions had it`() throws {
    let processor = try VirtualProcessor.forTest(.power7)
    processor.specialPurposeRegisters[SPR.Number.dawr0] = 0x2000 | 2
    processor.specialPurposeRegisters[SPR.Number.dawrx0] = 3
    let other = try Self.restored(Self.state(of: processor), .power7)
    #expect(other.read(.dabr) == 0x2002 && other.read(.dabrx) == 3)
    #expect(other.watchedByte(0x2007, size: 1, .store) == 0x2007)
  }
}

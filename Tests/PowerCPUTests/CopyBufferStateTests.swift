import GuestMemory
import PowerISA
import SavedState
import Testing

@testable import PowerCPU

/// A block that was copied and not pasted yet moves with its processor.
@Suite struct CopyBufferStateTests {
  /// copy 0,r4 and paste. 0,r5
  private static let copy: UInt32 = 0x7C20_260C
  private static let paste: UInt32 = 0x7C20_2F0D

  private func saved(_ processor: VirtualProcessor) throws -> (version: UInt32, bytes: [UInt8]) {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section(.processor) { coder throws(StateError) in try processor.code(&coder) }
    try writer.finish()
    var reader = try StateReader(from: StateReader.source(of: bytes))
    return (try reader.next(.processor).bytes.version, bytes)
  }

  private func restore(_ bytes: [UInt8], into processor: VirtualProcessor) throws {
    var reader = try StateReader(from: StateReader.source(of: bytes))
    try reader.section(.processor) { coder throws(StateError) in try processor.code(&coder) }
  }

  @Test func moves() throws {
    let source = try VirtualProcessor.forTest(.power10)
    let block = (0..<128).map { UInt8($0) }
    try source.memory.write(block, at: 0x3000)
    source[gpr: 4] = 0x3000
    source[gpr: 5] = 0x4000
    let before = try saved(source)
    try source.execute([Self.copy])
    let after = try saved(source)
    #expect(before.version == 1 && after.version == 2)

    let target = try VirtualProcessor.forTest(.power10)
    try restore(after.bytes, into: target)
    try target.execute([Self.paste])
    #expect(target.conditionRegister >> 28 == 2)
    #expect(try target.memory.read(128, at: 0x4000) == block)

    // A state without one empties the buffer.
    try target.execute([Self.copy])
    try restore(before.bytes, into: target)
    try target.execute([Self.paste])
    #expect(target.conditionRegister >> 28 == 0)
  }
}

import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@Suite struct ParavirtualCallTests {
  private static let magic: UInt64 = 0x4b56_4d21

  /// The registers after `sc 1` with KVM's number in r0 and a token in r11.
  private func call(
    _ token: UInt64, isOffered: Bool = true, isProblemState: Bool = false
  ) throws -> (status: UInt64, result: UInt64) {
    let board = try TestBoard()
    var features = HypervisorFeatures(processor: .power9)
    features.hasKVMParavirtual = isOffered
    let processor = board.processors[0]
    processor.isProblemState = isProblemState
    processor.registers[0] = Self.magic
    processor.registers[4] = 0xdead
    processor.registers[11] = token
    HypercallTable(features).serve(
      HypercallContext(partition: board.partition, processor: board.partition.processors[0]))
    return (processor.registers[3], processor.registers[4])
  }

  @Test func featuresAreNone() throws {
    #expect(try call(42 << 16 | 3) == (0, 0))
  }

  /// The magic page, an idle call of ePAPR, and anything else: EV_UNIMPLEMENTED.
  @Test(arguments: [42 << 16 | 4, 1 << 16 | 16, 0, .max] as [UInt64])
  func otherCalls(token: UInt64) throws {
    #expect(try call(token) == (12, 0xdead))
  }

  @Test func problemStateMayNotCall() throws {
    #expect(try call(42 << 16 | 3, isProblemState: true).status == 1)
  }

  /// Without the extension r0 means nothing: r3, here 0, is no call.
  @Test func notOffered() throws {
    #expect(try call(42 << 16 | 3, isOffered: false).status == UInt64(bitPattern: -2))
  }

  @Test func theInstructionsPutTheNumberThere() {
    #expect(ParavirtualCalls.instructions.count == 4)
    #expect(ParavirtualCalls.instructions[2] == 0x4400_0022)
    let high = UInt64(ParavirtualCalls.instructions[0] & 0xffff) << 16
    #expect(high | UInt64(ParavirtualCalls.instructions[1] & 0xffff) == Self.magic)
  }
}

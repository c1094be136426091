import Devices
import GuestMemory
import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@Suite struct PartitionTests {
  @Test func `a reset leaves nothing registered and nobody running`() throws {
    let board = try TestBoard(processors: 2)
    let partition = board.partition
    partition.start(partition.processors[1], at: 0x100, argument: 0)
    board.call(0x68, 0xFF)
    board.call(0x08, 0, 0, 0x1001, 0x2010)
    board.call(0x36C, 0, 20)
    board.call(0x37C, 0x1C, 0x10000, 0, 4)
    board.call(0x6C, 0, 4)
    try partition.memory.write(UInt16(640), at: 0x1004)
    board.call(0xDC, 1 << 45, 0, 0x1000)
    board.call(0x104, UInt64(TestBoard.terminalUnit), 0)
    partition.post(.reboot)
    partition.setInterruptSource(0x1005, isLevel: true)
    partition.setInterruptLine(0x1005, true)

    partition.reset()
    #expect(partition.takeRequests() == [])
    #expect(partition.processTable == nil && board.processors[0].processTable == nil)
    for (processor, mock) in zip(partition.processors, board.processors) {
      #expect(partition.state(of: processor) == .stopped)
      #expect(mock.isSuspended && !mock.externalInterrupt)
    }
    partition.start(partition.processors[0], at: 0, argument: 0)
    #expect(board.call(0x0C, 0, 0).results[0] == 0)
    #expect(board.call(0x370, 0, 20).status == 2)
    #expect(board.call(0x70, 0).results[0...1] == [0, 0xFF])
    // No area: a trace log cannot be registered.
    try partition.memory.write(UInt32(96), at: 0x2004)
    #expect(board.call(0xDC, 2 << 45, 0, 0x2000).status == -16)
    // What kind of source each is stays, as the device tree does.
    board.call(0x68, 0xFF)
    #expect(board.call(0x74).results[0] == 0xFF00_0000)
  }

  @Test(arguments: [(1 << 20, 19), (1 << 30, 24), (3 << 30, 26), (1 << 32, 26)] as [(UInt64, Int)])
  func `a guest may ask for a table of twice the usual size`(memory: UInt64, limit: Int) throws {
    let partition = Partition(
      features: HypervisorFeatures(processor: .power9),
      space: RealAddressSpace(memory: try GuestMemory(size: memory)),
      clock: RealTimeClock(), nvram: NVRAM())
    #expect(partition.largestHashPageTable == limit)
    let table = try #require(HashPageTable(sizeLog2: 28))
    partition.useHashPageTable(table)
    #expect(partition.largestHashPageTable == 28)
  }

  @Test func `a UUID is read from text`() {
    let text = "00112233-4455-6677-8899-aabbccddeeff"
    let identity = PartitionIdentity(name: "", uuid: text, maximumProcessors: 1)
    #expect(identity.uuid == (0..<16).map { UInt8($0 * 0x11) })
    for bad in ["", "0", "xyz", text + "00"] {
      let identity = PartitionIdentity(name: "", uuid: bad, maximumProcessors: 1)
      #expect(identity.uuid == [UInt8](repeating: 0, count: 16))
    }
  }
}

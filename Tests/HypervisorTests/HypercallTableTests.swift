import CallInterface
import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@Suite struct HypercallTableTests {
  /// What QEMU announces for the devices we have.
  private static let expected = [
    "hcall-pft", "hcall-term", "hcall-dabr", "hcall-interrupt", "hcall-vio", "hcall-splpar",
    "hcall-join", "hcall-bulk", "hcall-set-mode", "hcall-sprg0", "hcall-copy", "hcall-debug",
    "hcall-vphn", "hcall-hpt-resize", "hcall-random", "hcall-xdabr",
  ]

  @Test func `the promised sets are announced`() {
    let table = HypercallTable(HypervisorFeatures(processor: .power9))
    let missing = Set(Self.expected).subtracting(table.functionSets)
    #expect(missing.isEmpty, "\(missing)")
    #expect(table.functionSets.contains("hcall-imtt"))
    #expect(table.qemuFunctionSets == ["hcall-memop1"])
    #expect(!table.functionSets.contains("hcall-memop1"))
    #expect(!table.functionSets.contains("hcall-tce"))
  }

  @Test(arguments: ProcessorModel.all)
  func `every call of an announced set is served`(model: ProcessorModel) {
    let table = HypercallTable(HypervisorFeatures(processor: model))
    for name in table.functionSets + table.qemuFunctionSets {
      let calls = table.calls.filter { $0.set.name == name }
      #expect(!calls.isEmpty)
      for call in calls { #expect(call.handler != nil, "\(call.name) of \(name)") }
    }
  }

  @Test func `a set with a call that is not served is not announced`() {
    let served = HypercallTable(HypervisorFeatures(processor: .power9))
    for call in served.calls where call.handler != nil {
      let without = HypercallTable(
        HypervisorFeatures(processor: .power9), additional: [call.unserved])
      if let name = call.set.name {
        #expect(!without.functionSets.contains(name))
        #expect(!without.qemuFunctionSets.contains(name))
      }
    }
  }

  @Test func `what the processor lacks is not announced`() {
    let old = HypercallTable(HypervisorFeatures(processor: .power8))
    #expect(!old.functionSets.contains("hcall-imtt"))
    let plain = HypercallTable(
      HypervisorFeatures(
        processor: .power9, hasHashPageTableResize: false, hasHomeNodes: false, hasXICS: false))
    for name in ["hcall-hpt-resize", "hcall-vphn", "hcall-interrupt"] {
      #expect(!plain.functionSets.contains(name))
    }
  }

  @Test func `names and numbers are unique`() {
    #expect(Set(Hypercall.all.map(\.number)).count == Hypercall.all.count)
    #expect(Set(Hypercall.all.map(\.name)).count == Hypercall.all.count)
    #expect(Hypercall.all.map(\.number) == Hypercall.all.map(\.number).sorted())
  }

  @Test func `calls that guests only try are not logged`() throws {
    let board = try TestBoard()
    let probes = board.table.calls.filter(\.isProbe)
    #expect(probes.map(\.number) == [0x398, 0x39C, 0xF078, 0xF07C, 0xF080])
    for call in probes { #expect(board.call(call.number).status == -2 && call.handler == nil) }
    #expect(board.output.logged.isEmpty)
  }

  @Test func `calls that are not served answer H_FUNCTION and are logged once`() throws {
    let board = try TestBoard()
    #expect(board.call(0x1C).status == -2)
    #expect(board.call(0x1C).status == -2)
    #expect(board.call(0x1234_5678).status == -2)
    #expect(board.call(.max).status == -2)
    #expect(board.call(0x5).status == -2)
    #expect(
      board.output.logged == [
        "H_GET_TCE (hypercall 0x1c) is not served", "hypercall 0x12345678 is not served",
        "hypercall 0xffffffffffffffff is not served", "hypercall 0x5 is not served",
      ])
  }

  @Test func `a guest that makes numbers up is told of for a while`() throws {
    let board = try TestBoard()
    for number in 0..<1000 as Range<UInt64> {
      #expect(board.call(0x1234_0000 + number).status == -2)
    }
    #expect(board.output.logged.count == 256)
  }

  @Test func `problem state may not call`() throws {
    let board = try TestBoard()
    board.processors[0].isProblemState = true
    #expect(board.call(0x300).status == -3)
  }

  @Test func `registers beyond the results stay`() throws {
    let board = try TestBoard()
    let (status, results) = board.call(0x300, 1, 2, 3)
    #expect(status == 0)
    #expect(results == [0x0123_4567_89AB_CDEF, 2, 3, 0, 0, 0, 0, 0, 0])
  }

  @Test func `calls can be traced`() throws {
    let board = try TestBoard()
    nonisolated(unsafe) var seen: [String] = []
    board.partition.callTrace = { seen.append($0.description) }
    board.call(0x300)
    board.call(0xF0, 100, 300)
    #expect(
      seen == ["H_RANDOM() = 0 [0x123456789abcdef]", "H_SET_PPP(0x64, 0x12c) = -4"])
  }
}

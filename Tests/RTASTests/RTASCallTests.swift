import Devices
import GuestMemory
import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@testable import RTAS

/// Makes RTAS calls through the argument buffer and the private hypercall.
struct RTASBoard {
  static let buffer: UInt64 = 0x8000
  let board: TestBoard
  let table: RTASTable

  init(processors: Int = 2, hasPCI: Bool = false) throws {
    var features = HypervisorFeatures(processor: .power9)
    features.hasPCI = hasPCI
    table = RTASTable(features)
    board = try TestBoard(processors: processors, additional: [table.hypercall], hasPCI: hasPCI)
  }

  var memory: GuestMemory { board.partition.memory }

  func token(_ name: String) throws -> UInt32 {
    try #require(table.properties.first { $0.name == name }).token
  }

  /// The output cells, of which the first is the status.
  func call(_ name: String, _ inputs: [UInt32], outputs: Int = 1, from caller: Int = 0) throws
    -> [Int32]
  {
    try call(token: token(name), inputs, outputs: outputs, from: caller)
  }

  func call(token: UInt32, _ inputs: [UInt32], outputs: Int = 1, from caller: Int = 0) throws
    -> [Int32]
  {
    let header = [token, UInt32(inputs.count), UInt32(outputs)]
    for (index, cell) in (header + inputs).enumerated() {
      try memory.write(cell, at: Self.buffer + UInt64(index) * 4)
    }
    let output = Self.buffer + UInt64(header.count + inputs.count) * 4
    try memory.fill(outputs * 4, at: output, with: 0x55)
    #expect(board.call(0xF000, [Self.buffer], from: caller).status == 0)
    return try (0..<outputs).map {
      Int32(bitPattern: try memory.read(UInt32.self, at: output + UInt64($0) * 4))
    }
  }
}

@Suite struct RTASCallTests {
  private let unwritten = Int32(bitPattern: 0x5555_5555)

  @Test func `the time of day can be read and set`() throws {
    let rtas = try RTASBoard()
    #expect(
      try rtas.call("get-time-of-day", [], outputs: 8)
        == [0, 2001, 9, 9, 1, 46, 40, 500_000_000])
    #expect(try rtas.call("set-time-of-day", [2026, 11, 21, 7, 0, 0, 0]) == [0])
    #expect(
      try rtas.call("get-time-of-day", [], outputs: 8)
        == [0, 2026, 11, 21, 7, 0, 0, 500_000_000])
    for date: [UInt32] in [
      [2026, 2, 29, 0, 0, 0, 0], [2026, 0, 1, 0, 0, 0, 0], [.max, 1, 1, 0, 0, 0, 0],
      [2026, 1, 1, 24, 0, 0, 0],
    ] {
      #expect(try rtas.call("set-time-of-day", date) == [-3])
    }
  }

  @Test func `power and panic become requests to the machine`() throws {
    let rtas = try RTASBoard()
    let partition = rtas.board.partition
    #expect(try rtas.call("power-off", [0, 0]) == [0])
    #expect(try rtas.call("system-reboot", []) == [0])
    try rtas.memory.write(Array("Kernel panic".utf8) + [0], at: 0x9000)
    #expect(try rtas.call("ibm,os-term", [0x9000]) == [0])
    #expect(try rtas.call("ibm,os-term", [0xFFFF_FFFF]) == [-3])
    #expect(
      partition.takeRequests()
        == [.powerOff, .reboot, .osTerminated(message: "Kernel panic")])
    #expect(partition.takeRequests() == [])
    #expect(rtas.board.processors[0].yields == 3)
  }

  @Test func `processors start and stop`() throws {
    let rtas = try RTASBoard()
    #expect(try rtas.call("query-cpu-stopped-state", [8], outputs: 2) == [0, 0])
    #expect(try rtas.call("query-cpu-stopped-state", [0], outputs: 2) == [0, 2])
    #expect(try rtas.call("query-cpu-stopped-state", [1], outputs: 2) == [-3, unwritten])
    #expect(try rtas.call("start-cpu", [8, 0x1_0000, 77]) == [0])
    let started = try #require(rtas.board.processors[1].started)
    #expect(started == (0x1_0000, 77))
    #expect(try rtas.call("query-cpu-stopped-state", [8], outputs: 2) == [0, 2])
    #expect(try rtas.call("start-cpu", [8, 0x1_0000, 77]) == [-1])
    #expect(try rtas.call("start-cpu", [1, 0, 0]) == [-3])
    #expect(rtas.board.partition.takeRequests() == [.processorStarted(server: 8)])
    #expect(try rtas.call("stop-self", [], from: 1) == [0])
    #expect(rtas.board.processors[1].isSuspended)
    #expect(try rtas.call("query-cpu-stopped-state", [8], outputs: 2) == [0, 0])
    #expect(try rtas.call("start-cpu", [8, .max - 3, 0]) == [-3])
    #expect(try rtas.call("start-cpu", [8, 0x100, 0]) == [0])
    #expect(!rtas.board.processors[1].isSuspended)
  }

  @Test func `interrupt sources are routed, switched off and on`() throws {
    let rtas = try RTASBoard()
    rtas.board.call(0x68, 0xFF, from: 1)
    #expect(try rtas.call("ibm,get-xive", [0x1005], outputs: 3) == [0, 0, 0xFF])
    #expect(try rtas.call("ibm,set-xive", [0x1005, 8, 5]) == [0])
    #expect(try rtas.call("ibm,get-xive", [0x1005], outputs: 3) == [0, 8, 5])
    #expect(try rtas.call("ibm,int-off", [0x1005]) == [0])
    #expect(try rtas.call("ibm,int-off", [0x1005]) == [0])
    rtas.board.partition.pulseInterrupt(0x1005)
    #expect(!rtas.board.processors[1].externalInterrupt)
    #expect(try rtas.call("ibm,int-on", [0x1005]) == [0])
    #expect(rtas.board.processors[1].externalInterrupt)
    #expect(try rtas.call("ibm,set-xive", [0x1005, 1, 5]) == [-3])
    #expect(try rtas.call("ibm,set-xive", [0x1005, 0, 256]) == [-3])
    for name in ["ibm,int-on", "ibm,int-off"] { #expect(try rtas.call(name, [2]) == [-3]) }
    #expect(try rtas.call("ibm,get-xive", [0x2000], outputs: 3) == [-3, unwritten, unwritten])
  }

  @Test func `NVRAM is fetched and stored`() throws {
    let rtas = try RTASBoard()
    #expect(try rtas.call("nvram-fetch", [0, 0x9000, 16], outputs: 2) == [0, 16])
    #expect(try rtas.memory.read(UInt8.self, at: 0x9000) == 0x70)
    try rtas.memory.write([1, 2, 3, 4], at: 0xA000)
    #expect(try rtas.call("nvram-store", [65532, 0xA000, 4], outputs: 2) == [0, 4])
    #expect(try rtas.call("nvram-fetch", [65530, 0x9000, 6], outputs: 2) == [0, 6])
    #expect(try rtas.memory.read(6, at: 0x9000) == [0, 0, 1, 2, 3, 4])
    for bad: [UInt32] in [
      [65532, 0xA000, 5], [65537, 0xA000, 0], [0, 0xFFFFF, 2], [.max, 0xA000, .max],
      [0, .max, .max],
    ] {
      #expect(try rtas.call("nvram-store", bad, outputs: 2) == [-3, unwritten], "\(bad)")
      #expect(try rtas.call("nvram-fetch", bad, outputs: 2) == [-3, unwritten], "\(bad)")
    }
  }

  @Test func `system parameters are returned with their length`() throws {
    let rtas = try RTASBoard()
    rtas.board.partition.identity = PartitionIdentity(
      name: "test", uuid: Array(0..<16), maximumProcessors: 8, threadsPerCore: 2)
    let get = "ibm,get-system-parameter"
    #expect(try rtas.call(get, [20, 0x9000, 256]) == [0])
    let length = try rtas.memory.read(UInt16.self, at: 0x9000)
    let text = try rtas.memory.readString(at: 0x9002)
    #expect(Int(length) == text.utf8.count + 1)
    // Two threads are one core of at most four.
    #expect(
      text
        == "BoundThrds=0,CapInc=1,MinEntCap=100,MinEntCapPerVP=100,MinMem=1,MinProcs=1,"
        + "MaxEntCap=400,MaxPlatProcs=4,DesEntCap=100,DesMem=1,DesProcs=1,DesVarCapWt=0,"
        + "DedDonMode=0")
    #expect(try rtas.call(get, [48, 0x9000, 256]) == [0])
    #expect(try rtas.memory.read(18, at: 0x9000) == [0, 16] + Array(0..<16))
    #expect(try rtas.call(get, [42, 0x9000, 256]) == [0])
    #expect(try rtas.memory.read(3, at: 0x9000) == [0, 1, 0])
    // A short buffer gets what it has room for; an empty one gets the supported set.
    try rtas.memory.fill(16, at: 0x9000, with: 0xEE)
    #expect(try rtas.call(get, [55, 0x9000, 4]) == [0])
    #expect(try rtas.memory.read(5, at: 0x9000) == [0, 5, 0x74, 0x65, 0xEE])
    #expect(try rtas.call(get, [20, 0, 0]) == [0])
    #expect(try rtas.call(get, [43, 0, 0]) == [-3])
    #expect(try rtas.call(get, [20, 0xFFFFF, 2]) == [-3])
    let set = "ibm,set-system-parameter"
    try rtas.memory.write(UInt16(1), at: 0x9000)
    #expect(try rtas.call(set, [42, 0x9000]) == [-9002])
    #expect(try rtas.call(set, [43, 0x9000]) == [-3])
    #expect(try rtas.call(set, [42, 0xFFFFF]) == [-9999])
    try rtas.memory.write(UInt16(1025), at: 0x9000)
    #expect(try rtas.call(set, [42, 0x9000]) == [-9999])
  }

  @Test func `a power button is an event that is found once`() throws {
    let rtas = try RTASBoard()
    let partition = rtas.board.partition
    rtas.board.call(0x68, 0xFF)
    #expect(try rtas.call("ibm,set-xive", [0x1000, 0, 5]) == [0])
    let mask: UInt32 = 0x4000_0000
    let check = { (mask: UInt32, length: UInt32) in
      try rtas.call("check-exception", [0x500, 0x1000, mask, 0, 0x9000, length])
    }
    #expect(try check(mask, 2048) == [1])
    #expect(try rtas.call("get-sensor-state", [9, 0], outputs: 2) == [0, 0])
    partition.requestPowerOff()
    #expect(rtas.board.processors[0].externalInterrupt)
    #expect(try rtas.call("get-sensor-state", [9, 0], outputs: 2) == [0, 3])
    #expect(try rtas.call("event-scan", [.max, 0, 0x9000, 2048]) == [1])
    #expect(try check(~mask, 2048) == [1])
    #expect(try check(mask, 2048) == [0])
    #expect(try check(mask, 2048) == [1])
    // Version 6, event, EPOW; the extended part begins after eight bytes.
    let log = try rtas.memory.read(200, at: 0x9000)
    #expect(log[0] == 6 && log[3] == 0x40)
    let length = Int(log[6]) << 8 | Int(log[7])
    #expect(String(decoding: log[20..<23], as: UTF8.self) == "IBM")
    // Walk the sections as Linux does.
    var (offset, sections) = (8 + 16, [String: Int]())
    while offset < 8 + length {
      sections[String(decoding: log[offset..<offset + 2], as: UTF8.self)] = offset
      offset += Int(log[offset + 2]) << 8 | Int(log[offset + 3])
    }
    #expect(offset == 8 + length)
    #expect(Set(sections.keys) == ["PH", "UH", "EP"])
    let power = try #require(sections["EP"])
    #expect(log[power + 8] == 3 && log[power + 9] == 1)
  }

  @Test func `a power button that is pressed again is still one event`() throws {
    let rtas = try RTASBoard()
    for _ in 0..<10_000 { rtas.board.partition.requestPowerOff() }
    let check: [UInt32] = [0x500, 0x1000, .max, 0, 0x9000, 2048]
    #expect(try rtas.call("check-exception", check) == [0])
    #expect(try rtas.call("check-exception", check) == [1])
  }

  @Test func `events are cut down to the buffer, and critical callers get the fixed part`() throws {
    let rtas = try RTASBoard()
    for (length, critical, expected): (UInt32, UInt32, Int) in [(6, 0, 6), (2048, 1, 8)] {
      rtas.board.partition.requestPowerOff()
      try rtas.memory.fill(64, at: 0x9000, with: 0xEE)
      // With extended information, as for machine checks.
      let cells: [UInt32] = [0x500, 0x1000, .max, critical, 0x9000, length, 0]
      #expect(try rtas.call("check-exception", cells) == [0])
      let log = try rtas.memory.read(64, at: 0x9000)
      #expect(log[expected - 1] != 0xEE && log[expected...].allSatisfy { $0 == 0xEE })
    }
  }

  @Test func `indicators and sensors that do not exist are refused`() throws {
    let rtas = try RTASBoard()
    #expect(try rtas.call("set-indicator", [9005, 0xFE, 1]) == [0])
    #expect(try rtas.call("set-indicator", [9001, 0, 1]) == [-3])
    #expect(try rtas.call("get-sensor-state", [9003, 0], outputs: 2) == [-3, unwritten])
    #expect(try rtas.call("get-sensor-state", [9, 1], outputs: 2) == [-3, unwritten])
    #expect(try rtas.call("rtas-last-error", [0x9000, 2048]) == [1])
    #expect(try rtas.call("display-character", [65]) == [0])
    #expect(rtas.board.output.written == "A")
  }

  @Test func `wrong counts and unknown tokens get status -3`() throws {
    let rtas = try RTASBoard()
    #expect(try rtas.call("power-off", [0]) == [-3])
    #expect(try rtas.call("power-off", [0, 0, 0]) == [-3])
    #expect(try rtas.call("get-time-of-day", [], outputs: 7)[0] == -3)
    #expect(try rtas.call("power-off", [0, 0], outputs: 0) == [])
    #expect(rtas.board.partition.takeRequests() == [])
    #expect(try rtas.call(token: 0x1234, []) == [-3])
    #expect(try rtas.call(token: 0x1234, []) == [-3])
    #expect(try rtas.call(token: .max, [], outputs: 0) == [])
    #expect(
      rtas.board.output.logged == [
        "RTAS token 0x1234 is not served", "RTAS token 0xffffffff is not served",
      ])
  }

  @Test func `argument buffers must be memory, aligned, and not too long`() throws {
    let rtas = try RTASBoard()
    for address: UInt64 in [0x8001, 0x8002, 1 << 20, 1 << 20 - 8, 1 << 20 - 4, .max, .max - 3] {
      #expect(rtas.board.call(0xF000, address).status == -4, "\(address)")
    }
    // The last cell would be outside.
    let top: UInt64 = 1 << 20 - 12
    try rtas.memory.write(try rtas.token("stop-self"), at: top)
    try rtas.memory.write(UInt32(0), at: top + 4)
    try rtas.memory.write(UInt32(1), at: top + 8)
    #expect(rtas.board.call(0xF000, top).status == -4)
    for (inputs, outputs): (UInt32, UInt32) in [(17, 1), (0, 17), (.max, 1), (0, .max)] {
      try rtas.memory.write(inputs, at: 0x8004)
      try rtas.memory.write(outputs, at: 0x8008)
      #expect(rtas.board.call(0xF000, 0x8000).status == -4)
    }
  }
}

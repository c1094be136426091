import Glibc
import HostSupport
import Machine
import Testing

/// Threads are processors.
@Suite(.serialized) struct ThreadTests {
  private static let first = DebuggedProgram.start + 0x14
  private static let second = DebuggedProgram.start + 0x24

  /// Two processors in loops of their own, which have stopped.
  private static func stopped(_ engine: MachineEngine) throws -> DebugClient {
    let machine = try DebuggedMachine(
      DebuggedProgram.boot(DebuggedProgram.twoProcessors), engine: engine, processors: 2)
    let client = try machine.connect()
    #expect(try client.ask("?") == "T02thread:1;")
    #expect(try client.ask("Z0,\(second.hexDigits()),4") == "OK")
    #expect(try client.resume() == "T05thread:2;swbreak:;")
    #expect(try client.ask("z0,\(second.hexDigits()),4") == "OK")
    return client
  }

  /// The counts of the first and the second processor.
  private static func counts(_ client: DebugClient) throws -> [UInt64] {
    try (1...2).map { thread in
      #expect(try client.ask("Hg\(thread)") == "OK")
      return try client.read(.r10)
    }
  }

  @Test func lists() throws {
    let client = try Self.stopped(.interpreter)
    #expect(try client.ask("qfThreadInfo") == "m1,2")
    #expect(try client.ask("qsThreadInfo") == "l")
    #expect(try client.ask("qC") == "QC2")
    let running = Array("processor 1, running".utf8).hexDigits()
    #expect(try client.ask("qThreadExtraInfo,2") == running)
    #expect(
      try client.object("threads:read:", part: 20) == """
        <?xml version="1.0"?>
        <threads>
        <thread id="1" core="0">processor 0, running</thread>
        <thread id="2" core="1">processor 1, running</thread>
        </threads>

        """)
    for thread in ["1", "2"] { #expect(try client.ask("T\(thread)") == "OK") }
    for thread in ["0", "3", "-1", "ffffffffffffffff"] {
      #expect(try client.ask("T\(thread)") == "E03")
    }
    #expect(try client.ask("Hg3") == "E03")
    #expect(try client.ask("Hc-1") == "OK")
    #expect(try client.ask("Hx1") == "E16")
    try client.send("k")
  }

  @Test(arguments: MachineEngine.available) func eachHasItsAction(_ engine: MachineEngine) throws {
    let client = try Self.stopped(engine)
    #expect(try client.ask("vCont?") == "vCont;c;C;s;S;r")
    // One steps, and the other stays.
    var before = try Self.counts(client)
    for _ in 0..<6 { #expect(try client.resume("vCont;s:2") == "T05thread:2;") }
    var after = try Self.counts(client)
    #expect(after[0] == before[0] && after[1] == before[1] + 3)
    for _ in 0..<6 { #expect(try client.resume("vCont;s:1") == "T05thread:1;") }
    before = after
    after = try Self.counts(client)
    #expect(after[1] == before[1] && [2, 3, 4].contains(after[0] - before[0]))
    // One steps while the other runs.
    before = after
    for _ in 0..<4 { #expect(try client.resume("vCont;s:2;c") == "T05thread:2;") }
    after = try Self.counts(client)
    #expect(after[0] > before[0] + 100 && after[1] == before[1] + 2)
    // One runs, and the other stays.
    before = after
    #expect(try client.ask("Z0,\(Self.first.hexDigits()),4") == "OK")
    #expect(try client.resume("vCont;s:1") == "T05thread:1;")
    #expect(try client.resume("vCont;c:1") == "T05thread:1;swbreak:;")
    after = try Self.counts(client)
    #expect(after[1] == before[1])
    // The breakpoint is for both; only one comes there.
    #expect(try client.resume("vCont;s:1") == "T05thread:1;")
    #expect(try client.resume("vCont;c") == "T05thread:1;swbreak:;")
    try client.send("k")
  }

  @Test func whatIsRefused() throws {
    let client = try Self.stopped(.interpreter)
    for packet in ["vCont", "vCont;", "vCont;x", "vCont;c:9", "vCont;c:1:2", "vCont;C", "vCont;r1"]
    {
      #expect(["E16", "E03"].contains(try client.ask(packet)), "\(packet)")
    }
    // Processors stop together.
    #expect(try client.ask("vCont;t:1") == "E5f")
    #expect(try client.ask("QNonStop:1") == "E5f")
    #expect(try client.ask("QNonStop:0") == "OK")
    try client.send("k")
  }
}

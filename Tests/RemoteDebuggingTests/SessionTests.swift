import Glibc
import HostSupport
import Machine
import Synchronization
import Testing

@testable import RemoteDebugging

/// Connections, memory and the commands of monitor.
@Suite(.serialized) struct SessionTests {
  private static let program = DebuggedProgram.boot(DebuggedProgram.counting)

  @Test func memory() throws {
    let client = try DebuggedMachine(Self.program).connect()
    #expect(try client.ask("m400000,8") == "386000003c800050")
    #expect(try client.ask("m400000,0") == "")
    // Over the end of a page, and up to the end of memory.
    #expect(try client.ask("M500ffc,8:0102030405060708") == "OK")
    #expect(try client.ask("m500ffe,4") == "03040506")
    #expect(try client.ask("Mfffffff,1:7d") == "OK")
    #expect(try client.ask("mfffffff,4") == "7d")
    #expect(try client.ask("m10000000,1") == "E0e")
    #expect(try client.ask("Mfffffff,2:0102") == "E0e")
    #expect(try client.ask("mfffffff,1") == "7d")
    try client.send(Array("X500000,3:".utf8) + [0x23, 0x24, 0x7D])
    #expect(String(decoding: try client.answer(), as: UTF8.self) == "OK")
    #expect(try client.ask("m500000,3") == "23247d")
    for packet in ["m", "m1", "m1,", "m1,1,1", "m1,100000", "M1,1:", "M1,1:000", "X1,2:a", "m,1"] {
      #expect(try client.ask(packet) == "E16", "\(packet)")
    }
    // By real address.
    #expect(try client.ask("qqemu.PhyMemMode") == "0")
    #expect(try client.ask("Qqemu.PhyMemMode:1") == "OK")
    #expect(try client.ask("qqemu.PhyMemMode") == "1")
    #expect(try client.ask("m500000,3") == "23247d")
    #expect(try client.ask("m8000000000500000,3") == "E0e")
    #expect(try client.ask("Qqemu.PhyMemMode:2") == "E16")
    #expect(try client.monitor("phys off") == "")
    #expect(try client.ask("qqemu.PhyMemMode") == "0")
    // In real mode the processor ignores the first bits.
    #expect(try client.ask("m8000000000500000,3") == "23247d")
    try client.send("k")
  }

  @Test func whatTheServerOffers() throws {
    let client = try DebuggedMachine(Self.program).connect()
    let offered = try client.ask("qSupported:multiprocess+;swbreak+")
    let size = try #require(offered.split(separator: ";").first { $0.hasPrefix("PacketSize=") })
    #expect(UInt64(hexadecimal: "0x" + size.dropFirst(11)) == UInt64(PacketReader.longest))
    #expect(try client.ask("QStartNoAckMode") == "OK")
    client.acknowledges = false
    #expect(try client.ask("qAttached") == "1")
    #expect(try client.ask("qSymbol::") == "OK")
    for unknown in [
      "vMustReplyEmpty", "qXfer:auxv:read::0,10", "qOffsets", "!", "Z5,0,4", "", "vRun;",
    ] {
      #expect(try client.ask(unknown) == "", "\(unknown)")
    }
    #expect(try client.ask("qXfer:features:read:other.xml:0,10") == "E02")
    #expect(try client.ask("qXfer:features:read:target.xml:fffff,10") == "E16")
    for range in ["0,0", "0,10001", "fffffffffffffffc,8"] {
      #expect(try client.ask("Z2,\(range)") == "E16", "\(range)")
    }
    for number in 0..<DebugSession.mostWatches {
      #expect(try client.ask("Z2,\((8 * number).hexDigits()),8") == "OK")
    }
    #expect(try client.ask("Z2,100000,8") == "E1c")
    #expect(try client.ask(String(repeating: "m", count: PacketReader.longest + 1)) == "E07")
    try client.send("k")
  }

  /// Until it stops, the guest is not accessible.
  @Test func running() throws {
    let client = try DebuggedMachine(Self.program).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    try client.send("vCont;c")
    #expect(try client.ask("g") == "E10")
    #expect(try client.interrupt() == "T02thread:1;")
    // One that has stopped ignores it.
    try client.write([3])
    #expect(try client.ask("?") == "T02thread:1;")
    try client.send("k")
  }

  @Test(arguments: MachineEngine.available) func oneAfterTheOther(_ engine: MachineEngine) throws {
    let machine = try DebuggedMachine(Self.program, engine: engine)
    let place = (DebuggedProgram.start + 8).hexDigits()
    do {
      let client = try machine.connect()
      #expect(try client.ask("?") == "T02thread:1;")
      // Another is turned away.
      let other = try machine.connect()
      #expect(throws: DebugClient.Failure.self) {
        try other.send("?")
        _ = try other.answer()
      }
      #expect(try client.ask("Z0,\(place),4") == "OK")
      #expect(try client.resume() == "T05thread:1;swbreak:;")
      #expect(try client.ask("D") == "OK")
    }
    // After a detachment, and after a connection that was lost, the guest runs, without breakpoints.
    var count: UInt64 = 0
    for isLost in [true, true, false] {
      usleep(50_000)
      let client = try machine.connect()
      #expect(try client.ask("?") == "T02thread:1;")
      #expect(try client.read(.r3) > count)
      count = try client.read(.r3)
      guard isLost else {
        try client.send("k")
        break
      }
      #expect(try client.ask("Z0,\(place),4") == "OK")
      #expect(try client.ask("Z2,\(DebuggedProgram.counter.hexDigits()),8") == "OK")
    }
    #expect("\(try machine.wait().outcome)" == "\(MachineOutcome.left)")
  }

  /// The guest that ends under a debugger.
  @Test func theEnd() throws {
    let machine = try DebuggedMachine()
    let client = try machine.connect()
    #expect(try client.resume() == "W00")
    #expect("\(try machine.wait().outcome)" == "\(MachineOutcome.poweredOff)")
  }

  @Test func monitor() throws {
    let machine = try DebuggedMachine(Self.program)
    let client = try machine.connect()
    let help = try client.monitor("help").split(separator: "\n")
    #expect(help.count == MonitorCommand.all.count)
    for (line, command) in zip(help, MonitorCommand.all) {
      #expect(line.hasPrefix(command.usage) && line.hasSuffix(command.summary))
    }
    #expect(
      try client.monitor("info mtree").hasPrefix("0000000000000000-000000000fffffff memory\n"))
    #expect(try client.monitor("info tlb 0x400000").hasPrefix("load: 0x400000, memory\n"))
    #expect(try client.monitor("info tlb") == "none\n")
    #expect(try client.monitor("slb") == "none\n")
    #expect(try client.monitor("hpt 0x400000").hasPrefix("0x400000 has no segment"))
    #expect(try client.monitor("calls") == "no hypercalls\nno RTAS calls\n")
    #expect(try client.monitor("level").hasPrefix("level: "))
    #expect(try client.monitor("tree /chosen").contains("qemu,boot-kernel"))
    #expect(try client.monitor("tree /nowhere") == "the tree has no node /nowhere\n")
    #expect(try client.monitor("tree").contains("ibm,phandle") == false)
    #expect(try client.monitor("dtb file").hasSuffix(" bytes\n"))
    #expect(machine.files.value.withLock { $0["file"]?.prefix(4) } == [0xD0, 0x0D, 0xFE, 0xED])
    #expect(try client.monitor("dtb refused") == "refused\n")
    #expect(
      try client.monitor("xp 0x400000 20") == """
        0000000000400000: 38 60 00 00 3c 80 00 50 38 63 00 01 f8 64 00 00
        0000000000400010: e8 a4 00 00

        """)
    #expect(try client.monitor("xp 0x10000000").hasPrefix("there is not so much memory"))
    for line in ["xp", "xp x", "xp 0 5000", "phys", "phys x", "endian x", "hpt", "dtb", "slb 1"] {
      #expect(try client.monitor(line).hasPrefix("usage: monitor "), "\(line)")
    }
    #expect(
      try client.monitor("nothing") == "there is no command 'nothing'; monitor help lists all\n")
    #expect(try client.monitor("nmi") == "")
    #expect(try client.resume("vCont;s:1") == "T05thread:1;")
    // The first instruction of the system reset interrupt has been executed, or has another.
    #expect(try client.read(.pc) < DebuggedProgram.start)
    #expect(try client.monitor("reset") == "")
    #expect(try client.read(.pc) == DebuggedProgram.start)
    #expect(try client.ask("Z0,\((DebuggedProgram.start + 12).hexDigits()),4") == "OK")
    #expect(try client.resume() == "T05thread:1;swbreak:;")
    #expect(try client.read(.r3) == 1)
    // Breakpoints are there after a restart, too.
    #expect(try client.monitor("reset") == "")
    #expect(try client.resume() == "T05thread:1;swbreak:;")
    #expect(try client.read(.r3) == 1)
    try client.send("k")
  }
}

import Glibc
import HostSupport
import Machine
import Testing

/// Breakpoints, watchpoints and steps, in both engines.
@Suite(.serialized) struct StoppingTests {
  private static let loop = DebuggedProgram.start + 8
  private static let store = DebuggedProgram.start + 0xC
  private static let load = DebuggedProgram.start + 0x10

  private static func machine(_ engine: MachineEngine) throws -> DebuggedMachine {
    try DebuggedMachine(DebuggedProgram.boot(DebuggedProgram.counting), engine: engine)
  }

  /// Lets the program run until its code is hot, and stops it.
  private static func warmUp(_ client: DebugClient) throws {
    try client.send("vCont;c")
    usleep(100_000)
    #expect(try client.interrupt() == "T02thread:1;")
    #expect(try client.read(.r3) > 10_000)
  }

  @Test(arguments: MachineEngine.available) func breakpoints(_ engine: MachineEngine) throws {
    let client = try Self.machine(engine).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    #expect(try client.read(.pc) == DebuggedProgram.start)
    try Self.warmUp(client)
    #expect(try client.ask("Z0,\(Self.store.hexDigits()),4") == "OK")
    var counts: [UInt64] = []
    for _ in 0..<4 {
      #expect(try client.resume() == "T05thread:1;swbreak:;")
      #expect(try client.read(.pc) == Self.store)
      let count = try client.read(.r3)
      // The instruction with the breakpoint has not been executed.
      #expect(try client.doubleword(at: DebuggedProgram.counter) == count - 1)
      counts.append(count)
      #expect(try client.resume("vCont;s:1") == "T05thread:1;")
      #expect(try client.read(.pc) == Self.load)
      #expect(try client.doubleword(at: DebuggedProgram.counter) == count)
    }
    #expect(counts == (0..<4).map { counts[0] + $0 })
    #expect(try client.ask("z0,\(Self.store.hexDigits()),4") == "OK")
    // Hardware breakpoints are others; a second one is one.
    for _ in 0..<2 { #expect(try client.ask("Z1,\(Self.load.hexDigits()),4") == "OK") }
    #expect(try client.resume() == "T05thread:1;hwbreak:;")
    #expect(try client.read(.pc) == Self.load)
    #expect(try client.ask("z1,\(Self.load.hexDigits()),4") == "OK")
    try Self.warmUp(client)
    try client.send("k")
  }

  @Test(arguments: MachineEngine.available) func watchpoints(_ engine: MachineEngine) throws {
    let client = try Self.machine(engine).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    try Self.warmUp(client)
    let counter = DebuggedProgram.counter.hexDigits()
    let rows: [(type: Int, name: String, places: [UInt64])] = [
      (2, "watch", [Self.store]), (3, "rwatch", [Self.load]),
      (4, "awatch", [Self.store, Self.load]),
    ]
    for row in rows {
      #expect(try client.ask("Z\(row.type),\(counter),8") == "OK")
      for round in 0..<4 {
        #expect(try client.resume() == "T05thread:1;\(row.name):\(counter);")
        let place = try client.read(.pc)
        #expect(row.places.contains(place))
        // Before the access.
        let count = try client.read(.r3)
        let stored = try client.doubleword(at: DebuggedProgram.counter)
        #expect(stored == (place == Self.store ? count - 1 : count), "\(row.name) \(round)")
        // A watchpoint at the instruction stops it again, as a debugger expects that removes it.
        #expect(try client.resume("vCont;s:1") == "T05thread:1;\(row.name):\(counter);")
        #expect(try client.ask("z\(row.type),\(counter),8") == "OK")
        #expect(try client.resume("vCont;s:1") == "T05thread:1;")
        #expect(try client.read(.pc) == place + 4)
        #expect(try client.ask("Z\(row.type),\(counter),8") == "OK")
      }
      #expect(try client.ask("z\(row.type),\(counter),8") == "OK")
    }
    // The bytes beside it are others, on the same page or on two.
    #expect(try client.ask("Z4,\((DebuggedProgram.counter + 8).hexDigits()),10") == "OK")
    #expect(try client.ask("Z4,\((DebuggedProgram.counter - 16).hexDigits()),10") == "OK")
    try Self.warmUp(client)
    // A byte within the doubleword.
    let byte = (DebuggedProgram.counter + 7).hexDigits()
    #expect(try client.ask("Z2,\(byte),1") == "OK")
    #expect(try client.resume() == "T05thread:1;watch:\(byte);")
    try client.send("k")
  }

  @Test(arguments: MachineEngine.available) func steps(_ engine: MachineEngine) throws {
    let client = try Self.machine(engine).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    let places: [UInt64] = [4, 8, 0xC, 0x10, 0x14, 8, 0xC]
    for (number, place) in places.enumerated() {
      // All ways to step.
      let packet = ["s", "vCont;s:1", "vCont;s", "S05", "vCont;s:1;c"][number % 5]
      #expect(try client.resume(packet) == "T05thread:1;")
      #expect(try client.read(.pc) == DebuggedProgram.start + place)
    }
    // A step over a range ends where the range does.
    let range = "\(Self.loop.hexDigits()),\(Self.load.hexDigits())"
    #expect(try client.resume("vCont;r\(range):1") == "T05thread:1;")
    #expect(try client.read(.pc) == Self.load)
    // The address of s is where it begins.
    #expect(try client.resume("s\(DebuggedProgram.start.hexDigits())") == "T05thread:1;")
    #expect(try client.read(.pc) == DebuggedProgram.start + 4)
    #expect(try client.read(.r3) == 0)
    try client.send("k")
  }

  /// Both engines stop at the same places, with the same registers and for the same reasons.
  @Test func enginesAgree() throws {
    let stops = try MachineEngine.available.map { engine in
      let client = try DebuggedMachine(engine: engine).connect()
      #expect(try client.ask("?") == "T02thread:1;")
      for place in stride(from: 0x20_0100, to: 0x20_2600, by: 0x74) as StrideTo<UInt64> {
        #expect(try client.ask("Z0,\((place & ~3).hexDigits()),4") == "OK")
      }
      // Its data.
      for place in stride(from: 0x20_3100, to: 0x20_8000, by: 0x400) as StrideTo<UInt64> {
        #expect(try client.ask("Z4,\(place.hexDigits()),20") == "OK")
      }
      var stops: [String] = []
      for _ in 0..<600 {
        stops.append(try client.resume() + (try client.ask("g")).prefix(2 * 4 * 32))
        stops.append(try client.ask("p40"))
        stops.append(try client.resume("s"))
        // A watchpoint stops the step, too; without watchpoints it is made.
        guard stops[stops.count - 1] != "T05thread:1;" else { continue }
        let watched = stops[stops.count - 1].split(separator: ":")[2].dropLast()
        let place = (UInt64(hexadecimal: "0x" + watched) ?? 0) & ~0x3FF | 0x100
        #expect(try client.ask("z4,\(place.hexDigits()),20") == "OK")
        stops.append(try client.resume("s"))
        #expect(try client.ask("Z4,\(place.hexDigits()),20") == "OK")
      }
      try client.send("k")
      return stops
    }
    #expect(stops.allSatisfy { $0 == stops[0] })
    #expect(Set(stops[0]).count > 20)
  }

  /// The guest that is stopped all the time prints what it prints otherwise.
  @Test(arguments: MachineEngine.available) func theGuestSeesNothing(
    _ engine: MachineEngine
  ) throws {
    let expected = try DebuggedMachine.undisturbed()
    let machine = try DebuggedMachine(engine: engine)
    let client = try machine.connect()
    #expect(try client.ask("?") == "T02thread:1;")
    for _ in 0..<3000 { #expect(try client.resume("vCont;s:1") == "T05thread:1;") }
    #expect(try client.ask("D") == "OK")
    let (outcome, text) = try machine.wait()
    #expect("\(outcome)" == "\(MachineOutcome.poweredOff)")
    #expect(text == expected)
  }

  /// The program is written in the other byte order, and entered in that mode.
  @Test(arguments: MachineEngine.available) func littleEndian(_ engine: MachineEngine) throws {
    let client = try Self.machine(engine).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    let swapped = DebuggedProgram.counting.map { $0.byteSwapped.hexDigits(8) }.joined()
    #expect(try client.ask("M\(DebuggedProgram.start.hexDigits()),18:\(swapped)") == "OK")
    #expect(try client.write(.msr, client.read(.msr) | 1) == "OK")
    #expect(try client.monitor("endian little") == "little\n")
    let pc = DebugClient.Register.pc.rawValue.hexDigits()
    #expect(try client.ask("p\(pc)") == "0000400000000000")
    #expect(try client.ask("Z0,\(Self.store.hexDigits()),4") == "OK")
    #expect(try client.resume() == "T05thread:1;swbreak:;")
    #expect(try client.ask("p\(pc)") == "0c00400000000000")
    #expect(try client.ask("p3") == "0100000000000000")
    #expect(try client.ask("P3=0201000000000000") == "OK")
    #expect(try client.resume("vCont;s:1") == "T05thread:1;")
    #expect(
      try client.ask("m\(DebuggedProgram.counter.hexDigits()),8") == "0201000000000000")
    try client.send("k")
  }

  /// In 32-bit mode the high halves of addresses do not count.
  @Test(arguments: MachineEngine.available) func narrow(_ engine: MachineEngine) throws {
    let client = try Self.machine(engine).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    #expect(try client.write(.msr, client.read(.msr) & ~(1 << 63)) == "OK")
    let here = try client.doubleword(at: DebuggedProgram.start)
    #expect(try client.doubleword(at: 0x7_0000_0000 + DebuggedProgram.start) == here)
    #expect(try client.ask("Z0,\(Self.store.hexDigits()),4") == "OK")
    #expect(try client.ask("Z2,\(DebuggedProgram.counter.hexDigits()),4") == "OK")
    #expect(try client.resume() == "T05thread:1;swbreak:;")
    #expect(
      try client.resume("vCont;s:1")
        == "T05thread:1;watch:\(DebuggedProgram.counter.hexDigits());")
    try client.send("k")
  }
}

/// Interrupts, while a processor steps.
@Suite(.serialized) struct InterruptedStepTests {
  /// A decrementer interrupt that is pending waits for the end of steps, unless they take it.
  @Test(arguments: MachineEngine.available) func decrementer(_ engine: MachineEngine) throws {
    let client = try DebuggedMachine(
      DebuggedProgram.boot(DebuggedProgram.counting), engine: engine
    ).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    let description = try client.object("features:read:target.xml").split(separator: "\n")
    let dec = try #require(
      description.first { $0.hasPrefix("<reg name=\"dec\"") }?.split(separator: "\"").last {
        Int($0) != nil
      })
    let number = try #require(Int(dec)).hexDigits()
    // MSR[EE], and a negative decrementer.
    #expect(try client.write(.msr, client.read(.msr) | 0x8000) == "OK")
    let width = try client.ask("p\(number)").count
    #expect(try client.ask("P\(number)=\(String(repeating: "f", count: width))") == "OK")
    for place in [4, 8, 0xC] as [UInt64] {
      #expect(try client.resume("vCont;s:1") == "T05thread:1;")
      #expect(try client.read(.pc) == DebuggedProgram.start + place)
    }
    #expect(try client.ask("M900,4:60000000") == "OK")
    #expect(try client.monitor("step-interrupts on") == "")
    #expect(try client.resume("vCont;s:1") == "T05thread:1;")
    #expect(try client.read(.pc) == 0x904)
    try client.send("k")
  }
}

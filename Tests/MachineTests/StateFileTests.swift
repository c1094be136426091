import GuestTestSupport
import Devices
import Glibc
import GuestMemory
import HostSupport
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Hypervisor
@testable import Machine

/// Files of every format that was ever released restore, and their guests continue.
@Suite struct StateFileTests {
  private static let formats: [UInt32] = [1, 2]

  private static func machine(
    _ state: [UInt8], output: Int32 = -1, on engine: MachineEngine = .interpreter
  ) throws -> PowerMachine {
    let saved = try SavedMachine(from: StateReader.source(of: state))
    var configuration = MachineConfiguration(description: try saved.head.destination())
    configuration.isDeterministic = saved.head.isDeterministic
    configuration.engine = engine
    configuration.timeout = 60
    let machine = try PowerMachine(
      configuration, console: HostConsole(input: -1, output: output))
    try machine.restore(saved)
    return machine
  }

  private static func state(
    of machine: PowerMachine, _ version: MachineVersion = .newest
  ) throws -> [UInt8] {
    var state: [UInt8] = []
    try machine.save(version: version) { state += $0 }
    return state
  }

  /// Sections as they are today.
  private static func sections(_ state: [UInt8]) throws -> [SectionBytes] {
    var reader = try StateReader(ofMachine: StateReader.source(of: state), known: [])
    var sections: [SectionBytes] = []
    while let section = try reader.next() { sections.append(section.bytes) }
    return sections
  }

  /// The guest of each file prints what it has always printed after that point.
  @Test(arguments: StateFileGuest.allCases, formats)
  func everyFileRestores(guest: StateFileGuest, format: UInt32) throws {
    let name = "format-\(format)-\(guest.rawValue)"
    let state = try StateFileGuest.contents("\(name).state")
    #expect(Array(state[..<12]) == StateWriter.magic + [0, 0, 0, UInt8(format)])
    for engine in MachineEngine.available {
      let text = try ConsolePipe.text { output in
        let outcome = try Self.machine(state, output: output, on: engine).run()
        #expect(outcome == .poweredOff)
      }
      let expected = try StateFileGuest.contents("\(name).txt")
      guard guest == .two, format == 1 else {
        #expect(text == String(decoding: expected, as: UTF8.self), "\(engine)")
        continue
      }
      // Whose turn it was is in that file and no longer counts: only the order may differ.
      #expect(text.sorted() == String(decoding: expected, as: UTF8.self).sorted(), "\(engine)")
    }
  }

  /// What is read of a file of format 1 is all that is in it: written in that format again, it is the
  /// same, but for names of registers and for whose turn it is.
  @Test(arguments: StateFileGuest.allCases)
  func nothingOfFormatOneIsLost(guest: StateFileGuest) throws {
    let state = try StateFileGuest.contents("format-1-\(guest.rawValue).state")
    let machine = try Self.machine(state)
    let again = try Self.state(of: machine, .v1_2)
    #expect(again[11] == 1)
    #expect(try Self.sections(again) == Self.sections(state))
    #expect(
      try Self.sections(Self.state(of: machine)).map(\.title) == Self.sections(state).map(\.title))
  }

  /// A file of today's format is written again byte for byte.
  @Test(arguments: StateFileGuest.allCases)
  func nothingOfFormatTwoIsLost(guest: StateFileGuest) throws {
    let state = try StateFileGuest.contents("format-2-\(guest.rawValue).state")
    #expect(try Self.state(of: Self.machine(state)) == state)
  }

  /// Every device is as it was, where the guest does not print it.
  @Test(arguments: formats)
  func everyDeviceIsRestored(format: UInt32) throws {
    let state = try StateFileGuest.contents("format-\(format)-devices.state")
    let machine = try Self.machine(state)
    let partition = machine.partition
    #expect(machine.waitingInput == Array("more ".utf8))
    #expect(partition.terminals.allSatisfy { ($0 as? VirtualTerminal)?.hasInput == true })
    #expect(partition.nvram.isModified && partition.nvram.count == 8 << 10)
    #expect(partition.clock.now.secondsSinceEpoch / 86400 / 365 == 61)
    #expect(partition.environment == .systemShutdown && partition.events.count == 1)
    #expect(
      partition.processTable == ProcessTable(base: 0x20_0000, size: 0x1_0000, isRadix: false))
    #expect(partition.adapters[0x7100_0000]?.isEnabled == true)
    #expect(partition.adapters[0x7100_0001]?.isEnabled == false)
    #expect(partition.rtasArea != nil && partition.notification != nil)
    #expect(partition.interrupts[0x1100]?.priority == 5)
    #expect(partition.interrupts[0x1100]?.isWaiting == true)
    #expect(partition.preparedHashPageTable?.entries[0] == 0x1234)
    #expect(partition.hashPageTable?.entries[2] == 0x5678)
    let (first, second) = (partition.processors[0], partition.processors[1])
    #expect(first.presentation.source == 2 && first.presentation.cppr == 0xFF)
    #expect(first.isProdded && second.state == .conferred && second.reportsMachineCheck)
    #expect(first.areas.processorArea == 0x10_0000 && first.areas.traceLog?.entries == 10)
    #expect(first.areas.shadowBuffer?.size == 256)
  }

  /// Parts of the machine have sections of their own, whose versions say what is in them.
  @Test func sectionsAndVersions() throws {
    let sections = try Self.sections(StateFileGuest.contents("format-2-devices.state"))
    var versions: [String: UInt32] = [:]
    for section in sections { versions[section.key] = section.version }
    #expect(Set(versions.keys).isSubset(of: StateSection.all.map(\.key)))
    #expect(versions["cpu"] == 1 && versions["rtc"] == 1 && versions["nvram"] == 1)
    #expect(sections.first { $0.title == "cpu" }?.version == 2)
    #expect(sections.filter { $0.key == "vty" }.map(\.title) == ["vty@71000000", "vty@71000001"])
    #expect(sections.filter { $0.key == "icp" }.map(\.instance) == [0, 1])
    for section in sections { #expect(!section.isOptional) }
  }

  /// The beginning of a stream is complete by itself, with the section behind it: a destination reads
  /// both before it lets the source continue.
  @Test(arguments: MachineVersion.allCases)
  func beginningIsComplete(version: MachineVersion) throws {
    let machine = try StateFileGuest.two.machine()
    var sent: [UInt8] = []
    var writer = try StateWriter(for: version) { sent += $0 }
    try machine.saveBeginning(to: &writer, version: version)
    let saved = try SavedMachine(from: StateReader.source(of: sent))
    #expect((saved.head.capabilities != nil) == (version >= .v1_2))
    var reader = try StateReader(from: StateReader.source(of: sent))
    var sections: [String] = []
    #expect(throws: StateError.self) {
      while let section = try reader.next() { sections.append(section.key) }
    }
    #expect(sections.last == (version < .v2_0 ? "hash page tables" : "hptsize"))
    #expect(reader.offset == sent.count)
  }

  // MARK: turns

  /// Two processors that print at once: saved anywhere they print, together with what they print
  /// after that in another machine, what they print undisturbed. Saving waits for the end of a round.
  @Test(arguments: MachineEngine.available)
  func roundsOfProcessors(engine: MachineEngine) throws {
    var count: UInt64 = 0
    let whole = try ConsolePipe.text { output in
      let machine = try StateFileGuest.two.machine(output: output)
      #expect(machine.run() == .poweredOff)
      count = machine.instructionCount
    }
    for pause in stride(from: 1, to: count - 100_000, by: 61_803) {
      var state: [UInt8] = []
      let before = try ConsolePipe.text { output in
        let machine = try StateFileGuest.two.machine(output: output)
        machine.pauseAt = pause
        #expect(machine.run() == .paused(at: machine.instructionCount))
        #expect((pause...pause + 100_100).contains(machine.instructionCount))
        state = try Self.state(of: machine)
      }
      let after = try ConsolePipe.text { output in
        let machine = try Self.machine(state, output: output, on: engine)
        #expect(machine.run() == .poweredOff)
        #expect(machine.instructionCount == count)
      }
      #expect(before + after == whole, "paused at \(pause)")
    }
  }

  /// One processor ends exactly at the limit of instructions, whether it pauses before or not.
  @Test(arguments: [1, 49_999, 50_001, 103_457] as [UInt64])
  func limitOfOneProcessor(limit: UInt64) throws {
    for pause in [nil, limit / 2, limit, limit + 1] {
      let machine = try StateFileGuest.testGuest.machine(limit: limit)
      machine.pauseAt = pause
      if let pause, pause < limit { #expect(machine.run() == .paused(at: pause)) }
      #expect(machine.run() == .instructionLimit(limit))
      #expect(machine.instructionCount == limit)
    }
  }

  /// Several end with the round in which the limit is reached: every time at the same instruction.
  @Test func limitOfSeveralProcessors() throws {
    var counts: Set<UInt64> = []
    for pause: UInt64? in [nil, nil, 100_000] {
      let machine = try StateFileGuest.two.machine(limit: 300_001)
      machine.pauseAt = pause
      if pause != nil { #expect(machine.run() == .paused(at: machine.instructionCount)) }
      #expect(machine.run() == .instructionLimit(300_001))
      counts.insert(machine.instructionCount)
    }
    #expect(counts.count == 1)
    #expect(counts.allSatisfy { (300_001...400_101).contains($0) })
  }

  // MARK: files

  /// Writes the files of today's format into the folder that WRITE_STATES names.
  @Test(.enabled(if: getenv("WRITE_STATES") != nil), arguments: StateFileGuest.allCases)
  func write(guest: StateFileGuest) throws {
    let folder = String(cString: getenv("WRITE_STATES"))
    let machine = try guest.machine()
    machine.pauseAt = guest.pause
    _ = machine.run()
    try guest.prepare(machine)
    let state = try Self.state(of: machine)
    let text = try ConsolePipe.text { output in
      let outcome = try Self.machine(state, output: output).run()
      #expect(outcome == .poweredOff)
    }
    for (kind, bytes) in [("state", state), ("txt", Array(text.utf8))] {
      let path = "\(folder)/format-\(StateWriter.format)-\(guest.rawValue).\(kind)"
      let file = try #require(fopen(path, "wx"), "\(path) is there, or the folder is not")
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      fclose(file)
    }
  }
}

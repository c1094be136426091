import HostSupport
import Machine
import PowerISA
import Testing

@testable import RemoteDebugging

/// Registers and their description.
@Suite(.serialized) struct RegisterTests {
  /// Every register of every processor has a number and a name of its own, and a place in g.
  @Test(arguments: ProcessorModel.all, [true, false])
  func descriptions(_ model: ProcessorModel, isWide: Bool) throws {
    let registers = TargetRegisters(model, isWide: isWide)
    let names = registers.all.map(\.name)
    #expect(Set(names).count == names.count)
    let xml = TargetDescription.xml(of: registers)
    let rows = xml.split(separator: "\n").filter { $0.hasPrefix("<reg ") }
    #expect(rows.count == names.count)
    for (number, register) in registers.all.enumerated() {
      #expect(rows.filter { $0.hasSuffix(" regnum=\"\(number)\"/>") }.count == 1)
      #expect(
        rows.contains {
          $0.hasPrefix("<reg name=\"\(register.name)\" bitsize=\"\(register.bits)\"")
        })
    }
    // gdb knows the registers by these numbers and names.
    #expect(
      names[0] == "r0" && names[32] == "f0"
        && names[64..<71] == [
          "pc", "msr", "cr", "lr", "ctr", "xer", "fpscr",
        ])
    #expect(xml.contains("org.gnu.gdb.power.altivec") == (model.facilities.vector > 0))
    #expect(xml.contains("org.gnu.gdb.power.vsx") == (model.facilities.vector > 1))
    #expect(xml.contains("<architecture>powerpc:common\(isWide ? "64" : "")</architecture>"))
    let special = registers.all.filter { $0.feature == .special }
    #expect(
      ["special", "privileged", "hypervisor"].allSatisfy { group in
        special.contains { $0.group == group }
      })
    for name in ["srr0", "dar", "pvr", "dec", "sprg0"] {
      #expect(special.first { $0.name == name }?.group == "privileged", "\(name)")
    }
  }

  @Test(arguments: ["big", "little"]) func all(_ order: String) throws {
    let client = try DebuggedMachine(DebuggedProgram.boot(DebuggedProgram.counting)).connect()
    #expect(try client.ask("?") == "T02thread:1;")
    #expect(try client.monitor("endian \(order)") == "\(order)\n")
    let all = TargetRegisters(.power9, isWide: true).all
    #expect(
      try client.object("features:read:target.xml")
        == TargetDescription.xml(of: TargetRegisters(.power9, isWide: true)))
    let contents = try client.ask("g")
    #expect(contents.count == all.reduce(0) { $0 + 2 * $1.byteCount })
    var place = contents.startIndex
    for (number, register) in all.enumerated() {
      let end = contents.index(place, offsetBy: 2 * register.byteCount)
      let value = try client.ask("p\(number.hexDigits())")
      // Those that count time have another value each time.
      #expect(value.count == 2 * register.byteCount, "\(register.name)")
      if ["r", "f", "v"].contains(register.name.prefix(1)) {
        #expect(contents[place..<end] == value, "\(register.name)")
      }
      place = end
    }
    // General, floating-point and vector registers keep what is written.
    for (number, register) in all.enumerated()
    where register.feature != .special
      && !["msr", "pc", "xer", "fpscr", "vscr"].contains(register.name)
    {
      let value = (0..<register.byteCount).map { UInt8(truncatingIfNeeded: 16 * $0 + number) }
      #expect(try client.ask("P\(number.hexDigits())=\(value.hexDigits())") == "OK")
      #expect(try client.ask("p\(number.hexDigits())") == value.hexDigits(), "\(register.name)")
    }
    // What is read can be written, and stays.
    let general = 0..<2 * 8 * 64
    let before = try client.ask("g")
    #expect(try client.ask("G\(before)") == "OK")
    let after = try client.ask("g")
    #expect(Array(after.utf8)[general] == Array(before.utf8)[general])
    for packet in ["pffff", "p", "p-1", "P0=00", "P0", "G00", "Gxx"] {
      #expect(["E02", "E16"].contains(try client.ask(packet)), "\(packet)")
    }
    let version = try #require(all.firstIndex { $0.name == "pvr" })
    #expect(try client.ask("P\(version.hexDigits())=\(String(repeating: "0", count: 8))") == "E1e")
    try client.send("k")
  }

  /// The built-in guest is entered in 32-bit mode.
  @Test func narrow() throws {
    let client = try DebuggedMachine().connect()
    #expect(
      try client.object("features:read:target.xml").contains("bitsize=\"32\" type=\"code_ptr\""))
    #expect(try client.ask("p40").count == 8)
    try client.send("k")
  }
}

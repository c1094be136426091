import HostSupport
import Testing

@testable import RegisterLists

/// What two engines may call by other names, or have in other versions, without being different.
@Suite struct AgreementTests {
  // MARK: processor versions

  /// Two processors, the levels of both lists, and for which purposes they agree.
  @Test(
    arguments: [
      // POWER7 and POWER7+, POWER8E, POWER8NVL and POWER8 are of one kind.
      (0x003f_0203, 0x004a_0201, 0, 0, [.same, .move]),
      (0x004a_0201, 0x003f_0203, 0, 0, [.same, .move]),
      (0x004d_0200, 0x004b_0201, 0, 0, [.same, .move]),
      (0x004c_0100, 0x004d_0200, 0, 0, [.same, .move]),
      // The major revision of a POWER8 says nothing, that of a POWER9 does.
      (0x004d_0200, 0x004d_0100, 0, 0, [.same, .move]),
      (0x004e_1202, 0x004e_1100, 0, 0, []),
      (0x004d_0200, 0x003f_0203, 0, 0, []),
      // At a level that both have; the lists are not the same for that.
      (0x004e_1202, 0x004d_0200, 0x0f00_0004, 0x0f00_0004, [.move]),
      (0x004d_0200, 0x0082_1200, 0x0f00_0003, 0x0f00_0003, [.move]),
      // A guest takes its level along.
      (0x004e_1202, 0x004d_0200, 0x0f00_0004, 0, [.move]),
      (0x004e_1202, 0x004d_0200, 0, 0x0f00_0004, []),
      (0x004e_1202, 0x004d_0200, 0x0f00_0005, 0x0f00_0005, []),
      // Neither a level nor a processor is known.
      (0x004e_1202, 0x004d_0200, 0x0f00_0099, 0x0f00_0099, []),
      (0x1234_0000, 0x5678_0000, 0, 0, []),
    ] as [(UInt32, UInt32, UInt32, UInt32, [RegisterComparison.Purpose])])
  func versions(
    _ there: UInt32, _ here: UInt32, _ levelThere: UInt32, _ levelHere: UInt32,
    _ purposes: [RegisterComparison.Purpose]
  ) throws {
    func list(_ version: UInt32, _ level: UInt32) throws -> RegisterDump {
      var list = try Sample.list("power8-kvm.json")
      list.set("PVR", UInt128(version))
      list.set("ARCH_COMPAT", UInt128(level))
      return list
    }
    for purpose in RegisterComparison.Purpose.allCases {
      let comparison = try RegisterComparison(
        list(there, levelThere), list(here, levelHere), purpose: purpose)
      let row = try #require(comparison.rows.first { $0.name == "PVR" })
      #expect(row.isAccepted == purposes.contains(purpose), "\(purpose): \(row.verdict)")
      if purpose == .move || levelThere == levelHere {
        #expect(comparison.isAccepted == row.isAccepted, "\(comparison.reasons)")
      }
    }
  }

  /// KVM refuses to set a level that it does not have, whatever the processors are.
  @Test(
    arguments: [
      (0x0f00_00ff, "0xf0000ff there: no level has that logical PVR"),
      (0x0f00_0005, "0xf000005 there: power8 does not have the level power9"),
      (0x0f00_0004, nil), (0x0f00_0003, nil), (0, nil),
    ] as [(UInt32, String?)])
  func levelThatCannotBeSet(_ level: UInt32, _ reason: String?) throws {
    var there = try Sample.list("power8-kvm.json")
    let here = there
    there.set("ARCH_COMPAT", UInt128(level))
    for target in [here, there] {
      let comparison = try RegisterComparison(there, target, purpose: .move)
      #expect(comparison.reasons == (reason.map { ["ARCH_COMPAT: \($0)"] } ?? []))
    }
  }

  @Test func reasonsOfVersions() throws {
    var (there, here) = (try Sample.list("power8-kvm.json"), try Sample.list("power8-kvm.json"))
    there.set("PVR", 0x004e_1202)
    there.set("ARCH_COMPAT", 0)
    func explanation() throws -> String {
      let comparison = try RegisterComparison(there, here, purpose: .move)
      return comparison.rows.first { $0.name == "PVR" }?.explanation(in: .book3S) ?? ""
    }
    #expect(try explanation().hasSuffix("and the processors are of different kinds"))
    there.set("ARCH_COMPAT", 0x0f00_0005)
    #expect(try explanation().hasSuffix("; power8 does not have the level power9"))
    there.set("ARCH_COMPAT", 0x0f00_0004)
    #expect(
      try explanation() == "version 0x4e there, 0x4d here; both processors have the level power8")
    here.set("PVR", 0x004e_1202)
    #expect(try explanation() == "")
  }

  // MARK: required registers

  @Test(arguments: RegisterFamily.all.map(\.name))
  func nothingCannotMove(_ name: String) throws {
    let family = try #require(RegisterFamily(name: name))
    let empty = RegisterDump(family: family)
    let comparison = try RegisterComparison(empty, empty, purpose: .move)
    #expect(!comparison.isAccepted)
    let required = family.registers.filter {
      $0.absent == nil && !$0.isOptional && $0.exists(in: family.modes[0])
    }
    #expect(comparison.rows.map(\.name) == required.map(\.name))
    #expect(comparison.rows.allSatisfy { $0.verdict == .missing })
    // To say the same is another question.
    #expect(try RegisterComparison(empty, empty).isAccepted)
  }

  /// A list of a 64-bit ARM processor has nothing that a 32-bit one needs.
  @Test func listsOfAArch64() throws {
    var bytes: [UInt8] = []
    for identifier: UInt64 in [
      0x6030_0000_0010_0000, 0x6030_0000_0016_0003, 0x6030_0000_0013_c103,
    ] {
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: identifier >> (8 * $0)) }
      bytes += [1, 0, 0, 0, 0, 0, 0, 0]
    }
    let list = try RegisterDump(reading: bytes, file: "arm64")
    let comparison = try RegisterComparison(list, list, purpose: .move)
    #expect(!comparison.isAccepted)
    #expect(comparison.reasons.contains("PC: has to be in both lists, and is in neither"))
    #expect(comparison.rows.filter { $0.verdict == .otherMode }.count == 3)
  }

  /// Each required register that both lists lack is found, and none besides.
  @Test(arguments: ["power8-kvm.json", "a15-kvm.json"])
  func eachRequiredRegister(_ name: String) throws {
    let whole = try Sample.list(name)
    #expect(try RegisterComparison(whole, whole, purpose: .move).isAccepted)
    for register in whole.family.registers where whole[register.name] != nil {
      var list = whole
      list.remove(register.name)
      let comparison = try RegisterComparison(list, list, purpose: .move)
      let isRequired = register.absent == nil && !register.isOptional
      #expect(
        comparison.rows.filter { !$0.isAccepted }.map(\.name) == (isRequired ? [register.name] : [])
      )
    }
  }

  // MARK: identifiers of ARM

  /// A list of the same values with the non-secure bit in the identifiers of coprocessor registers,
  /// of all or of those with 32 bits only.
  private func nonSecure(_ list: RegisterDump, wide: Bool) -> [UInt8] {
    let rows = list.entries.map { _, identifier, bits in
      let group = identifier.rawValue >> 16 & 0xFFF
      let isMarked = group < 0x10 && (wide || identifier.byteCount == 4)
      let number = identifier.rawValue | (isMarked ? 1 << 29 : 0)
      let value = bits.hexadecimal(digits: 2 * (identifier.byteCount ?? 4))
      return "\"\(UInt128(number).hexadecimal())\": \"\(value)\""
    }
    return Array(
      "{\"family\": \"arm-cortex-a15\", \"registers\": {\(rows.joined(separator: ", "))}}".utf8)
  }

  @Test(arguments: ["a15-kvm.json", "a15-emulator.json"], [true, false])
  func nonSecureIdentifiers(_ name: String, wide: Bool) throws {
    let list = try Sample.list(name)
    let marked = try RegisterDump(reading: nonSecure(list, wide: wide), file: "marked")
    #expect(marked.values == list.values)
    for purpose in RegisterComparison.Purpose.allCases {
      #expect(try RegisterComparison(marked, list, purpose: purpose).isAccepted)
      #expect(try RegisterComparison(list, marked, purpose: purpose).isAccepted)
    }
  }

  /// With both instances in a list the non-secure one is the guest's; a secure one has no meaning.
  @Test func secureInstances() throws {
    let list = try dump(
      .cortexA15,
      [
        "0x40200000000f6000": "0x11111111", "0x40200000200f6000": "0x22222222",
        "0x40200000100f6000": "0x33333333", "0x40200000200f1000": "0x8000406a",
      ])
    #expect(list["VBAR"]?.bits == 0x2222_2222)
    #expect(list["TTBR0"]?.bits == 0x8000_406a && list["TTBR0"]?.isPartial == true)
    let comparison = try RegisterComparison(list, list)
    #expect(comparison.isAccepted)
    let secure = try #require(comparison.rows.last)
    #expect(secure.name == "secure register 0x40200000100f6000" && secure.verdict == .otherMode)
    let copy = try RegisterDump(reading: Array(list.json().utf8), file: "copy")
    #expect(copy.values == list.values)
  }

  @Test func firmwareRegisters() throws {
    func verdict(_ there: String?, _ here: String?) throws -> Bool {
      func list(_ value: String?) throws -> RegisterDump {
        var list = try Sample.list("a15-kvm.json")
        if let value { list.set("PSCI_VERSION", try #require(UInt128(hexadecimal: value))) }
        return list
      }
      return try RegisterComparison(list(there), list(here), purpose: .move).isAccepted
    }
    let list = try dump(.cortexA15, ["0x4030000000140000": "0x10000"])
    #expect(list["PSCI_VERSION"]?.bits == 0x1_0000)
    #expect(try dump(.cortexA15, ["0x4030000000140001": "0x1"]).unknown.isEmpty)
    #expect(try verdict("0x10000", "0x10001"))
    // A kernel without the register has version 0.2.
    #expect(try verdict("0x2", nil))
    #expect(try !verdict("0x10000", nil))
    #expect(try verdict(nil, "0x10000"))
  }
}

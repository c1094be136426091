import Foundation
import PeerSupport
import Testing

@testable import RegisterLists

@Suite struct FamilyTests {
  @Test(arguments: RegisterFamily.all.map(\.name))
  func everyRowIsConsistent(_ name: String) throws {
    let family = try #require(RegisterFamily(name: name))
    var names: Set<String> = []
    var identifiers: Set<RegisterIdentifier> = Set(family.indexRules.map(\.window))
    #expect(identifiers.count == family.indexRules.count)
    for row in family.registers {
      #expect(names.insert(row.name).inserted, "\(row.name) twice")
      #expect(identifiers.insert(row.identifier).inserted, "\(row.name): identifier twice")
      #expect(row.identifier.architecture == family.architectures.first)
      #expect(row.identifier.byteCount.map { $0 * 8 } == row.width, "\(row.name): size")
      #expect(row.mask & ~row.allBits == 0, "\(row.name): mask")
      #expect((row.absent ?? 0) & ~row.allBits == 0, "\(row.name): default")
      #expect(row.modes?.isSubset(of: family.modes) ?? true, "\(row.name): modes")
      #expect(!row.isPair || row.width == 128, "\(row.name): pair")
      var covered: UInt128 = 0
      for field in row.fields {
        #expect(field.mask & ~row.allBits == 0 && field.mask & covered == 0, "\(row.name) \(field)")
        covered |= field.mask
      }
      #expect(Set(row.fields.map(\.name)).count == row.fields.count, "\(row.name): field twice")
      for form in row.alternatives {
        #expect(identifiers.insert(form.identifier).inserted, "\(row.name): form twice")
        #expect(form.bits & ~row.allBits == 0, "\(row.name): form")
        // A form may have room for more than it carries.
        #expect((form.identifier.byteCount ?? 0) * 8 >= form.width, "\(row.name): size of form")
        if case .meaningless(let condition) = form.rest {
          let other = try #require(family[condition.register])
          #expect(condition.bit < other.width)
        }
      }
    }
    for rule in family.indexRules {
      #expect(family[rule.selector] != nil)
      #expect(!rule.entries.isEmpty && rule.entries.values.allSatisfy { family[$0] != nil })
    }
    #expect(family.classes.allSatisfy { $0.value & ~$0.mask == 0 })
  }

  /// The numbers of Linux's own header, when Debian's package of them for cross-compiling is there.
  static let header = "/usr/powerpc64le-linux-gnu/include/asm/kvm.h"

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: header), "no kernel headers for ppc64el"))
  func agreesWithKernelHeader() throws {
    let text = try String(contentsOfFile: Self.header, encoding: .utf8)
    let pattern = try NSRegularExpression(
      pattern: #"#define\s+KVM_REG_PPC_(\w+)\s+\(KVM_REG_PPC(_TM)?\s*\|"#
        + #"\s*KVM_REG_SIZE_U(\d+)\s*\|\s*(\w+)\)"#)
    let whole = NSRange(text.startIndex..., in: text)
    var findings: [String] = []
    var seen = 0
    for match in pattern.matches(in: text, range: whole) {
      func part(_ index: Int) -> String {
        Range(match.range(at: index), in: text).map { String(text[$0]) } ?? ""
      }
      let digits = part(4)
      let number = try #require(
        digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits))
      let identifier = RegisterIdentifier(
        .powerPC, bits: try #require(Int(part(3))),
        number | (part(2).isEmpty ? 0 : 0x8000_0000))
      guard let form = RegisterFamily.book3S.forms[identifier] else {
        findings.append("\(part(1)) \(identifier) is not known")
        continue
      }
      let row = RegisterFamily.book3S.registers[form.register]
      // The header names halves of VSRs and forms of LPCR after themselves.
      let own = part(1).replacingOccurrences(of: "LPCR_64", with: "LPCR")
        .replacingOccurrences(of: "FPR", with: "VSR")
      if row.name != own { findings.append("\(identifier) is \(own), not \(row.name)") }
      seen += 1
    }
    if seen <= 120 { findings.append("only \(seen) registers are declared as expected") }
    let failures = PeerFindings.failures(findings, about: Self.header)
    #expect(failures == [])
  }

  /// Written out from the bit patterns of section 4.68 of the KVM API documentation.
  @Test(
    arguments: [
      ("R0", 0x4020_0000_0010_0000), ("CPSR", 0x4020_0000_0010_0010),
      ("SPSR_fiq", 0x4020_0000_0010_0025), ("MIDR", 0x4020_0000_000f_0000),
      ("SCTLR", 0x4020_0000_000f_0800), ("TTBR0", 0x4030_0000_000f_0100),
      ("TTBR1", 0x4030_0000_000f_0108), ("CCSIDR[1]", 0x4020_0000_0011_0001),
      ("D31", 0x4030_0000_0012_001f), ("FPSCR", 0x4020_0000_0012_1001),
      ("CNTV_CTL", 0x4020_0000_000f_7181), ("CNTVCT", 0x4030_0000_000f_0708),
      ("CNTV_CVAL", 0x4030_0000_000f_0718), ("L2CTLR", 0x4020_0000_000f_480a),
    ] as [(String, UInt64)])
  func armIdentifiers(_ name: String, _ identifier: UInt64) throws {
    let row = try #require(RegisterFamily.cortexA15[name])
    #expect(row.identifier.rawValue == identifier)
  }

  @Test func bitsAreNumberedAsTheManualDoes() {
    #expect(RegisterFamily.book3S.number(ofBit: 63, width: 64) == 0)
    #expect(RegisterFamily.cortexA15.number(ofBit: 31, width: 32) == 31)
  }

  @Test func listings() {
    let embedded = RegisterFamily.book3S.listing(mode: .embedded)
    #expect(embedded.contains("0x102000000000008c   32  MAS0"))
    let server = RegisterFamily.book3S.listing(mode: .server)
    #expect(!server.contains("MAS0"))
    #expect(server.contains("0x1030000000000020   64  VSR0          alternative: bits 0:63"))
    #expect(RegisterFamily.cortexA15.json().contains("\"name\": \"CCSIDR[2]\""))
  }
}

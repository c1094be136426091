import ArgumentParser
import PowerISA
import RegisterLists
import RegisterRestore

/// Register lists: made with a known fault and judged by it, or damaged anyhow and read.
struct FuzzRegisters: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registers", abstract: "Register lists of other engines, whole and damaged.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("registers") { generator in
      let family = RegisterFamily.all[generator.below(RegisterFamily.all.count)]
      let list = Self.list(family, &generator)
      return switch generator.below(10) {
      case 0: Self.whole(list, &generator)
      case 1: Self.flipped(list, &generator)
      case 2: Self.repeated(list)
      case 3: Self.truncated(list, &generator)
      case 4: Self.resized(list, &generator)
      case 5: Self.unknown(list, &generator)
      case 6: Self.restored(&generator)
      default: Self.damaged(list, &generator)
      }
    }
  }

  /// Registers of the family's usual mode, with any values: all that a guest cannot move without, and
  /// most of the others.
  private static func list(
    _ family: RegisterFamily, _ generator: inout InputGenerator
  ) -> RegisterDump {
    var list = RegisterDump(family: family)
    for register in family.registers where register.exists(in: family.modes[0]) {
      let isNeeded = register.absent == nil && !register.isOptional
      guard isNeeded || generator.below(8) != 0 || list.count == 0 else { continue }
      // A level that is none cannot be moved to.
      let value = register.obstacle == nil ? random(&generator) & register.allBits : 0
      list.set(register.name, value)
    }
    return list
  }

  private static func random(_ generator: inout InputGenerator) -> UInt128 {
    UInt128(generator.next()) << 64 | UInt128(generator.next())
  }

  private static func bytes(_ list: RegisterDump, _ generator: inout InputGenerator) -> [UInt8] {
    switch generator.below(3) {
    case 0: Array(list.json().utf8)
    case 1: list.binary(.big)
    default: list.binary(.little)
    }
  }

  private static func refusal(_ bytes: [UInt8]) -> DumpError.Reason? {
    do throws(DumpError) {
      _ = try RegisterDump(reading: bytes, file: "input")
      return nil
    } catch {
      return error.reason
    }
  }

  // MARK: lists of which the outcome is known

  private static func whole(_ list: RegisterDump, _ generator: inout InputGenerator) -> String? {
    guard let copy = try? RegisterDump(reading: bytes(list, &generator), file: ""),
      copy.json() == list.json(),
      let comparison = try? RegisterComparison(copy, list), comparison.isAccepted
    else { return nil }
    return "whole: read, equal"
  }

  /// One bit changed: it counts when the mask says so, and a guest may bring it along when it is
  /// state.
  private static func flipped(_ list: RegisterDump, _ generator: inout InputGenerator) -> String? {
    // Rules of the family judge versions and levels.
    let there = list.family.registers.filter {
      list[$0.name] != nil && $0.agreement == nil && $0.obstacle == nil
    }
    let register = there[generator.below(there.count)]
    let bit: UInt128 = 1 << UInt128(generator.below(register.width))
    var copy = list
    copy.set(register.name, (list[register.name]?.bits ?? 0) ^ bit)
    let counts = register.mask & bit != 0
    guard let same = try? RegisterComparison(list, copy),
      let move = try? RegisterComparison(list, copy, purpose: .move),
      same.isAccepted == !counts,
      move.isAccepted == !(counts && register.role == .constant),
      same.rows.filter({ $0.verdict != .equal }).map(\.name) == [register.name]
    else { return nil }
    return counts ? "a bit that counts: refused" : "a bit that does not: accepted"
  }

  private static func repeated(_ list: RegisterDump) -> String? {
    let bytes = list.binary(.big)
    guard let count = RegisterIdentifier(rawValue: first(bytes)).byteCount,
      case .duplicate = refusal(bytes + bytes.prefix(8 + count))
    else { return nil }
    return "an entry twice: refused"
  }

  private static func truncated(_ list: RegisterDump, _ generator: inout InputGenerator) -> String?
  {
    let bytes = list.binary(.big)
    // The shortest entry is of twelve bytes.
    guard case .truncated = refusal(bytes.dropLast(1 + generator.below(11)))
    else { return nil }
    return "cut short: refused"
  }

  /// An identifier with another size, which no form of the register has.
  private static func resized(_ list: RegisterDump, _ generator: inout InputGenerator) -> String? {
    let registers = list.family.registers
    let register = registers[generator.below(registers.count)]
    let size = UInt64(generator.below(9))
    let identifier = RegisterIdentifier(
      rawValue: register.identifier.rawValue & ~(15 << 52) | size << 52)
    let isKnown = registers.contains {
      $0.identifier == identifier || $0.alternatives.contains { $0.identifier == identifier }
    }
    if isKnown { return "the size it has" }
    let value = [UInt8](repeating: 0, count: identifier.byteCount ?? 0)
    guard case .wrongSize = refusal(list.binary(.big) + entry(identifier, value)) else {
      return nil
    }
    return "another size: refused"
  }

  private static func unknown(_ list: RegisterDump, _ generator: inout InputGenerator) -> String? {
    // No family has numbers so high.
    let identifier = RegisterIdentifier(
      rawValue: UInt64(list.family.architectures[0].rawValue) << 56 | 3 << 52
        // Bits 28 and 29 would make it a secure or reserved name of an ARM register.
        | 0xF0_0000_0000 | generator.next() >> 32 & ~(3 << 28))
    let bytes = list.binary(.big) + entry(identifier, [1, 2, 3, 4, 5, 6, 7, 8])
    guard let read = try? RegisterDump(reading: bytes, file: ""), read.unknown == [identifier],
      let comparison = try? RegisterComparison(read, list), !comparison.isAccepted
    else { return nil }
    return "an unknown register: read, refused when compared"
  }

  /// A plain state with a few registers set to anything. What a processor takes it takes again, and
  /// then it is what its own list says.
  private static func restored(_ generator: inout InputGenerator) -> String? {
    let model = ProcessorModel.all[generator.below(ProcessorModel.all.count)]
    var list = RegisterDump(family: .book3S)
    let registers = list.family.registers.filter { $0.exists(in: .server) }
    for register in registers { list.set(register.name, register.absent ?? 0) }
    list.set("PVR", UInt128(model.version))
    // The machine check enable is set in any state of a guest.
    list.set("MSR", 1 << 63 | 1 << 12)
    for _ in 0..<generator.below(4) {
      let register = registers[generator.below(registers.count)]
      list.set(register.name, random(&generator) & register.allBits)
    }
    guard let taken = try? Book3SState.trial(list, on: model) else { return "restoring: refused" }
    guard let again = try? Book3SState.trial(taken, on: model), again.json() == taken.json() else {
      return nil
    }
    return "restoring: taken"
  }

  private static func entry(_ identifier: RegisterIdentifier, _ value: [UInt8]) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: identifier.rawValue >> UInt64(56 - 8 * $0)) } + value
  }

  private static func first(_ bytes: [UInt8]) -> UInt64 {
    bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: anything else

  /// Damaged bytes: what is read says of itself what it said before it was written again.
  private static func damaged(_ list: RegisterDump, _ generator: inout InputGenerator) -> String? {
    let bytes = generator.mutate(bytes(list, &generator))
    let read: RegisterDump
    do throws(DumpError) {
      read = try RegisterDump(reading: bytes, file: "input")
    } catch {
      return "\(error)".isEmpty ? nil : "damaged: refused"
    }
    guard let copy = try? RegisterDump(reading: Array(read.json().utf8), file: "input"),
      copy.json() == read.json()
    else { return nil }
    guard read.family.name == list.family.name else { return "damaged: read as another family" }
    guard let comparison = try? RegisterComparison(read, list),
      comparison.isAccepted == comparison.reasons.isEmpty,
      comparison.isAccepted == comparison.text(there: "", here: "").hasSuffix("accepted\n")
    else { return nil }
    return "damaged: read, \(comparison.isAccepted ? "equal" : "different")"
  }
}

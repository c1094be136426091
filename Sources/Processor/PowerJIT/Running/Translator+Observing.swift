internal import PowerISA

/// Guest code beside the host code made of it.
public struct TranslatedListing: Sendable {
  /// Of each guest instruction its effective address, itself as an assembler has it, and what the
  /// translator sees in it; below it the host instructions with their addresses and bytes. What is
  /// rarely executed stands at the end.
  public let lines: [String]

  public var text: String { lines.joined(separator: "\n") }
}

extension Operation {
  /// What the translator knows of it: how it is executed, and the registers it has to do with.
  var text: String {
    let names = { (set: RegisterSet) in
      set.members.map { register in
        switch register {
        case .lr: "lr"
        case .ctr: "ctr"
        default: register.number < 32 ? "r\(register.number)" : "vs\(register.number & 63)"
        }
      }.joined(separator: " ")
    }
    switch kind {
    case .detour: return "detour"
    case .detourAndLeave: return "detour, then leave"
    default:
      let changed = changes.isEmpty ? "" : ", changes \(names(changes))"
      return uses.isEmpty ? kind.rawValue : "\(kind.rawValue) of \(names(uses))\(changed)"
    }
  }
}

extension Translator {
  /// Whether this host lets code be made.
  public static var isAvailable: Bool { CodeMemory(capacity: 1 << 16) != nil }

  /// What was just made of a region.
  func listing(_ region: Region, at host: UInt) -> TranslatedListing {
    let table = InstructionTable.table(for: hardwareInstructions)
    var guest: [Int: String] = [:]
    for operation in region.blocks.flatMap(\.operations) {
      let address = region.address(ofWord: operation.word)
      let text = table.text(of: operation.instruction, at: address, style: .extended)
      guest[operation.word] = "\(String(address, radix: 16)): \(text)  [\(operation.text)]"
    }
    var lines = ["region of \(region.blocks.count) blocks, \(region.entries.count) entries"]
    var address = host
    for line in assembler.text.split(separator: "\n") {
      if line.first == "@", let text = Int(line.dropFirst()).flatMap({ guest[$0] }) {
        lines.append(text)
      } else if let bytes = line.split(separator: ";").last, bytes.count < line.count {
        lines.append("  \(String(address, radix: 16)): \(line)")
        address += UInt(bytes.filter { $0.isHexDigit || $0 == "." }.count / 2)
      } else {
        lines.append("  \(line)")
      }
    }
    return TranslatedListing(lines: lines)
  }

  /// A line of the file in which Linux perf looks for the names of code made at run time.
  static func mapLine(_ host: UInt, _ size: Int, _ address: UInt64) -> String {
    "\(String(host, radix: 16)) \(String(size, radix: 16)) guest_\(String(address, radix: 16))\n"
  }
}

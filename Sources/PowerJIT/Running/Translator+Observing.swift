internal import PowerISA

/// Guest code beside the host code made of it.
public struct TranslatedListing: Sendable {
  /// Guest instructions by effective address, as an assembler has them.
  public let guest: [(address: UInt64, text: String)]
  /// Where the host code is, and its bytes.
  public let hostAddress: UInt
  public let host: [UInt8]

  /// A line for each guest instruction, then the host code in hexadecimal, 32 bytes a line.
  public var text: String {
    var lines = guest.map { "\(String($0.address, radix: 16)): \($0.text)" }
    for start in stride(from: 0, to: host.count, by: 32) {
      let bytes = host[start..<min(start + 32, host.count)].map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      lines.append("  \(String(hostAddress + UInt(start), radix: 16)): " + bytes.joined())
    }
    return lines.joined(separator: "\n")
  }
}

extension Translator {
  /// What was just made of a region.
  func listing(_ region: Region, at host: UInt, size: Int) -> TranslatedListing {
    let table = InstructionTable.table(for: hardwareInstructions)
    let guest = region.blocks.flatMap { block in
      block.operations.map { operation in
        let address = region.address(ofWord: operation.word)
        return (address, table.text(of: operation.instruction, at: address))
      }
    }
    // Safety: the translator has just written that many bytes there.
    let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: host), count: size)
    return TranslatedListing(guest: guest, hostAddress: host, host: Array(bytes))
  }

  /// A line of the file in which Linux perf looks for the names of code made at run time.
  static func mapLine(_ host: UInt, _ size: Int, _ address: UInt64) -> String {
    "\(String(host, radix: 16)) \(String(size, radix: 16)) guest_\(String(address, radix: 16))\n"
  }
}

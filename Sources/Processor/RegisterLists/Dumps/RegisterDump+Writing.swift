internal import HostSupport
internal import JSON

extension RegisterDump {
  /// The list as JSON: registers by name, values in hexadecimal with all digits of the register's
  /// width.
  public func json() -> String {
    let rows = entries.map { register, identifier, bits in
      JSONValue.Member(
        key: identifier == register.identifier ? register.name : "\(identifier)",
        value: .string(bits.hexadecimal(digits: 2 * (identifier.byteCount ?? 8))))
    }
    let document: JSONValue = [
      "family": .string(family.name),
      "mode": mode.map { .string($0.rawValue) },
      "source": source.isEmpty ? nil : .string(source),
      "registers": .object(rows),
    ]
    return document.text()
  }

  /// The list as KVM's interface has it: for each register eight bytes of identifier and the value in
  /// as many bytes as the identifier says.
  /// - Parameter order: byte order of both; nil for the family's.
  public func binary(_ order: RegisterFamily.ByteOrder? = nil) -> [UInt8] {
    let order = order ?? family.byteOrder
    var bytes: [UInt8] = []
    func append(_ value: UInt128, _ count: Int) {
      let littleEndian = (0..<count).map {
        UInt8(truncatingIfNeeded: value >> UInt128(8 * $0))
      }
      bytes += order == .little ? littleEndian : littleEndian.reversed()
    }
    for (register, identifier, bits) in entries {
      append(UInt128(identifier.rawValue), 8)
      if register.isPair {
        append(bits >> 64, 8)
        append(bits, 8)
      } else {
        append(bits, identifier.byteCount ?? 8)
      }
    }
    return bytes
  }
}

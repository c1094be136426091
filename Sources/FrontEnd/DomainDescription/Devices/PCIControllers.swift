/// The PCI controllers of a domain, by which a device's address means a place.
struct PCIControllers {
  /// Numbers of host bridges by the numbers of their controllers; nil for a bus behind another bridge.
  private var bridges: [Int: Int?] = [:]

  init(_ devices: XMLCursor) throws(DomainError) {
    for element in devices.children("controller") where element["type"] == "pci" {
      guard let index = try element.number("index", in: 0...255) else { continue }
      let isRoot = (element["model"] ?? "pci-root") == "pci-root"
      bridges[index] =
        isRoot ? try element.child("target")?.number("index", in: 0...255) ?? index : .some(nil)
    }
  }

  /// The words `bridge` and `slot` of a device with an address; none for a device behind another bridge,
  /// and for one that is not the first function of its slot.
  func words(of device: XMLCursor) throws(DomainError) -> [String] {
    guard let address = device.child("address"), (address["type"] ?? "pci") == "pci" else {
      return []
    }
    let bus = try address.addressNumber("bus", upTo: 255)
    let slot = try address.addressNumber("slot", upTo: 31)
    guard slot > 0, try address.addressNumber("function", upTo: 7) == 0,
      try address.addressNumber("domain", upTo: 0xFFFF) == 0,
      let bridge = bridges[bus, default: bus]
    else { return [] }
    return (bridge == 0 ? [] : ["bridge=\(bridge)"]) + ["slot=\(slot)"]
  }
}

extension XMLCursor {
  /// A number of an address: decimal, or hexadecimal with 0x; 0 without the attribute.
  fileprivate func addressNumber(_ attribute: String, upTo limit: Int) throws(DomainError) -> Int {
    guard let text = self[attribute] else { return 0 }
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard let number = Int(digits, radix: isHexadecimal ? 16 : 10), number <= limit,
      digits.first?.isHexDigit == true
    else { throw error("\(attribute) '\(text)' is not a number from 0 to \(limit)") }
    return number
  }
}

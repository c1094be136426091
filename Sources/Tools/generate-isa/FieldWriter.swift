/// Writes an accessor of `Instruction` for each operand, and for each field that is not part of one.
///
/// A name that the rows have in several places belongs to the place that three quarters of them
/// have, if there is one; in other places the number of its first bit is added, and that of its last
/// where this is not enough: `xt`, `xt_28`, `pmsk_16_19`.
struct FieldWriter {
  let source: InstructionSource

  /// Names that would be others' in lower case.
  private static let renamed = ["RC": "registerC"]

  private struct Place: Hashable {
    var kind: OperandKind
    var pieces: [Piece]

    /// The number that the books give to the first bit that is a field's.
    var firstBit: Int {
      for piece in pieces {
        if case .field(let shift, let width) = piece { return 31 - (shift + width - 1) & 31 }
      }
      return 0
    }

    /// The number of the first piece's last bit.
    var lastBit: Int {
      for piece in pieces { if case .field(let shift, _) = piece { return 31 - shift & 31 } }
      return 0
    }

    /// Whether the bits are the prefix's.
    var isInPrefix: Bool {
      pieces.contains { if case .field(let shift, _) = $0 { shift >= 32 } else { false } }
    }

    var width: Int {
      pieces.reduce(0) {
        switch $1 {
        case .field(_, let width), .constant(_, let width): $0 + width
        }
      }
    }
  }

  private var places: [(name: String, place: Place, suffix: String)] {
    var counts: [String: [Place: Int]] = [:]
    for row in source.rows {
      for operand in row.operands {
        // (RA|0) is RA for the one who uses it.
        guard operand.kind != .gpr0 else { continue }
        counts[operand.name, default: [:]][
          Place(kind: operand.kind, pieces: operand.pieces), default: 0] += 1
      }
      for suffix in Row.suffixes {
        guard let field = row.fields[suffix] else { continue }
        let place = Place(kind: .u, pieces: [.field(shift: field.shift, width: field.width)])
        counts[suffix, default: [:]][place, default: 0] += 1
      }
    }
    return counts.sorted { $0.key < $1.key }.flatMap { name, places in
      let all = places.values.reduce(0, +)
      let sorted = places.sorted {
        ($1.value, $0.key.firstBit, $0.key.lastBit) < ($0.value, $1.key.firstBit, $1.key.lastBit)
      }
      return sorted.map { place, count in
        guard 4 * count < 3 * all else { return (name, place, "") }
        let isShared = sorted.contains { $0.key != place && $0.key.firstBit == place.firstBit }
        return (name, place, "_\(place.firstBit)" + (isShared ? "_\(place.lastBit)" : ""))
      }
    }
  }

  private static func swiftName(_ name: String) -> String {
    if let renamed = renamed[name] { return renamed }
    // All capitals at the beginning but, before a small letter, the last: DCMXs, FRTp, SI34.
    return name.prefix(1).lowercased()
      + (name.dropFirst().allSatisfy { !$0.isLowercase }
        ? name.dropFirst().lowercased()
        : String(name.dropFirst().map { $0.isUppercase ? Character($0.lowercased()) : $0 }))
  }

  /// The type of an accessor and what makes it of the value.
  private static func type(_ place: Place) -> (name: String, conversion: (String) -> String) {
    switch place.kind {
    case .gpr, .gpr0: ("GPR", { "GPR(\($0))" })
    case .fpr: ("FPR", { "FPR(\($0))" })
    case .vr: ("VR", { "VR(\($0))" })
    case .vsr: ("VSR", { "VSR(\($0))" })
    case .crf: ("CRField", { "CRField(\($0))" })
    case .crbit: ("CRBit", { "CRBit(\($0))" })
    case .acc, .spr: ("Int", { "Int(\($0))" })
    case .s, .disp, .target: ("Int64", { $0 })
    case .u where place.width == 1: ("Bool", { "\($0) != 0" })
    case .u, .nb: ("UInt64", { $0 })
    }
  }

  /// The value of the pieces, and whether it has bits above it.
  private static func value(_ place: Place) -> String {
    let isSigned = [.s, .disp, .target].contains(place.kind)
    // The register types take the low five bits, or six, of what they are given.
    if !isSigned, place.pieces.count == 1, case .field(let shift, let width) = place.pieces[0],
      [.gpr: 5, .fpr: 5, .vr: 5, .vsr: 6][place.kind] == width
    {
      return "rawValue >> \(shift)"
    }
    var pieces = place.pieces
    if place.kind == .spr, case .field(let shift, _) = pieces[0] {
      pieces = [.field(shift: shift, width: 5), .field(shift: shift + 5, width: 5)]
    }
    var below = pieces.reduce(0) {
      switch $1 {
      case .field(_, let width), .constant(_, let width): $0 + width
      }
    }
    var terms: [String] = []
    for (index, piece) in pieces.enumerated() {
      switch piece {
      case .constant(let value, let width):
        below -= width
        if isSigned, index == 0 {
          // The sign.
          let number = value >> (width - 1) == 0 ? value : value - 1 << width
          if number != 0 { terms.append(below == 0 ? "\(number)" : "\(number) << \(below)") }
        } else if value != 0 {
          terms.append(below == 0 ? "\(value)" : "\(value) << \(below)")
        }
      case .field(let shift, let width):
        below -= width
        var term: String
        if isSigned, index == 0 {
          term = "Int64(bitPattern: rawValue << \(64 - shift - width)) >> \(64 - width)"
        } else {
          let mask = "0x" + String((1 as UInt64) << width - 1, radix: 16, uppercase: true)
          term = shift == 0 ? "rawValue & \(mask)" : "rawValue >> \(shift) & \(mask)"
          if isSigned { term = "Int64(bitPattern: \(term))" }
        }
        if below > 0 { term = "(\(term)) << \(below)" }
        terms.append(term)
      }
    }
    return terms.joined(separator: " | ")
  }

  func fields() -> String {
    var text = """
      \(TableWriter.notice)

      // The instruction fields of Power ISA 3.1, Book I 1.6.3, and the operands that Fields.decode
      // makes of them.

      extension Instruction {

      """
    for (name, place, suffix) in places {
      let (type, conversion) = Self.type(place)
      let part = place.isInPrefix ? " of the prefix" : ""
      text += "  /// \(name), bit \(place.firstBit)\(part)"
      text += place.width == 1 ? ".\n" : " and up, \(place.width) bits.\n"
      text += "  @inlinable public var \(Self.swiftName(name))\(suffix): \(type) {\n"
      let value = conversion(Self.value(place))
      text += TableWriter.fitting(
        "    @inline(__always) get { \(value) }\n",
        else: "    @inline(__always) get {\n      "
          + value.replacing(" | ", with: "\n        | ") + "\n    }\n")
      text += "  }\n"
    }
    return text + "}\n"
  }
}

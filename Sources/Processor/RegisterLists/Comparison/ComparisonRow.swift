internal import HostSupport

/// What was found about one register.
public struct ComparisonRow: Sendable {
  /// The register's name; the identifier where it is of none.
  public var name: String
  /// The register's identifier in KVM's one-register interface.
  public var identifier: RegisterIdentifier
  var register: RegisterDescription?
  /// The value in the list from elsewhere; nil where that does not have it or its meaning is not
  /// known.
  public var there: UInt128?
  /// The value in the list that it is compared with; nil where that does not have it.
  public var here: UInt128?
  /// Whether the two values agree, and if not, why that matters.
  public var verdict: Verdict
  /// Why a rule of the family does not let different values agree.
  var note: String?

  /// What the comparison says of a register.
  public enum Verdict: Equatable, Sendable {
    case equal
    /// The bits given differ, or were sent by one side only, and need not agree.
    case equalUnderMask(UInt128)
    /// The bits given differ and have to agree.
    case different(UInt128)
    /// The bits that have to agree differ, and a rule says that they may.
    case equivalent(String)
    /// The values differ, as a state does that moves.
    case carried
    /// The list `here` does not have it.
    case missingHere(Absence)
    /// The list `there` does not have it.
    case missingThere(Absence)
    /// Neither list has it, and there is no default.
    case missing
    /// One side sent a part only, and the rest counts: a bit of another register says so.
    case incomplete(because: String, bit: Int)
    /// The processor of the list `here` cannot take the value, for the reason given.
    case untenable(String)
    /// It does not exist in the mode of the comparison.
    case otherMode
    /// The family does not know the identifier.
    case unknown(there: Bool)
  }

  /// What it means that one list does not have a register.
  public enum Absence: Equatable, Sendable {
    /// The default serves.
    case usesDefault(UInt128)
    /// The other side has something else than the default.
    case differsFromDefault(UInt128)
    /// There is no default.
    case required
  }

  /// True if the register does not stand in the way of a move.
  public var isAccepted: Bool {
    switch verdict {
    case .equal, .equalUnderMask, .equivalent, .carried, .otherMode: true
    case .missingHere(.usesDefault), .missingThere(.usesDefault): true
    case .different, .missingHere, .missingThere, .missing, .incomplete, .untenable, .unknown: false
    }
  }

  /// The verdict in one word or a few, the same for programs and readers.
  public var kind: String {
    switch verdict {
    case .equal: "equal"
    case .equalUnderMask: "equal under mask"
    case .equivalent: "equivalent"
    case .different: "different"
    case .carried: "carried"
    case .missingHere: "missing here"
    case .missingThere: "missing there"
    case .missing: "missing"
    case .incomplete: "incomplete"
    case .untenable: "untenable"
    case .otherMode: "other mode"
    case .unknown: "unknown"
    }
  }

  /// The bits that the verdict is about.
  var bits: UInt128 {
    switch verdict {
    case .equalUnderMask(let bits), .different(let bits): bits & (register?.allBits ?? 0)
    case .equivalent: ((there ?? 0) ^ (here ?? 0)) & (register?.mask ?? 0)
    case .missingHere(.differsFromDefault(let absent)):
      ((there ?? 0) ^ absent) & (register?.mask ?? 0)
    case .missingThere(.differsFromDefault(let absent)):
      ((here ?? 0) ^ absent) & (register?.mask ?? 0)
    default: 0
    }
  }

  /// A differing part of the register, with its values at both ends.
  struct Difference: Equatable {
    var name: String
    var there: UInt128?
    var here: UInt128?
  }

  /// What differs, by named fields and what is left over by bit numbers.
  func differences(in family: RegisterFamily) -> [Difference] {
    guard let register else { return [] }
    var left = bits
    var found: [Difference] = []
    for field in register.fields where left & field.mask != 0 {
      left &= ~field.mask
      found.append(difference(field))
    }
    while left != 0 {
      let low = left.trailingZeroBitCount
      let count = (~(left >> UInt128(low))).trailingZeroBitCount
      let bits = low...low + count - 1
      let ends = [bits.upperBound, bits.lowerBound].map {
        family.number(ofBit: $0, width: register.width)
      }
      found.append(
        difference(
          BitField(count == 1 ? "bit \(ends[0])" : "bits \(ends[0]):\(ends[1])", bits)))
      left &= ~BitField("", bits).mask
    }
    return found
  }

  private func difference(_ field: BitField) -> Difference {
    Difference(
      name: field.name, there: there.map(field.value(in:)), here: here.map(field.value(in:)))
  }

  /// Why, in words; empty for equal values.
  public func explanation(in family: RegisterFamily) -> String {
    switch verdict {
    case .equal: ""
    case .equalUnderMask: describe(differences(in: family)) + "; need not agree"
    case .equivalent(let reason): describe(differences(in: family)) + "; " + reason
    case .different: describe(differences(in: family)) + (note.map { "; " + $0 } ?? "")
    case .carried: "moves with the guest"
    case .missingHere(let absence): describe(absence, "the other list has", there)
    case .missingThere(let absence): describe(absence, "this list has", here)
    case .missing: "has to be in both lists, and is in neither"
    case .incomplete(let other, let bit):
      "sent in part only, and \(bitName(bit, of: other, family)) makes the rest count"
    case .untenable(let reason): "\((there ?? 0).hexadecimal()) there: \(reason)"
    case .otherMode: "does not exist in this mode; ignored"
    case .unknown(let isThere):
      "\(isThere ? "the other" : "this") list has a register that \(family.name) does not have"
    }
  }

  private func describe(_ differences: [Difference]) -> String {
    // Of a number without fields the bits say less than the whole.
    if let register, register.fields.isEmpty, let there, let here {
      let digits = (register.width + 3) / 4
      let bits = register.mask == 0 ? "" : " (\(differences.map(\.name).joined(separator: ", ")))"
      return "\(there.hexadecimal(digits: digits)) there, "
        + "\(here.hexadecimal(digits: digits)) here\(bits)"
    }
    return differences.map { difference in
      guard let there = difference.there, let here = difference.here else { return difference.name }
      return "\(difference.name) \(there.hexadecimal()) there, \(here.hexadecimal()) here"
    }.joined(separator: "; ")
  }

  private func describe(
    _ absence: Absence, _ has: String, _ value: UInt128?
  ) -> String {
    switch absence {
    case .usesDefault(let value): "taken to be \(value.hexadecimal())"
    case .differsFromDefault(let absent):
      "taken to be \(absent.hexadecimal()), but \(has) \((value ?? 0).hexadecimal())"
        + (register?.owner == .partition ? ", which is the partition's to take" : "")
    case .required: "has to be in both lists"
    }
  }

  /// `TTBCR.EAE`.
  private func bitName(_ bit: Int, of name: String, _ family: RegisterFamily) -> String {
    let field = family[name]?.fields.first { $0.bits == bit...bit }
    return "\(name).\(field?.name ?? "\(bit)")"
  }
}

/// The values of a processor's registers at one moment, as some engine gave them.
public struct RegisterDump: Sendable {
  /// The family whose registers they are.
  public let family: RegisterFamily
  /// The mode it was made in, when it says so.
  public var mode: ExecutionMode?
  /// Where it comes from, for reports.
  public var source: String
  /// Identifiers that the family does not know, in the list's order.
  public internal(set) var unknown: [RegisterIdentifier] = []
  /// Values by index into the family's registers.
  var values: [Int: Value] = [:]

  /// A list without registers, from `source`, which messages name.
  public init(family: RegisterFamily, mode: ExecutionMode? = nil, source: String = "") {
    self.family = family
    self.mode = mode
    self.source = source
  }

  /// What a list says about one register.
  public struct Value: Equatable, Sendable {
    /// The value; bits that were not sent are 0.
    public var bits: UInt128
    /// The bits about which it says something.
    public var sent: UInt128
    /// Whether only an alternative form was sent, that has not all bits.
    public var isPartial: Bool
    /// The condition under which the bits not sent would matter.
    var needed: (register: String, bit: Int)?

    /// True if value, sent bits and completeness are equal; where the values came from does not
    /// count.
    public static func == (a: Value, b: Value) -> Bool {
      a.bits == b.bits && a.sent == b.sent && a.isPartial == b.isPartial
    }
  }

  /// The value of the register called `name`; nil when the list does not have it.
  public subscript(name: String) -> Value? { family.index(of: name).flatMap { values[$0] } }

  /// How many registers it has values for.
  public var count: Int { values.count }

  /// Sets a whole register.
  /// - Precondition: the family has it.
  public mutating func set(_ name: String, _ bits: UInt128) {
    guard let index = family.index(of: name) else {
      preconditionFailure("\(family.name) has no register \(name)")
    }
    let all = family.registers[index].allBits
    values[index] = Value(bits: bits & all, sent: all, isPartial: false)
  }

  /// Sets what an alternative form carries of a register, as if that alone had been sent.
  /// - Precondition: the family has the register and the form.
  public mutating func set(_ name: String, partOf form: RegisterIdentifier, _ bits: UInt128) {
    guard let index = family.index(of: name),
      let form = family.registers[index].alternatives.first(where: { $0.identifier == form })
    else { preconditionFailure("\(family.name) has no such form of \(name)") }
    values[index] = Value(bits, as: form, of: family.registers[index])
  }

  /// Takes a register out.
  public mutating func remove(_ name: String) {
    if let index = family.index(of: name) { values[index] = nil }
  }

  /// The entries of a list that says the same: each register under its primary identifier, or under
  /// an alternative one when it was known by that alone; in the family's order.
  var entries: [(register: RegisterDescription, identifier: RegisterIdentifier, bits: UInt128)] {
    family.registers.enumerated().compactMap { index, register in
      guard let value = values[index] else { return nil }
      guard value.isPartial,
        let form = register.alternatives.first(where: {
          value.sent == $0.bits || value.bits & ~$0.bits == 0
        })
      else { return (register, register.identifier, value.bits) }
      return (register, form.identifier, (value.bits & form.bits) >> UInt128(form.position))
    }
  }
}

extension RegisterDump.Value {
  /// What sending `bits` in a form alone says.
  init(_ bits: UInt128, as form: AlternativeForm, of register: RegisterDescription) {
    self.bits = bits << UInt128(form.position) & form.bits
    isPartial = form.bits != register.allBits
    switch form.rest {
    case .zero: sent = register.allBits
    case .meaningless(let condition):
      sent = form.bits
      needed = (condition.register, condition.bit)
    }
  }
}

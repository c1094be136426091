/// One register of a family: its name, its names in lists, and the bits that must agree when
/// two lists are compared.
public struct RegisterDescription: Sendable {
  /// As the architecture's manual spells it, with an index where there are several: `CCSIDR[1]`.
  public var name: String
  /// The identifier in KVM's one-register interface.
  public var identifier: RegisterIdentifier
  /// Bits, 1 to 128.
  public var width: Int
  /// Whether it is part of what a guest moves with, or of the processor it moves to.
  public var role = Role.state
  /// Where it belongs.
  public var owner = Owner.processor
  /// The modes in which it exists; nil for all of its family.
  public var modes: Set<ExecutionMode>?
  /// The bits that must agree.
  public var mask: UInt128
  /// What a list that does not name the register is taken to say; nil: it has to be named.
  public var absent: UInt128?
  /// Whether it belongs to a facility that not every processor of the family has, so that both lists
  /// may be without it.
  public var isOptional = false
  /// Whether values of which the masked bits differ agree all the same, and why. It is asked with
  /// the whole lists.
  public var agreement:
    (@Sendable (RegisterDump, RegisterDump, RegisterComparison.Purpose) -> Agreement)?
  /// Why the processor of the second list cannot take the value that the first has; nil when it can,
  /// or when the first list has none. It is asked when a guest is to move.
  public var obstacle: (@Sendable (RegisterDump, RegisterDump) -> String?)?
  /// Other identifiers under which it, or a part of it, is sent.
  public var alternatives: [AlternativeForm] = []
  /// What differing bits are called.
  public var fields: [BitField] = []
  /// Which register of the architecture it is, where that is a number.
  public var architected: ArchitectedRegister?
  /// Whether the value is two doublewords, the more significant one first in a binary list whatever
  /// the byte order, and no 128-bit integer.
  public var isPair = false

  /// What a rule of the family says of two values.
  public struct Agreement: Equatable, Sendable {
    /// True if two different values do agree.
    public var agrees: Bool
    /// In a few words.
    public var reason: String
  }

  /// How a move treats a register.
  public enum Role: Sendable {
    /// Moves with the guest.
    case state
    /// A property of the processor that a guest has seen: it has to be the same at the other end.
    case constant
  }

  /// Whose state a register is.
  public enum Owner: Sendable {
    case processor
    /// Of the partition or the interrupt controller, though KVM reaches it through a processor.
    case partition
  }

  init(_ name: String, _ identifier: RegisterIdentifier, width: Int) {
    self.name = name
    self.identifier = identifier
    self.width = width
    mask = Self.allBits(width)
  }

  /// All bits of a register so wide.
  static func allBits(_ width: Int) -> UInt128 { width >= 128 ? .max : (1 << UInt128(width)) - 1 }

  /// All bits it has.
  public var allBits: UInt128 { Self.allBits(width) }

  /// True if a processor has the register in `mode`.
  public func exists(in mode: ExecutionMode) -> Bool { modes?.contains(mode) ?? true }
}

/// A state of the processor in which it has registers that it lacks in others, by the name used on
/// command lines.
public struct ExecutionMode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The mode's name on command lines.
  public let rawValue: String
  /// The mode of that name.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The name.
  public var description: String { rawValue }

  /// Server processors (Book III-S).
  public static let server = ExecutionMode(rawValue: "server")
  /// Embedded processors (Book III-E).
  public static let embedded = ExecutionMode(rawValue: "embedded")
  /// ARM processors in the 32-bit execution state.
  public static let aarch32 = ExecutionMode(rawValue: "aarch32")
  /// ARM processors in the 64-bit execution state.
  public static let aarch64 = ExecutionMode(rawValue: "aarch64")
}

/// A register or a part of it under another identifier: the 32-bit form of a 64-bit register, or the
/// floating-point half of a vector-scalar register.
public struct AlternativeForm: Sendable {
  /// The identifier of the form.
  public var identifier: RegisterIdentifier
  /// Bits of the register that it carries. The value may be wider: the others are then zero.
  public var width: Int
  /// Where in the register they are: the number of bits to their right.
  public var position = 0
  /// What is said about the rest of the register by sending this form alone.
  public var rest = Rest.zero
  /// Whether, in a list with both, this form is the register, and the primary identifier another
  /// instance of it that the family does not compare.
  public var isPreferred = false

  /// What the bits that a form does not carry are.
  public enum Rest: Sendable {
    /// The rest is zero.
    case zero
    /// The rest means nothing, unless a bit of another register is set.
    case meaningless(unless: BitCondition)
  }

  var bits: UInt128 { RegisterDescription.allBits(width) << UInt128(position) }
}

/// A bit of a register by the register's name; bit 0 is the least significant.
public struct BitCondition: Sendable {
  /// The register's name in its family.
  public var register: String
  /// The bit, 0 being the least significant.
  public var bit: Int
}

/// A named part of a register.
public struct BitField: Sendable {
  /// The field's name in the architecture's books.
  public var name: String
  /// Bit 0 is the least significant.
  public var bits: ClosedRange<Int>

  init(_ name: String, _ bits: ClosedRange<Int>) { (self.name, self.bits) = (name, bits) }
  init(_ name: String, _ bit: Int) { self.init(name, bit...bit) }

  /// A field by its mask in a register of 64 bits: one bit, or several in a row.
  init(_ name: String, _ mask: UInt64) {
    let first = mask.trailingZeroBitCount
    self.init(name, first...(63 - mask.leadingZeroBitCount))
  }

  var mask: UInt128 { RegisterDescription.allBits(bits.count) << UInt128(bits.lowerBound) }

  /// The field's value within that of the register.
  func value(in register: UInt128) -> UInt128 { (register & mask) >> UInt128(bits.lowerBound) }
}

/// A register by its number in the architecture.
public enum ArchitectedRegister: Hashable, Sendable {
  /// General-purpose.
  case general(Int)
  /// Vector-scalar, 128 bits.
  case vectorScalar(Int)
  case specialPurpose(Int)
}

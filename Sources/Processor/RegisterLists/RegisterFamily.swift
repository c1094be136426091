/// What is known of the registers of one family of processors: everything that reading, comparing
/// and explaining their lists needs.
public struct RegisterFamily: Sendable {
  /// The name on command lines and in lists.
  public let name: String
  /// What messages call the family.
  public let title: String
  /// Byte order of binary lists, unless the first identifier shows the other.
  public let byteOrder: ByteOrder
  /// How the architecture's manual numbers bits.
  public let bitOrder: BitOrder
  /// The architectures whose identifiers its lists may hold, its own first.
  public let architectures: [RegisterIdentifier.Architecture]
  /// The modes that distinguish its registers, the usual one first.
  public let modes: [ExecutionMode]
  /// In the order in which reports name them.
  public let registers: [RegisterDescription]
  /// Identifiers that are known only by what they have in common.
  public let classes: [IdentifierClass]
  /// Rules by which identifiers with an index are taken apart.
  public let indexRules: [IndexRule]
  /// Why no state of this family can be restored; nil when it can.
  public let withoutEngine: String?

  /// Where an identifier leads: a register, and the alternative form it is of, nil for the primary.
  struct Form: Sendable {
    var register: Int
    var alternative: Int?
  }
  let forms: [RegisterIdentifier: Form]
  private let indices: [String: Int]
  /// Identifiers with their size taken out, to recognise those that have a wrong one.
  private let known: [UInt64: Int]

  /// A byte order.
  public enum ByteOrder: Sendable { case big, little }

  /// In which order the family's books count bits.
  public enum BitOrder: Sendable {
    /// Bit 0 is the most significant, as IBM counts.
    case mostSignificantFirst
    /// Bit 0 is the least significant, as ARM counts.
    case leastSignificantFirst
  }

  init(
    name: String, title: String, byteOrder: ByteOrder, bitOrder: BitOrder,
    architectures: [RegisterIdentifier.Architecture], modes: [ExecutionMode],
    registers: [RegisterDescription], classes: [IdentifierClass] = [],
    indexRules: [IndexRule] = [], withoutEngine: String? = nil
  ) {
    self.name = name
    self.title = title
    self.byteOrder = byteOrder
    self.bitOrder = bitOrder
    self.architectures = architectures
    self.modes = modes
    self.registers = registers
    self.classes = classes
    self.indexRules = indexRules
    self.withoutEngine = withoutEngine
    var forms: [RegisterIdentifier: Form] = [:]
    var indices: [String: Int] = [:]
    var known: [UInt64: Int] = [:]
    for (index, register) in registers.enumerated() {
      indices[register.name] = index
      forms[register.identifier] = Form(register: index)
      known[register.identifier.withoutSize] = index
      for (number, alternative) in register.alternatives.enumerated() {
        forms[alternative.identifier] = Form(register: index, alternative: number)
        known[alternative.identifier.withoutSize] = index
      }
    }
    self.forms = forms
    self.indices = indices
    self.known = known
  }

  /// The families that are known.
  public static let all: [RegisterFamily] = [.book3S, .cortexA15]

  /// The family that command lines call `name`; nil where there is none.
  public init?(name: some StringProtocol) {
    guard let family = Self.all.first(where: { $0.name == name }) else { return nil }
    self = family
  }

  /// The register that the family's books call `name`.
  public subscript(name: String) -> RegisterDescription? { index(of: name).map { registers[$0] } }

  func index(of name: String) -> Int? { indices[name] }

  /// The register that `identifier` would mean if its size were another.
  func registerOfOtherSize(_ identifier: RegisterIdentifier) -> RegisterDescription? {
    known[identifier.withoutSize].map { registers[$0] }
  }

  /// The mode called `name`, if the family has it.
  public func mode(named name: String) -> ExecutionMode? { modes.first { $0.rawValue == name } }

  /// The position of a bit as the manual gives it; `bit` counts from the least significant.
  func number(ofBit bit: Int, width: Int) -> Int {
    bitOrder == .mostSignificantFirst ? width - 1 - bit : bit
  }
}

/// Identifiers of which only the class is known: enough to say why they are not wanted.
public struct IdentifierClass: Sendable {
  /// The identifiers are those that equal `value` under `mask`.
  public var mask: UInt64
  /// What the bits of ``mask`` are in identifiers of the class.
  public var value: UInt64
  /// The modes in which such registers exist.
  public var modes: Set<ExecutionMode>
  /// What an identifier of the class is called.
  public var name: @Sendable (RegisterIdentifier) -> String

  func contains(_ identifier: RegisterIdentifier) -> Bool { identifier.rawValue & mask == value }
}

/// Registers that software reads through one window, whose entry another register selects.
///
/// A list normally holds each entry under its own identifier. One made by reading the window holds
/// the entry that was selected then.
public struct IndexRule: Sendable {
  /// The register whose value selects.
  public var selector: String
  /// The identifier of the window.
  public var window: RegisterIdentifier
  /// The entries by selector value.
  public var entries: [UInt128: String]
}

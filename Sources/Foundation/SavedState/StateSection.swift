internal import HostSupport

/// A kind of section of a saved state: its key in the stream, and the newest version of what it holds.
///
/// A key is ASCII, short and never changed; what it stands for is explained where the format is
/// documented. A version rises by one with every field that is added or changes its meaning.
public struct StateSection: Hashable, Sendable {
  /// The name in the stream.
  public let key: String
  /// The newest version, which this program writes at most; it reads 1 to this one.
  public let version: UInt32
  /// Whether a reader that lacks the section, or its version, may leave it out.
  public let isOptional: Bool

  /// - Parameters:
  ///   - key: the name in the stream.
  ///   - version: the newest version.
  ///   - isOptional: whether the guest continues without the section.
  public init(_ key: String, version: UInt32 = 1, isOptional: Bool = false) {
    self.key = key
    self.version = version
    self.isOptional = isOptional
  }
}

/// Passes over the sections of a machine, to write them or to read them back.
///
/// A machine says once what its sections are, in a function for both directions.
public protocol SectionCoder {
  /// Whether the machine is set from a stream.
  var isReading: Bool { get }

  /// One section of fields.
  /// - Parameters:
  ///   - section: what it is.
  ///   - instance: which of several parts of the same kind.
  ///   - body: passes over the fields.
  mutating func section(
    _ section: StateSection, instance: UInt32,
    _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError)

  /// Whether a section that not every machine has is passed over: reading, whether it comes next.
  /// - Parameters:
  ///   - section: what it is.
  ///   - isWritten: whether to write it.
  mutating func has(
    _ section: StateSection, _ isWritten: @autoclosure () -> Bool
  ) throws(StateError) -> Bool
}

extension SectionCoder {
  /// The only section of its kind.
  public mutating func section(
    _ section: StateSection, _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    try self.section(section, instance: 0, body)
  }
}

/// A section as it is in a stream of some format.
public struct SectionBytes: Hashable, Sendable {
  /// What it holds.
  public var key: String
  /// Which of several parts of the same kind.
  public var instance: UInt32
  /// The version of its fields.
  public var version: UInt32
  /// Whether a reader may leave it out.
  public var isOptional: Bool
  /// Fields, or bytes that the section's owner describes.
  public var payload: [UInt8]

  /// A section with its contents.
  public init(
    _ key: String, instance: UInt32 = 0, version: UInt32 = 1, isOptional: Bool = false,
    payload: [UInt8]
  ) {
    self.key = key
    self.instance = instance
    self.version = version
    self.isOptional = isOptional
    self.payload = payload
  }

  /// `cpu 1`; large numbers are addresses, as `vty@71000000`.
  public var title: String {
    switch instance {
    case 0: key
    case 1...0xFFFF: "\(key) \(instance)"
    default: "\(key)@\(instance.hexDigits())"
    }
  }
}

/// An older format: makes today's sections of its own, and its own of today's.
public protocol OlderFormat {
  /// Its number in the header.
  static var number: UInt32 { get }

  /// The sections of today that a section of this format holds.
  /// - Parameters:
  ///   - section: of this format.
  ///   - offset: where it is in the stream, for errors.
  func today(_ section: SectionBytes, at offset: UInt64) throws(StateError) -> [SectionBytes]

  /// The sections of this format that are complete with another one of today.
  mutating func older(_ section: SectionBytes) throws(StateError) -> [SectionBytes]
  /// What is left when the last has come.
  mutating func olderAtEnd() throws(StateError) -> [SectionBytes]
}

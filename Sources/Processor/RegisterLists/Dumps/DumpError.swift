public import JSON

/// Why a file is no register list, and where it says so.
public struct DumpError: Error, Equatable, CustomStringConvertible {
  /// The file, as messages name it.
  public var file: String
  /// The place in the file.
  public var place: Place
  /// What is wrong there.
  public var reason: Reason

  /// A place in a list.
  public enum Place: Equatable, Sendable {
    /// Bytes from the beginning of a binary list.
    case offset(Int)
    /// Of a JSON text, counted from one; columns are bytes.
    case line(Int, column: Int)
    /// The file as a whole.
    case whole
  }

  /// What is wrong with a list.
  public enum Reason: Equatable, Sendable {
    /// Neither JSON nor a binary list of a family we know.
    case foreign
    /// It ends within an entry.
    case truncated(wanted: Int, left: Int)
    /// An identifier with a size that KVM does not define.
    case undefinedSize(RegisterIdentifier)
    /// A register's identifier with the wrong size.
    case wrongSize(register: String, bits: Int, identifier: RegisterIdentifier)
    /// A value with bits that its register does not have.
    case tooWide(register: String, bits: Int)
    /// An identifier that was there before.
    case duplicate(String)
    /// The same register under two identifiers with two values.
    case contradiction(register: String, form: RegisterIdentifier)
    /// A value for an entry of an indexed register, without its selector or for no entry.
    case selection(register: String, selected: String)
    case unknownFamily(String)
    case wrongFamily(String, expected: String)
    case unknownMode(String, family: String)
    case unknownRegister(String, family: String)
    /// Something that is not a hexadecimal number.
    case number(String)
    /// Not JSON.
    case syntax(JSONError.Reason)
    /// JSON of another form.
    case form(String)
  }

  /// `FILE: PLACE: REASON`.
  public var description: String {
    let before =
      switch place {
      case .offset(let offset): "\(file), byte \(offset): "
      case .line(let line, let column): "\(file):\(line):\(column): "
      case .whole: "\(file): "
      }
    return before + "\(reason)"
  }
}

extension DumpError.Reason: CustomStringConvertible {
  /// The reason in words, without the place.
  public var description: String {
    switch self {
    case .foreign:
      "no register list: neither JSON nor identifiers of "
        + RegisterFamily.all.map(\.name).joined(separator: " or ")
    case .truncated(let wanted, let left):
      "the list ends early: \(wanted) bytes are due, \(left) are left"
    case .undefinedSize(let identifier):
      "\(identifier): KVM defines no such size, sizes are 1 to 256 bytes"
    case .wrongSize(let register, let bits, let identifier):
      "\(register) has \(bits) bits, \(identifier) says "
        + (identifier.byteCount.map { "\($0 * 8)" } ?? "something else")
    case .tooWide(let register, let bits): "the value of \(register) has more than \(bits) bits"
    case .duplicate(let name): "\(name) a second time"
    case .contradiction(let register, let form):
      "\(register) has two values: the one of \(form) is another"
    case .selection(let register, let selected): "\(register) as selected: \(selected)"
    case .unknownFamily(let name):
      "no family '\(name)'; there are "
        + RegisterFamily.all.map(\.name).joined(separator: " and ")
    case .wrongFamily(let name, let expected): "a list of \(name), \(expected) is wanted"
    case .unknownMode(let mode, let family):
      "no mode '\(mode)' in \(family); there are "
        + (RegisterFamily(name: family)?.modes.map(\.rawValue).joined(separator: " and ") ?? "none")
    case .unknownRegister(let name, let family): "no register '\(name)' in \(family)"
    case .number(let text): "'\(text)' is no hexadecimal number of at most 128 bits (0x…)"
    case .syntax(let reason): "not JSON: \(reason)"
    case .form(let message): message
    }
  }
}

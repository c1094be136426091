internal import SavedState

/// Why a command was not done: sense key, additional sense code and its qualifier (SPC-4 4.5).
struct SCSISense: Error, Hashable, Sendable {
  /// What kind of condition it is.
  enum Key: UInt8, Sendable {
    case none = 0
    case notReady = 2
    case mediumError = 3
    case hardwareError = 4
    case illegalRequest = 5
    case unitAttention = 6
    case dataProtect = 7
    case abortedCommand = 0xB
    case miscompare = 0xE
  }

  let key: Key
  /// Additional sense code.
  let code: UInt8
  /// Additional sense code qualifier.
  let qualifier: UInt8

  init(_ key: Key, _ code: UInt8, _ qualifier: UInt8 = 0) {
    (self.key, self.code, self.qualifier) = (key, code, qualifier)
  }

  static let none = SCSISense(.none, 0)
  static let noMedium = SCSISense(.notReady, 0x3A)
  static let readError = SCSISense(.mediumError, 0x11)
  static let writeError = SCSISense(.mediumError, 0x0C)
  static let targetFailure = SCSISense(.hardwareError, 0x44)
  static let parameterListLength = SCSISense(.illegalRequest, 0x1A)
  static let invalidCommand = SCSISense(.illegalRequest, 0x20)
  static let outOfRange = SCSISense(.illegalRequest, 0x21)
  static let invalidField = SCSISense(.illegalRequest, 0x24)
  static let noUnit = SCSISense(.illegalRequest, 0x25)
  static let invalidParameter = SCSISense(.illegalRequest, 0x26)
  static let savedPages = SCSISense(.illegalRequest, 0x39)
  static let removalPrevented = SCSISense(.illegalRequest, 0x53, 2)
  static let mediumChanged = SCSISense(.unitAttention, 0x28)
  static let powerOn = SCSISense(.unitAttention, 0x29)
  static let unitReset = SCSISense(.unitAttention, 0x29, 3)
  static let writeProtected = SCSISense(.dataProtect, 0x27)
  static let noSpace = SCSISense(.dataProtect, 0x27, 7)
  static let dataPhase = SCSISense(.abortedCommand, 0x4B)
  static let different = SCSISense(.miscompare, 0x1D)

  /// Bytes of sense data.
  static let size = 18

  /// Sense data of fixed format, of a current condition.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    bytes[0] = 0x70
    bytes[2] = key.rawValue
    bytes[7] = UInt8(Self.size - 8)
    (bytes[12], bytes[13]) = (code, qualifier)
    return bytes
  }

  /// Sense data of descriptor format.
  var descriptor: [UInt8] { [0x72, key.rawValue, code, qualifier, 0, 0, 0, 0] }

  /// What storage's failure is for an initiator.
  init(_ failure: StorageFailure) {
    switch failure {
    case .reading(let error): self.init(error, .readError)
    case .writing(let error): self.init(error, .writeError)
    case .different: self = .different
    }
  }

  private init(_ error: BlockStorageError, _ usual: SCSISense) {
    switch error {
    case .host(_, let number): self = number == Self.hostNoSpace ? .noSpace : usual
    case .outOfRange: self = .outOfRange
    case .readOnly: self = .writeProtected
    case .inUse, .kind, .server, .program, .library, .handOver, .notDirect: self = .targetFailure
    }
  }

  /// ENOSPC
  private static let hostNoSpace: Int32 = 28
}

/// A unit attention condition as it is saved: code and qualifier.
extension SCSISense {
  var saved: UInt16 { UInt16(code) << 8 | UInt16(qualifier) }

  init(attention saved: UInt16) {
    self.init(.unitAttention, UInt8(saved >> 8), UInt8(truncatingIfNeeded: saved))
  }
}

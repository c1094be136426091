/// How a command ended: status code type and status code (NVM Express 1.4, 4.6.1).
struct NVMeStatus: Error, Hashable, Sendable {
  /// The type in bits 10 to 8, the code in bits 7 to 0.
  let code: UInt16

  private init(_ type: UInt16, _ code: UInt16) { self.code = type << 8 | code }

  static let success = NVMeStatus(0, 0x00)
  static let invalidOperation = NVMeStatus(0, 0x01)
  static let invalidField = NVMeStatus(0, 0x02)
  static let transferError = NVMeStatus(0, 0x04)
  static let internalError = NVMeStatus(0, 0x06)
  static let abortRequested = NVMeStatus(0, 0x07)
  static let queueDeleted = NVMeStatus(0, 0x08)
  static let invalidNamespace = NVMeStatus(0, 0x0B)
  static let sequenceError = NVMeStatus(0, 0x0C)
  static let invalidOffset = NVMeStatus(0, 0x13)
  static let writeProtected = NVMeStatus(0, 0x20)
  static let outOfRange = NVMeStatus(0, 0x80)
  static let invalidCompletionQueue = NVMeStatus(1, 0x00)
  static let invalidQueue = NVMeStatus(1, 0x01)
  static let invalidQueueSize = NVMeStatus(1, 0x02)
  static let tooManyEventRequests = NVMeStatus(1, 0x05)
  static let invalidVector = NVMeStatus(1, 0x08)
  static let invalidLogPage = NVMeStatus(1, 0x09)
  static let invalidQueueDeletion = NVMeStatus(1, 0x0C)
  static let notSaveable = NVMeStatus(1, 0x0D)
  static let notOfNamespace = NVMeStatus(1, 0x0F)
  static let writeFault = NVMeStatus(2, 0x80)
  static let readError = NVMeStatus(2, 0x81)
  static let compareFailure = NVMeStatus(2, 0x85)

  /// What storage's failure is for a driver.
  init(_ failure: StorageFailure) {
    switch failure {
    case .reading(let error): self.init(error, .readError)
    case .writing(let error): self.init(error, .writeFault)
    case .different: self = .compareFailure
    }
  }

  private init(_ error: BlockStorageError, _ usual: NVMeStatus) {
    switch error {
    case .host: self = usual
    case .outOfRange: self = .outOfRange
    case .readOnly: self = .writeProtected
    case .inUse, .kind, .server, .program, .library, .handOver, .notDirect: self = .internalError
    }
  }

  /// Whether it was ended by request.
  var isAbort: Bool { self == .abortRequested || self == .queueDeleted }

  /// Whether the same command would end in the same way: not for errors of the host, which may go
  /// away.
  private var isFinal: Bool {
    !isAbort && ![.success, .readError, .writeFault, .internalError].contains(self)
  }

  /// The status field of a completion: the code; bit 13, that the error log has more; bit 14, that a
  /// retry is of no use.
  var field: UInt16 {
    code | (self == .success || isAbort ? 0 : 1 << 13) | (isFinal ? 1 << 14 : 0)
  }
}

/// A command that the controller serves: one row of the table (NVM Express 1.4, 5 and 6).
struct NVMeCommandRow: Sendable {
  /// Checks a command, and says what is to be done for it.
  typealias Handler = @Sendable (NVMeController) -> (NVMeCommand) throws(NVMeStatus) -> NVMePlan

  /// Which queues it comes on.
  enum Set: Sendable {
    case administration
    case io
  }

  /// What a command needs, or changes.
  struct Needs: OptionSet, Sendable {
    let rawValue: UInt8
    /// A namespace that can be written.
    static let writing = Needs(rawValue: 1)
  }

  /// The operation code.
  let operation: UInt8
  let set: Set
  let name: String
  let needs: Needs
  let handler: Handler

  init(
    _ set: Set, _ operation: UInt8, _ name: String, _ needs: Needs = [],
    _ handler: @escaping Handler
  ) {
    (self.set, self.operation, self.name) = (set, operation, name)
    (self.needs, self.handler) = (needs, handler)
  }

  /// Every command.
  static let all: [NVMeCommandRow] = [
    .init(
      .administration, 0x00, "Delete I/O Submission Queue", [], NVMeController.deleteSubmission),
    .init(
      .administration, 0x01, "Create I/O Submission Queue", [], NVMeController.createSubmission),
    .init(.administration, 0x02, "Get Log Page", [], NVMeController.getLogPage),
    .init(
      .administration, 0x04, "Delete I/O Completion Queue", [], NVMeController.deleteCompletion),
    .init(
      .administration, 0x05, "Create I/O Completion Queue", [], NVMeController.createCompletion),
    .init(.administration, 0x06, "Identify", [], NVMeController.identify),
    .init(.administration, 0x08, "Abort", [], NVMeController.abort),
    .init(.administration, 0x09, "Set Features", [], NVMeController.setFeatures),
    .init(.administration, 0x0A, "Get Features", [], NVMeController.getFeatures),
    .init(.administration, 0x0C, "Asynchronous Event Request", [], NVMeController.requestEvent),

    .init(.io, 0x00, "Flush", [], NVMeController.flush),
    .init(.io, 0x01, "Write", .writing, NVMeController.write),
    .init(.io, 0x02, "Read", [], NVMeController.read),
    .init(.io, 0x05, "Compare", [], NVMeController.compare),
    .init(.io, 0x08, "Write Zeroes", .writing, NVMeController.writeZeroes),
    .init(.io, 0x09, "Dataset Management", .writing, NVMeController.manageDataset),
    .init(.io, 0x0C, "Verify", [], NVMeController.verify),
  ]

  /// Rows by operation code.
  private static let rows: [[NVMeCommandRow]] = {
    var rows = [[NVMeCommandRow]](repeating: [], count: 256)
    for row in all { rows[Int(row.operation)].append(row) }
    return rows
  }()

  /// The row of an operation code.
  /// - Throws: that there is none.
  static func row(_ operation: UInt8, _ set: Set) throws(NVMeStatus) -> NVMeCommandRow {
    guard let row = rows[Int(operation)].first(where: { $0.set == set }) else {
      throw .invalidOperation
    }
    return row
  }
}

/// What a command asks for, after all of it has been checked.
enum NVMePlan {
  /// Nothing is left to do, with the result in double word 0.
  case done(UInt32 = 0)
  /// Bytes for the driver.
  case data([UInt8])
  case storage(StorageOperation)
  /// It is completed when something happens.
  case later
}

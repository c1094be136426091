/// A command that units serve: one row of the table (SPC-4, SBC-3, MMC-6).
struct SCSICommandRow: Sendable {
  /// Checks a command, and says what is to be done for it.
  typealias Handler = @Sendable (SCSIUnit) -> (SCSIRequest) throws(SCSIFailure) -> SCSIPlan

  /// Kinds of units that serve a command.
  struct Kinds: OptionSet, Sendable {
    let rawValue: UInt8
    static let disk = Kinds(rawValue: 1)
    static let optical = Kinds(rawValue: 2)
    static let all: Kinds = [.disk, .optical]
  }

  /// What a command needs before it is served.
  struct Needs: OptionSet, Sendable {
    let rawValue: UInt8
    /// It is served while a unit attention condition waits, too.
    static let nothing = Needs(rawValue: 1)
    /// A medium.
    static let medium = Needs(rawValue: 2)
    /// A medium that can be written.
    static let writing: Needs = [Needs(rawValue: 4), .medium]
  }

  /// The operation code.
  let operation: UInt8
  /// The service action, for operation codes that have several commands.
  let action: UInt8?
  let name: String
  let kinds: Kinds
  let needs: Needs
  let handler: Handler

  init(
    _ operation: UInt8, action: UInt8? = nil, _ name: String, _ kinds: Kinds = .all,
    _ needs: Needs = [], _ handler: @escaping Handler
  ) {
    (self.operation, self.action, self.name) = (operation, action, name)
    (self.kinds, self.needs, self.handler) = (kinds, needs, handler)
  }

  /// Every command.
  static let all: [SCSICommandRow] = [
    .init(0x00, "TEST UNIT READY", .all, .medium, SCSIUnit.testReady),
    .init(0x03, "REQUEST SENSE", .all, .nothing, SCSIUnit.requestSense),
    .init(0x12, "INQUIRY", .all, .nothing, SCSIUnit.inquiry),
    .init(0x15, "MODE SELECT(6)", .disk, [], SCSIUnit.modeSelect),
    .init(0x1A, "MODE SENSE(6)", .all, [], SCSIUnit.modeSense),
    .init(0x1B, "START STOP UNIT", .all, [], SCSIUnit.startStop),
    .init(0x1E, "PREVENT ALLOW MEDIUM REMOVAL", .all, [], SCSIUnit.preventRemoval),
    .init(0x55, "MODE SELECT(10)", .disk, [], SCSIUnit.modeSelect),
    .init(0x5A, "MODE SENSE(10)", .all, [], SCSIUnit.modeSense),
    .init(0xA0, "REPORT LUNS", .all, .nothing, SCSIUnit.reportUnits),

    .init(0x08, "READ(6)", .disk, .medium, SCSIUnit.read),
    .init(0x28, "READ(10)", .all, .medium, SCSIUnit.read),
    .init(0xA8, "READ(12)", .all, .medium, SCSIUnit.read),
    .init(0x88, "READ(16)", .disk, .medium, SCSIUnit.read),
    .init(0x0A, "WRITE(6)", .disk, .writing, SCSIUnit.write),
    .init(0x2A, "WRITE(10)", .disk, .writing, SCSIUnit.write),
    .init(0xAA, "WRITE(12)", .disk, .writing, SCSIUnit.write),
    .init(0x8A, "WRITE(16)", .disk, .writing, SCSIUnit.write),
    .init(0x2F, "VERIFY(10)", .all, .medium, SCSIUnit.verify),
    .init(0xAF, "VERIFY(12)", .disk, .medium, SCSIUnit.verify),
    .init(0x8F, "VERIFY(16)", .disk, .medium, SCSIUnit.verify),
    .init(0x35, "SYNCHRONIZE CACHE(10)", .all, .medium, SCSIUnit.synchronize),
    .init(0x91, "SYNCHRONIZE CACHE(16)", .disk, .medium, SCSIUnit.synchronize),
    .init(0x41, "WRITE SAME(10)", .disk, .writing, SCSIUnit.writeSame),
    .init(0x93, "WRITE SAME(16)", .disk, .writing, SCSIUnit.writeSame),
    .init(0x42, "UNMAP", .disk, .writing, SCSIUnit.unmap),
    .init(0x25, "READ CAPACITY(10)", .all, .medium, SCSIUnit.readCapacity10),
    .init(0x9E, action: 0x10, "READ CAPACITY(16)", .disk, .medium, SCSIUnit.readCapacity16),

    .init(0x43, "READ TOC/PMA/ATIP", .optical, .medium, SCSIUnit.readContents),
    .init(0x46, "GET CONFIGURATION", .optical, .nothing, SCSIUnit.getConfiguration),
    .init(0x4A, "GET EVENT STATUS NOTIFICATION", .optical, .nothing, SCSIUnit.getEvent),
    .init(0x51, "READ DISC INFORMATION", .optical, .medium, SCSIUnit.readDiscInformation),
    .init(0xBD, "MECHANISM STATUS", .optical, .nothing, SCSIUnit.mechanismStatus),
  ]

  /// Rows by operation code.
  private static let rows: [[SCSICommandRow]] = {
    var rows = [[SCSICommandRow]](repeating: [], count: 256)
    for row in all { rows[Int(row.operation)].append(row) }
    return rows
  }()

  /// The row of a command for a kind of unit.
  /// - Throws: that there is no such operation code, or no such service action.
  static func row(
    _ command: SCSICommand, _ kind: Kinds
  ) throws(SCSIFailure) -> SCSICommandRow {
    let rows = rows[Int(command.operation)]
    guard rows.contains(where: { $0.kinds.contains(kind) }) else { throw .check(.invalidCommand) }
    guard
      let row = rows.first(where: {
        $0.kinds.contains(kind) && ($0.action == nil || $0.action == command.action)
      })
    else { throw .check(.invalidField) }
    return row
  }
}

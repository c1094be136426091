public import MigrationCompatibility

/// The parameters of a migration, with QMP's names and units.
public struct MigrationParameters: Hashable, Sendable {
  /// Bytes per second while the guest runs; 0 is no limit.
  public var maximumBandwidth: UInt64 = 0
  /// The most milliseconds for which the guest may be stopped.
  public var downtimeLimit: UInt64 = 300
  /// Whether to slow down a guest that writes memory faster than it can be sent.
  public var slowsGuest = true
  /// Whether clients receive an event for every change of the migration's status.
  public var sendsEvents = false
  /// The machine version that the destination reads.
  public var machineVersion = MachineVersion.newest

  /// The default parameters.
  public init() {}
}

/// The state of a migration.
public enum MigrationStatus: String, Sendable {
  case none
  /// Connecting; the destination has not accepted the guest.
  case setup
  /// The guest runs, and its memory is being sent.
  case active
  /// The guest is stopped while the last of its state is sent.
  case device
  case cancelling
  case cancelled
  case completed
  case failed

  /// Whether the migration is in progress.
  public var isActive: Bool {
    switch self {
    case .setup, .active, .device, .cancelling: true
    case .none, .cancelled, .completed, .failed: false
    }
  }
}

/// The progress of a migration.
public struct MigrationStatistics: Hashable, Sendable {
  /// Bytes of guest memory.
  public var total: UInt64 = 0
  /// Bytes sent.
  public var transferred: UInt64 = 0
  /// Pages sent, counted each time.
  public var pages: UInt64 = 0
  /// Pages that the first pass left out because they are zero.
  public var zeroPages: UInt64 = 0
  /// Pages that the current pass has still to examine or to send.
  public var remainingPages: UInt64 = 0
  /// Pages per second that the guest wrote during the latest pass.
  public var dirtyPagesRate: UInt64 = 0
  /// Pages sent in each second of the latest pass.
  public var pagesPerSecond: UInt64 = 0
  /// How often the set of pages to send was determined: 1 after the first pass, over all of memory,
  /// has begun.
  public var passes: UInt64 = 0
  /// Milliseconds since the migration began, until its end once it has one.
  public var totalTime: Double = 0
  /// Milliseconds until the destination was ready.
  public var setupTime: Double = 0
  /// Milliseconds that the guest stood still; nil until it does.
  public var downtime: Double?
  /// Milliseconds for which the guest would be stopped if the last pass began now.
  public var expectedDowntime: Double?
  /// The part of its time for which the guest is halted, in percent.
  public var slowedPercent = 0

  /// Nothing moved.
  public init() {}
}

public import MigrationCompatibility

/// How a running guest is to be moved. The names and units are QMP's.
public struct MigrationParameters: Hashable, Sendable {
  /// Bytes a second while the guest runs; 0 is no limit.
  public var maximumBandwidth: UInt64 = 0
  /// Milliseconds for which the guest may stand still.
  public var downtimeLimit: UInt64 = 300
  /// Whether a guest that writes faster than its memory can be sent is slowed down.
  public var slowsGuest = true
  /// Whether clients get an event for every change of the migration's status.
  public var sendsEvents = false
  /// The version of the machine that is to read the state.
  public var machineVersion = MachineVersion.newest

  public init() {}
}

/// Where a migration is.
public enum MigrationStatus: String, Sendable {
  case none
  /// Connecting, and asking whether the guest is welcome.
  case setup
  /// The guest runs, and its memory is being sent.
  case active
  /// The guest stands still for the last of its state.
  case device
  case cancelling
  case cancelled
  case completed
  case failed

  /// Whether it is in progress.
  public var isActive: Bool {
    switch self {
    case .setup, .active, .device, .cancelling: true
    case .none, .cancelled, .completed, .failed: false
    }
  }
}

/// What has been moved so far.
public struct MigrationStatistics: Hashable, Sendable {
  /// Bytes of the guest's memory.
  public var total: UInt64 = 0
  /// Bytes sent.
  public var transferred: UInt64 = 0
  /// Pages sent, each as often as it was sent.
  public var pages: UInt64 = 0
  /// Pages of memory that were left out of the first pass, as zero.
  public var zeroPages: UInt64 = 0
  /// Pages of memory that this pass has still to look at or to send.
  public var remainingPages: UInt64 = 0
  /// Pages that the guest wrote in each second of the latest pass, and that were sent.
  public var dirtyPagesRate: UInt64 = 0
  public var pagesPerSecond: UInt64 = 0
  /// How often the pages to be sent were determined: 1 once the first pass, over all of memory, has
  /// begun.
  public var passes: UInt64 = 0
  /// Milliseconds since it began, until the destination was ready, and that the guest stood still.
  public var totalTime: Double = 0
  public var setupTime: Double = 0
  public var downtime: Double?
  /// What the guest would have to stand still if it were stopped now.
  public var expectedDowntime: Double?
  /// Hundredths of its time that the guest is held back.
  public var slowedPercent = 0

  public init() {}
}

public import DeviceTree

/// The functions of the machine that the firmware calls, on the thread of the calling processor.
public protocol FirmwarePlatform: AnyObject {
  // MARK: console
  func writeConsole(_ bytes: [UInt8])
  /// Input that has arrived, at most `limit` bytes; may be empty.
  func readConsole(limit: Int) -> [UInt8]

  // MARK: architecture
  /// The platform's side of a negotiation.
  var offer: PlatformOffer { get }
  /// Whether any processor but the caller's has been started.
  var otherProcessorsRun: Bool { get }
  /// Configures the machine as negotiated, including the PCR of every processor.
  /// - Returns: the tree that describes it now, or nil when it cannot be built, which the client
  ///   sees as an error.
  func adopt(_ architecture: NegotiatedArchitecture) -> DeviceTree?

  // MARK: processors and the end of the program
  /// Starts the processor whose node has `reg` = `number`, in real mode, big-endian.
  /// - Returns: false when there is none or it runs already.
  func startProcessor(_ number: UInt32, at address: UInt64, argument: UInt64) -> Bool
  /// The client program has ended: the machine stops its processors before it runs another
  /// instruction.
  func endClientProgram(_ end: ClientProgramEnd)

  // MARK: time and NVRAM
  /// Milliseconds since the machine started.
  var milliseconds: UInt64 { get }
  var time: FirmwareTime { get }
  /// Bytes of NVRAM; 0 where the machine has none.
  var nvramSize: Int { get }
  /// - Returns: nil when the range is not all NVRAM.
  func readNVRAM(_ count: Int, at offset: Int) -> [UInt8]?
  /// - Returns: false, without effect, when the range is not all NVRAM.
  func writeNVRAM(_ bytes: [UInt8], at offset: Int) -> Bool

  // MARK: disks and networks
  /// The disk of a node; nil when the node is no disk's.
  func disk(at path: String) -> (any FirmwareDisk)?
  /// The network card of a node; nil when the node is no card's.
  func network(at path: String) -> (any FirmwareNetwork)?
  /// Configuration variables that the user or the guest has set, for `/options`.
  var configurationVariables: [(name: String, value: String)] { get }
  /// Keeps a configuration variable for the next start, where there is NVRAM.
  /// - Returns: false, without effect, when there is no room for it.
  func setConfigurationVariable(_ name: String, to value: [UInt8]) -> Bool

  /// RTAS was instantiated at `base`, where its stub has been copied.
  func rtasInstantiated(at base: UInt64)
}

/// How a client program ended.
public enum ClientProgramEnd: Hashable, Sendable {
  /// The `exit` service.
  case exit
  /// The `boot` service, with the boot specification.
  case boot(String)
  /// `ibm,client-architecture-support` does not return.
  case bootFailure(NegotiationError)
}

/// The calendar time, UTC.
public struct FirmwareTime: Hashable, Sendable {
  /// Year, month from 1, day from 1, hour from 0 to 23, minute and second.
  public var year, month, day, hour, minute, second: Int

  /// A time of the Gregorian calendar; month and day count from 1.
  public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }
}

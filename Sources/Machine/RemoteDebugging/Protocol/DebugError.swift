internal import HostSupport
internal import PowerCPU

/// Why a packet cannot be served.
public enum DebugError: Error, Equatable, CustomStringConvertible {
  /// The packet does not have the form that its name asks for.
  case malformed
  /// A packet of more bytes than the server has offered to take.
  case tooLong
  /// A thread that there is not.
  case noThread
  /// A register that there is not.
  case noRegister
  /// The register cannot be written.
  case readOnly
  /// Nothing can be read or written at the address.
  case noMemory
  /// The guest runs; most packets are for one that has stopped.
  case running
  /// More breakpoints or watchpoints than the server keeps.
  case tooMany
  /// A watchpoint of no bytes, or of too many.
  case range
  /// What the server does not do: processors that stop one by one.
  case nonStop
  /// An annex of an object that there is not.
  case noAnnex

  /// The error number in the answer, as Linux has it.
  var number: UInt8 {
    switch self {
    case .malformed, .range: 22  // EINVAL
    case .tooLong: 7  // E2BIG
    case .noThread: 3  // ESRCH
    case .noRegister, .noAnnex: 2  // ENOENT
    case .readOnly: 30  // EROFS
    case .noMemory: 14  // EFAULT
    case .running: 16  // EBUSY
    case .tooMany: 28  // ENOSPC
    case .nonStop: 95  // EOPNOTSUPP
    }
  }

  /// The contents of the answer.
  var answer: String { "E" + number.hexDigits(2) }

  /// The reason in words.
  public var description: String {
    switch self {
    case .malformed: "the packet is malformed"
    case .tooLong: "the packet is longer than \(PacketReader.longest) bytes"
    case .noThread: "there is no such thread"
    case .noRegister: "there is no such register"
    case .readOnly: "the register cannot be written"
    case .noMemory: "there is no memory at the address"
    case .running: "the guest runs"
    case .tooMany: "there are too many breakpoints or watchpoints"
    case .range: "1 to \(DataWatch.mostBytes) bytes can be watched"
    case .nonStop: "all processors stop together"
    case .noAnnex: "there is no such object"
    }
  }
}

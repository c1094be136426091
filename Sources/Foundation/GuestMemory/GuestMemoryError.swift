internal import HostSupport

/// An access that guest real memory cannot satisfy.
public enum GuestMemoryError: Error, Equatable, CustomStringConvertible {
  /// The bytes `address ..< address + count` are not all memory.
  case outOfRange(address: UInt64, count: Int, size: UInt64)
  /// A string without its terminating zero within the allowed length.
  case unterminatedString(address: UInt64, limit: Int)
  /// The host cannot provide the memory.
  case hostAllocation(size: UInt64, errno: Int32)

  /// The reason in words; addresses are guest real addresses in hexadecimal.
  public var description: String {
    switch self {
    case .outOfRange(let address, let count, let size):
      "\(count) bytes at guest real address \(address.hexadecimal()) are outside the "
        + "guest's \(size.hexadecimal()) bytes of memory"
    case .unterminatedString(let address, let limit):
      "no end of string within \(limit) bytes at guest real address \(address.hexadecimal())"
    case .hostAllocation(let size, let errno):
      "the host cannot reserve \(size.hexadecimal()) bytes of guest memory: \(HostError.text(errno))"
    }
  }
}

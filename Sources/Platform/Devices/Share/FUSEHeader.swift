internal import CStorage
internal import Glibc
internal import HostSupport

/// What every request of FUSE begins with (linux/fuse.h), little-endian: bytes, operation, number.
struct FUSEHeader {
  static let requestSize = 40
  static let answerSize = 16

  /// Operations by their numbers.
  private enum Operation {
    static let open: UInt32 = 14
    static let openFolder: UInt32 = 27
    static let create: UInt32 = 35
    static let temporary: UInt32 = 51
    /// Those that change nothing: lookup, forget, getattr, readlink, read, statfs, release, fsync,
    /// getxattr, listxattr, flush, init, opendir, readdir, releasedir, fsyncdir, getlk, setlk, access,
    /// interrupt, destroy, forgetting several, readdirplus, lseek, syncfs, statx.
    static let reading: Set<UInt32> = [
      1, 2, 3, 5, 15, 17, 18, 20, 22, 23, 25, 26, 27, 28, 29, 30, 31, 32, 34, 36, 38, 42, 44, 46,
      50,
      52,
    ]
  }

  /// Open flags whose numbers are those of Power in the guest (asm/fcntl.h), and may be others here:
  /// O_DIRECTORY, O_NOFOLLOW, O_LARGEFILE, which 64-bit hosts do not need, and O_DIRECT.
  private static let guestFlags: [(guest: UInt32, host: Int32)] = [
    (0o40000, O_DIRECTORY), (0o100000, O_NOFOLLOW), (0o200000, 0),
    (0o400000, storage_direct_flag),
  ]

  /// Open flags of a file that is only read: neither access for writing nor O_TRUNC.
  private static let changingFlags: UInt32 = 0o1003

  let operation: UInt32
  let number: UInt64
  /// The first bytes behind the header.
  private let flags: UInt32

  /// A header from the first bytes of a request.
  init(_ bytes: [UInt8]) {
    operation = UInt32(littleEndianBytes: bytes.dropFirst(4).prefix(4))
    number = UInt64(littleEndianBytes: bytes.dropFirst(8).prefix(8))
    flags = UInt32(littleEndianBytes: bytes.dropFirst(Self.requestSize).prefix(4))
  }

  /// The first bytes of the request as a daemon of this host understands them.
  func forHost(_ bytes: [UInt8]) -> [UInt8] {
    switch operation {
    case Operation.open, Operation.openFolder, Operation.create, Operation.temporary:
      let common = Self.guestFlags.reduce(self.flags) { $0 & ~$1.guest }
      let flags = Self.guestFlags.reduce(common) {
        self.flags & $1.guest == 0 ? $0 : $0 | UInt32(bitPattern: $1.host)
      }
      return Array((bytes.prefix(Self.requestSize) + flags.littleEndianBytes).prefix(bytes.count))
    default: return bytes
    }
  }

  /// Bytes of a request that a header is read from.
  static let examined = requestSize + 4

  /// Whether the request changes nothing.
  var isReading: Bool {
    operation == Operation.open
      ? flags & Self.changingFlags == 0 : Operation.reading.contains(operation)
  }

  /// The answer to a request that failed with an `errno` value.
  func failure(_ error: Int32) -> [UInt8] {
    UInt32(Self.answerSize).littleEndianBytes + UInt32(bitPattern: -error).littleEndianBytes
      + number.littleEndianBytes
  }
}

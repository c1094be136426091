internal import Glibc

/// Why the server does not do what it is asked for: an `errno` value, which the client gets.
struct FolderError: Error, Hashable, Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  /// The error of the call that has just failed.
  static var last: FolderError { FolderError(errno) }
}

/// The name of an entry of a folder: one step of a path that leads nowhere but into the folder.
struct FileName: Hashable, Sendable {
  /// The most bytes of a name.
  static let longest = Int(NAME_MAX)

  let bytes: [UInt8]

  /// A name from its bytes: not empty, not `.` or `..`, without `/` and NUL.
  init(_ bytes: [UInt8]) throws(FolderError) {
    guard !bytes.isEmpty else { throw FolderError(ENOENT) }
    guard bytes != [UInt8(ascii: ".")], bytes != PathStep.dots,
      !bytes.contains(0), !bytes.contains(UInt8(ascii: "/"))
    else { throw FolderError(EINVAL) }
    guard bytes.count <= Self.longest else { throw FolderError(ENAMETOOLONG) }
    self.bytes = bytes
  }

  /// Calls a function with the name as C has it.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    FolderServer.withCString(bytes, body)
  }
}

/// A step of a walk: into a folder, or out of it.
enum PathStep: Hashable, Sendable {
  static let dots: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: ".")]

  case into(FileName)
  /// To the folder that has this one; at the root it stays there.
  case up

  init(_ bytes: [UInt8]) throws(FolderError) {
    self = bytes == Self.dots ? .up : .into(try FileName(bytes))
  }
}

extension FolderServer {
  /// Calls a function with bytes without a NUL as C has them.
  static func withCString<Result>(
    _ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { text in
      for (index, byte) in bytes.enumerated() { text[index] = CChar(bitPattern: byte) }
      text[bytes.count] = 0
      guard let start = text.baseAddress else { preconditionFailure("a buffer of one or more") }
      return body(UnsafePointer(start))
    }
  }
}

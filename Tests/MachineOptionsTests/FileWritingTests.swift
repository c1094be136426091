import ArgumentParser
import Glibc
import Testing

@testable import MachineOptions

/// Files that commands write: whole or not at all, and for whom.
@Suite(.serialized) struct FileWritingTests {
  private static func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/papr-files-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      for name in ["file", "link", "target", "pipe"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    try body(folder)
  }

  private static func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : 0
  }

  @Test func aFileIsReplacedAsAWhole() throws {
    try Self.withFolder { folder in
      let path = folder + "/file"
      let bytes = [UInt8](repeating: 7, count: 300_000)
      try Files.write(bytes, to: path)
      #expect(try Files.read(path, limit: 1 << 20) == bytes)
      chmod(path, 0o640)
      try Files.write([1], to: path)
      #expect(try Files.read(path, limit: 1) == [1])
      #expect(Self.mode(path) & 0o777 == 0o640)
      // One that is begun and given up leaves the old file.
      do {
        let replacement = try FileReplacement(of: path, .ordinary)
        try replacement.write([2, 3])
      }
      #expect(try Files.read(path, limit: 1) == [1])
      #expect(throws: CommandError.self) { try Files.read(path, limit: 0) }
    }
  }

  @Test func aGuestsMemoryIsForItsOwner() throws {
    try Self.withFolder { folder in
      let path = folder + "/file"
      try Files.write([1], to: path, .private)
      #expect(Self.mode(path) & 0o777 == 0o600)
      // A link is not followed: another could have made it.
      symlink(folder + "/target", folder + "/link")
      #expect(throws: CommandError.self) { try Files.write([1], to: folder + "/link", .private) }
      #expect(!Files.exists(folder + "/target"))
      try Files.write([1], to: folder + "/link")
      #expect(try Files.read(folder + "/target", limit: 1) == [1])
      #expect(Self.mode(folder + "/link") & S_IFMT == S_IFLNK)
    }
  }

  @Test func whatCannotBeWritten() throws {
    try Self.withFolder { folder in
      for path in ["\(folder)/none/file", folder, "/dev/fd/999"] {
        #expect(throws: CommandError.self, "\(path)") { try Files.write([1], to: path) }
      }
      // A pipe that no one reads is not waited for.
      mkfifo(folder + "/pipe", 0o600)
      do throws(CommandError) {
        try Files.write([1], to: folder + "/pipe")
        Issue.record("written to a pipe without a reader")
      } catch {
        #expect(error.message == "cannot write \(folder)/pipe: no one reads it")
        #expect(error.status.rawValue == 1)
      }
      #expect(throws: CommandError.self) { try Files.checkWritable(folder) }
      try Files.checkWritable(folder + "/file")
      #expect(!Files.exists(folder + "/file"))
    }
  }

  /// Pieces that a pipe takes at once, until all bytes are there.
  @Test func aPipeGetsEverything() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
    try Files.write(bytes, to: "/dev/fd/\(ends[1])")
    close(ends[1])
    var (read, piece) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while case let count = Glibc.read(ends[0], &piece, piece.count), count > 0 {
      read += piece[..<count]
    }
    #expect(read == bytes)
  }

  @Test func namesOfDescriptors() {
    #expect(
      Files.descriptor(named: "/dev/stdout") == 1 && Files.descriptor(named: "/dev/fd/7") == 7)
    #expect(Files.descriptor(named: "/proc/self/fd/3") == 3 && Files.descriptor(named: "-") == nil)
    #expect(Files.descriptor(named: "/dev/fd/x") == nil)
    #expect(
      !Files.isRegular("/dev/null") && Files.isRegular("/tmp/a file that is still to be made"))
  }
}

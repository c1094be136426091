import Glibc
import Testing

@testable import HostSupport

/// Files that are read: their kinds, their limits, and waits that end.
@Suite struct InputFileTests {
  /// A name in a folder of its own.
  private final class Place {
    let folder: String
    var path: String { folder + "/file" }

    init() {
      var template = Array("/tmp/input-file.XXXXXX".utf8CString)
      folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
    }

    func write(_ bytes: [UInt8]) {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
      close(descriptor)
    }

    deinit {
      unlink(path)
      rmdir(folder)
    }
  }

  private static func reason(_ body: () throws(InputError) -> Void) -> InputError.Reason? {
    do throws(InputError) {
      try body()
      return nil
    } catch {
      return error.reason
    }
  }

  private static func contents(_ path: String, limit: Int = 100) throws(InputError) -> [UInt8] {
    try InputFile(opening: path).contents(limit: limit)
  }

  @Test func aFileIsReadAsAWholeAndInParts() throws {
    let place = Place()
    let bytes = (0..<100).map { UInt8($0) }
    place.write(bytes)
    #expect(try Self.contents(place.path) == bytes)
    let file = try InputFile(opening: place.path)
    #expect(file.size == 100)
    #expect(try file.read(30) == Array(bytes[..<30]))
    #expect(try file.read(100) == Array(bytes[30...]))
    #expect(try file.read(1) == [])
  }

  @Test func theLimitIsLookedAtBeforeTheFileIsRead() throws {
    let place = Place()
    place.write([UInt8](repeating: 1, count: 101))
    #expect(
      Self.reason { () throws(InputError) in _ = try Self.contents(place.path) }
        == .tooLarge(limit: 100))
    // Nothing could read this one.
    #expect(truncate(place.path, 1 << 40) == 0)
    #expect(
      Self.reason { () throws(InputError) in _ = try Self.contents(place.path) }
        == .tooLarge(limit: 100))
  }

  @Test(arguments: ["/dev/zero", "/dev/null", "/dev/random", "/dev/tty"])
  func devicesAreNotRead(path: String) {
    let reason = Self.reason { () throws(InputError) in _ = try InputFile(opening: path) }
    // Without a terminal /dev/tty cannot be opened at all.
    #expect(reason == .device || path == "/dev/tty" && reason == .host(ENXIO))
  }

  @Test func foldersAndMissingFilesAreNamed() {
    #expect(throws: InputError("/tmp", .host(EISDIR))) { try InputFile(opening: "/tmp") }
    #expect { try InputFile(opening: "/tmp/there is no such file") } throws: {
      "\($0)" == "cannot read /tmp/there is no such file: No such file or directory"
    }
  }

  /// The reader comes first, as with `mkfifo`; the writer writes in pieces.
  @Test func aPipeIsReadToItsEnd() throws {
    let place = Place()
    #expect(mkfifo(place.path, 0o600) == 0)
    let file = try InputFile(opening: place.path)
    #expect(file.size == nil)
    let writer = open(place.path, O_WRONLY)
    #expect(write(writer, "abc", 3) == 3)
    #expect(try file.read(3) == Array("abc".utf8))
    #expect(write(writer, "defgh", 5) == 5)
    close(writer)
    #expect(try file.contents(limit: 5) == Array("defgh".utf8))
  }

  @Test func aPipeThatNeverEndsHasALimit() throws {
    let place = Place()
    #expect(mkfifo(place.path, 0o600) == 0)
    let file = try InputFile(opening: place.path)
    let writer = open(place.path, O_WRONLY)
    defer { close(writer) }
    let bytes = [UInt8](repeating: 0, count: 101)
    #expect(write(writer, bytes, bytes.count) == bytes.count)
    // The writer has more to say, and is not waited for.
    #expect(
      Self.reason { () throws(InputError) in _ = try file.contents(limit: 100) }
        == .tooLarge(limit: 100))
  }
}

import Glibc
import HostSupport
import Testing

@testable import FolderServer

/// A temporary folder with a folder to be served, `shared`, and what is beside it.
final class ServedTestFolder {
  let path: String

  init() throws {
    var name = Array("/tmp/folder-XXXXXX".utf8CString)
    try #require(mkdtemp(&name) != nil)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #expect(mkdir(shared, 0o755) == 0)
  }

  deinit { Self.empty(path) }

  /// Removes a folder and what is in it; links are not followed.
  private static func empty(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard name != ".", name != ".." else { continue }
        if unlink(path + "/" + name) != 0 { empty(path + "/" + name) }
      }
      closedir(folder)
    }
    rmdir(path)
  }

  var shared: String { path + "/shared" }

  /// A file of the folder.
  func write(_ bytes: [UInt8], to name: String) {
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    #expect(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
  }

  /// The contents of a file; nil when there is none.
  func contents(of name: String) -> [UInt8]? {
    let descriptor = open(path + "/" + name, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    #expect(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  func status(of name: String) -> stat? {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? status : nil
  }
}

/// An answer of the server that is a failure.
struct Refusal: Error, Equatable {
  var number: Int32
}

/// A client of 9P2000.L with the root as its file 0.
final class FolderClient {
  let server: FolderServer
  private var next: UInt32 = 0
  private var tag: UInt16 = 0

  init(_ path: String, isReadOnly: Bool = false, mostFiles: Int = 64) throws {
    server = try FolderServer(path: path, isReadOnly: isReadOnly, mostFiles: mostFiles)
    try start()
  }

  func start(size: UInt32 = 65536) throws {
    let answer = try call(100, Self.number(size) + Self.text("9P2000.L"))
    #expect(
      answer == Self.number(min(size, UInt32(FolderServer.largestMessage))) + Self.text("9P2000.L"))
    _ = try call(
      104,
      Self.number(0 as UInt32) + Self.number(UInt32.max) + Self.text("") + Self.text("")
        + Self.number(0 as UInt32))
  }

  static func number(_ value: some FixedWidthInteger) -> [UInt8] { value.littleEndianBytes }
  static func text(_ value: [UInt8]) -> [UInt8] { number(UInt16(value.count)) + value }
  static func text(_ value: String) -> [UInt8] { text(Array(value.utf8)) }

  /// Sends any bytes as one message.
  func send(_ message: [UInt8]) -> [UInt8]? {
    var answers: [[UInt8]] = []
    let isServed = message.withUnsafeBytes { bytes in
      server.serve(bytes) { answers.append($0 + Array($1)) }
    }
    #expect(answers.count == (isServed ? 1 : 0))
    return answers.first
  }

  /// Sends a request.
  /// - Returns: the answer without its header.
  func call(_ type: UInt8, _ body: [UInt8]) throws -> [UInt8] {
    tag &+= 1
    let header = MessageHeader(messageSize: 7 + body.count, type: type, tag: tag)
    let answer = try #require(send(header.bytes + body))
    let head = try #require(MessageHeader(answer))
    #expect(head.messageSize == answer.count && head.tag == tag)
    guard head.type != 7 else {
      #expect(answer.count == 11)
      throw Refusal(number: Int32(littleEndianBytes: answer[7...]))
    }
    #expect(head.type == type + 1)
    return Array(answer[7...])
  }

  /// Finds a file.
  /// - Returns: its number.
  func walk(_ path: String..., from start: UInt32 = 0) throws -> UInt32 {
    try walk(path.map { Array($0.utf8) }, from: start)
  }

  func walk(_ path: [[UInt8]], from start: UInt32 = 0) throws -> UInt32 {
    next += 1
    let answer = try call(
      110,
      Self.number(start) + Self.number(next) + Self.number(UInt16(path.count))
        + path.flatMap(Self.text))
    // Fewer identities than steps: a later one leads nowhere, and the file has no number.
    guard Int(UInt16(littleEndianBytes: answer[..<2])) == path.count else {
      throw Refusal(number: ENOENT)
    }
    #expect(answer.count == 2 + 13 * path.count)
    return next
  }

  /// Finds and opens a file.
  func open(_ path: String..., flags: UInt32 = 0) throws -> UInt32 {
    let number = try walk(path.map { Array($0.utf8) })
    _ = try call(12, Self.number(number) + Self.number(flags))
    return number
  }

  /// Makes and opens a file of the root.
  func create(_ name: String, flags: UInt32 = 2, mode: UInt32 = 0o644) throws -> UInt32 {
    let number = try walk()
    _ = try call(
      14,
      Self.number(number) + Self.text(name) + Self.number(flags) + Self.number(mode)
        + Self.number(0 as UInt32))
    return number
  }

  func read(_ number: UInt32, at offset: UInt64 = 0, count: UInt32 = 60000) throws -> [UInt8] {
    let answer = try call(116, Self.number(number) + Self.number(offset) + Self.number(count))
    #expect(Int(UInt32(littleEndianBytes: answer[..<4])) == answer.count - 4)
    return Array(answer[4...])
  }

  func write(_ number: UInt32, _ bytes: [UInt8], at offset: UInt64 = 0) throws -> Int {
    let answer = try call(
      118, Self.number(number) + Self.number(offset) + Self.number(UInt32(bytes.count)) + bytes)
    return Int(UInt32(littleEndianBytes: answer))
  }

  func clunk(_ number: UInt32) throws { #expect(try call(120, Self.number(number)) == []) }

  /// What Rgetattr has.
  struct Attributes {
    var kind: UInt8
    var mode: UInt32
    var user: UInt32
    var links: UInt64
    var size: UInt64
    var modified: UInt64
  }

  func attributes(_ number: UInt32) throws -> Attributes {
    let bytes = try call(24, Self.number(number) + Self.number(0x7FF as UInt64))
    #expect(bytes.count == 153)
    func field<T: FixedWidthInteger>(_: T.Type, _ offset: Int) -> T {
      T(littleEndianBytes: bytes[offset..<offset + MemoryLayout<T>.size])
    }
    return Attributes(
      kind: bytes[8], mode: field(UInt32.self, 21), user: field(UInt32.self, 25),
      links: field(UInt64.self, 33), size: field(UInt64.self, 49),
      modified: field(UInt64.self, 89))
  }

  func set(
    _ number: UInt32, valid: UInt32, mode: UInt32 = 0, user: UInt32 = 0, size: UInt64 = 0,
    modified: UInt64 = 0
  ) throws {
    _ = try call(
      26,
      [number, valid, mode, user, 0].flatMap(Self.number)
        + [size, 0, 0, modified, 0].flatMap(Self.number))
  }

  /// The entries of a folder, read in parts of so many bytes.
  func entries(_ number: UInt32, count: UInt32 = 4096) throws -> [(name: String, kind: UInt8)] {
    var entries: [(name: String, kind: UInt8)] = []
    var offset: UInt64 = 0
    while true {
      let answer = try call(40, Self.number(number) + Self.number(offset) + Self.number(count))
      var rest = answer[4...]
      #expect(rest.count <= Int(count))
      guard !rest.isEmpty else { return entries }
      while !rest.isEmpty {
        offset = UInt64(littleEndianBytes: rest.dropFirst(13).prefix(8))
        let size = Int(UInt16(littleEndianBytes: rest.dropFirst(22).prefix(2)))
        let kind = rest[rest.startIndex + 21]
        entries.append(
          (String(decoding: rest.dropFirst(24).prefix(size), as: UTF8.self), kind))
        rest = rest.dropFirst(24 + size)
      }
    }
  }
}

import ArgumentParser
import CSockets
import Devices
import FolderServer
import Glibc
import HostSupport

/// Guests of a 9P server, and servers of shared folders: messages, answers, and the rings of a daemon.
struct FuzzShare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "share", abstract: "Clients and servers of shared folders.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let client = try FolderFuzzer()
    defer { client.remove() }
    let answers = AnswerFuzzer()
    try options.run("share") { generator in
      switch generator.below(8) {
      case 0: answers.receive(&generator)
      case 1: answers.useRings(&generator)
      default: client.send(&generator)
      }
    }
  }
}

/// A client of a server of a temporary folder. A file in the folder above it must not change.
private final class FolderFuzzer {
  private static let secret = Array("secret".utf8)
  private let path: String
  private var server: FolderServer
  private var sent = 0

  init() throws {
    var name = Array("/tmp/fuzz-share-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw ExitCode.failure }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    mkdir(path + "/shared", 0o755)
    server = try FolderServer(path: path + "/shared", isReadOnly: false, mostFiles: 40)
    let file = open(path + "/secret", O_WRONLY | O_CREAT, 0o644)
    write(file, Self.secret, Self.secret.count)
    close(file)
  }

  func remove() { Self.empty(path) }

  private static func empty(_ path: String) {
    chmod(path, 0o700)
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

  private static let names = [
    "a", "b", "c", "link", "..", ".", "", "secret", "a/b", "x\u{0}", "../secret", "/etc/passwd",
    String(repeating: "n", count: 255), String(repeating: "n", count: 256),
  ]

  private func text(_ generator: inout InputGenerator) -> [UInt8] {
    // Mostly names that are there.
    let name = Array(
      Self.names[generator.below(generator.below(4) == 0 ? Self.names.count : 4)].utf8)
    return UInt16(name.count).littleEndianBytes + name
  }

  private func number(_ generator: inout InputGenerator) -> [UInt8] {
    let number =
      generator.below(16) == 0
      ? UInt32(truncatingIfNeeded: generator.next()) : UInt32(generator.below(6))
    return number.littleEndianBytes
  }

  private func value(_ generator: inout InputGenerator) -> UInt64 {
    [0, 0, 0, 1, 2, 7, 0o100, 4096, 0o1002, 0o644, 0o40755, 1 << 31, .max, 1 << 63][
      generator.below(14)]
  }

  /// Fields of a request by letters: a number of a file, a text, and integers of 1, 2, 4 and 8 bytes.
  private static let formats: [(type: UInt8, fields: String)] = [
    (8, "f"), (12, "fi"), (14, "ftiii"), (16, "ftti"), (18, "ftiiii"), (20, "fft"), (22, "f"),
    (24, "fl"), (26, "fiiiilllll"), (30, "fft"), (32, "ftli"), (40, "fli"), (50, "fi"),
    (52, "fbillit"), (54, "fbllit"), (70, "fft"), (72, "ftii"), (74, "ftft"), (76, "fti"),
    (102, "ftti"), (104, "ffttf"), (108, "w"), (110, "ffW"), (110, "ffW"), (110, "ffW"),
    (116, "fli"), (118, "flD"), (120, "f"), (122, "f"), (240, ""), (242, "D"),
  ]

  private func message(_ generator: inout InputGenerator) -> [UInt8] {
    var (type, fields) = Self.formats[generator.below(Self.formats.count)]
    // It forgets all files.
    if type == 242, generator.below(16) > 0 { (type, fields) = (116, "fli") }
    var body: [UInt8] = []
    for field in fields {
      switch field {
      case "f": body += number(&generator)
      case "t": body += text(&generator)
      case "b": body.append(UInt8(truncatingIfNeeded: value(&generator)))
      case "w": body += UInt16(truncatingIfNeeded: value(&generator)).littleEndianBytes
      case "l": body += value(&generator).littleEndianBytes
      case "W":
        let count = generator.below(4)
        body += UInt16(count).littleEndianBytes
        for _ in 0..<count { body += text(&generator) }
      case "D":
        let count = generator.below(40)
        body += UInt32(count).littleEndianBytes
        body += (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      default: body += UInt32(truncatingIfNeeded: value(&generator)).littleEndianBytes
      }
    }
    let header = MessageHeader(messageSize: 7 + body.count, type: type, tag: 1)
    let bytes = header.bytes + body
    return generator.below(4) == 0 ? generator.mutate(bytes) : bytes
  }

  private func exchange(_ bytes: [UInt8]) -> [UInt8]? {
    var answer: [UInt8]?
    let isServed = bytes.withUnsafeBytes { bytes in
      server.serve(bytes) { answer = $0 + Array($1) }
    }
    return isServed ? answer ?? [] : nil
  }

  /// Gives files numbers that have been lost: the root, a folder, an open file and an open folder.
  private func prepare() {
    let file = Array("file".utf8)
    func call(_ type: UInt8, _ fields: [UInt32], _ rest: [UInt8] = []) {
      let body = fields.flatMap(\.littleEndianBytes) + rest
      _ = exchange(MessageHeader(messageSize: 7 + body.count, type: type, tag: 1).bytes + body)
    }
    call(104, [0, .max, 0, 0])
    call(110, [0, 1], [1, 0, 1, 0, UInt8(ascii: "a")])
    call(110, [0, 2], [0, 0])
    call(14, [2], [4, 0] + file + [2, 0, 0, 0, 0xA4, 1, 0, 0, 0, 0, 0, 0])
    call(110, [0, 3], [0, 0])
    call(12, [3, 0])
  }

  func send(_ generator: inout InputGenerator) -> String? {
    // The folder is as at first for every few hundred messages.
    if sent.isMultiple(of: 256) {
      Self.empty(path + "/shared")
      mkdir(path + "/shared", 0o755)
      mkdir(path + "/shared/a", 0o755)
      symlink("..", path + "/shared/link")
      guard let new = try? FolderServer(path: path + "/shared", isReadOnly: false, mostFiles: 40)
      else { return nil }
      server = new
      let version = (65536 as UInt32).littleEndianBytes + [8, 0] + Array("9P2000.L".utf8)
      _ = exchange(MessageHeader(messageSize: 7 + version.count, type: 100, tag: 1).bytes + version)
    }
    if sent.isMultiple(of: 8) { prepare() }
    sent += 1
    let bytes = message(&generator)
    let result: String
    if let answer = exchange(bytes) {
      guard let header = MessageHeader(answer), header.messageSize == answer.count,
        header.type == 7 || header.type == bytes[4] &+ 1
      else { return nil }
      result = header.type == 7 ? "error" : "answer \(header.type)"
    } else {
      result = "no message"
    }
    return sent.isMultiple(of: 64) && !isWhole() ? nil : result
  }

  /// Whether the file above the folder, and the other entries there, are as before.
  private func isWhole() -> Bool {
    var status = stat()
    guard lstat(path + "/secret", &status) == 0, status.st_nlink == 1,
      status.st_mode & 0o7777 == 0o644 & ~Self.mask
    else { return false }
    let file = open(path + "/secret", O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    guard read(file, &bytes, 16) == Self.secret.count, Array(bytes[..<6]) == Self.secret,
      let folder = opendir(path)
    else { return false }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // The two names of every folder, the shared one and the file.
    return count == 4
  }

  private static let mask: mode_t = {
    let mask = umask(0)
    umask(mask)
    return mask
  }()
}

/// Servers whose answers are wrong, for requests with room between bytes that must not change.
private final class AnswerFuzzer {
  private static let room = 300
  private static let margin = 64
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

  deinit { memory.deallocate() }

  private func pair() -> (Int32, Int32)? {
    var ends: [Int32] = [-1, -1]
    return socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0
      ? (ends[0], ends[1]) : nil
  }

  private func request(_ bytes: [UInt8]) -> ShareRequest? {
    guard let start = memory.baseAddress else { return nil }
    memory.initializeMemory(as: UInt8.self, repeating: 0x5A)
    memory.copyBytes(from: bytes)
    // In two parts.
    let place = start + 2048
    return ShareRequest(
      readable: [HostBytes(start: start, count: bytes.count)],
      writable: [
        HostBytes(start: place, count: 20), HostBytes(start: place + 20, count: Self.room - 20),
      ])
  }

  /// Whether an answer is within its room.
  private func isSound(_ counts: [UInt32]) -> Bool {
    counts.allSatisfy { $0 <= UInt32(Self.room) }
      && memory[2048 - Self.margin..<2048].allSatisfy { $0 == 0x5A }
      && memory[2048 + Self.room..<2048 + Self.room + Self.margin].allSatisfy { $0 == 0x5A }
  }

  /// A server of 9P sends something.
  func receive(_ generator: inout InputGenerator) -> String? {
    guard let (own, other) = pair() else { return "no socket" }
    let connection = FolderConnection(own)
    let size = generator.below(400)
    var answer =
      MessageHeader(
        messageSize: generator.below(3) == 0 ? generator.below(1000) : 7 + size,
        type: generator.below(4) == 0 ? 7 : 117, tag: generator.below(8) == 0 ? 2 : 1
      ).bytes + [UInt8](repeating: 0x77, count: size)
    if generator.below(3) == 0 { answer = generator.mutate(answer) }
    if !answer.isEmpty { Glibc.send(other, answer, answer.count, Int32(MSG_NOSIGNAL)) }
    shutdown(other, Int32(SHUT_WR))
    defer { close(other) }
    let bytes = MessageHeader(messageSize: 7, type: 116, tag: 1).bytes
    guard let request = request(bytes) else { return nil }
    let counts = connection.serve([request], queue: 0)
    guard counts.count == 1, isSound(counts) else { return nil }
    return connection.takeFailure() == nil ? "9P answer" : "9P server failed"
  }

  /// A daemon writes something into its rings.
  func useRings(_ generator: inout InputGenerator) -> String? {
    guard let (own, other) = pair() else { return "no socket" }
    defer { close(other) }
    // The answers to the requests of the connection, in their order.
    func answer(_ request: UInt32, _ value: UInt64) -> [UInt8] {
      [request, 5, 8].flatMap(\.littleEndianBytes) + value.littleEndianBytes
    }
    var answers = answer(1, 1 << 32 | 1 << 30) + answer(15, 1 << 3) + answer(2, 0) + answer(5, 0)
    for _ in 0..<2 {
      for request in [8, 10, 9, 13, 12, 18] as [UInt32] { answers += answer(request, 0) }
    }
    let isDamaged = generator.below(16) == 0
    if isDamaged { answers = generator.mutate(answers) }
    Glibc.send(other, answers, answers.count, Int32(MSG_NOSIGNAL))
    if isDamaged { shutdown(other, Int32(SHUT_WR)) }
    guard let connection = try? VhostUserConnection(own, isReadOnly: generator.below(2) == 0) else {
      return isDamaged ? "no connection" : nil
    }
    // What it has sent, with descriptors: memory, and for each queue what signals it.
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      var descriptor: Int32 = -1
      guard csockets_receive(other, &bytes, bytes.count, &descriptor) > 0 else { break }
      if descriptor >= 0 { descriptors.append(descriptor) }
    }
    guard descriptors.count == 5 else { return nil }
    var status = stat()
    fstat(descriptors[0], &status)
    let size = Int(status.st_size)
    guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[0], 0),
      start != MAP_FAILED
    else { return nil }
    defer { munmap(start, size) }
    let rings = UnsafeMutableRawBufferPointer(start: start, count: size)
    // The used ring of the first queue: index, entries.
    let used = 48 << 10
    rings.storeBytes(
      of: UInt16(
        generator.below(4) == 0 ? generator.below(70000) & 0xFFFF : 1 + generator.below(3)),
      toByteOffset: used + 2, as: UInt16.self)
    for entry in 0..<4 {
      let id = generator.below(4) == 0 ? generator.next() : UInt64(generator.below(3))
      let count = generator.below(4) == 0 ? generator.next() : UInt64(generator.below(320))
      rings.storeBytes(
        of: UInt32(truncatingIfNeeded: id), toByteOffset: used + 4 + 8 * entry, as: UInt32.self)
      rings.storeBytes(
        of: UInt32(truncatingIfNeeded: count), toByteOffset: used + 8 + 8 * entry, as: UInt32.self)
    }
    // And anything in the descriptors, which are the driver's.
    for _ in 0..<8 {
      rings.storeBytes(of: generator.next(), toByteOffset: 8 * generator.below(64), as: UInt64.self)
    }
    var one: UInt64 = 1
    write(descriptors[1], &one, 8)
    shutdown(other, Int32(SHUT_RDWR))
    let operation = UInt32(generator.below(60))
    let header = [40, operation].flatMap(\.littleEndianBytes) + [UInt8](repeating: 1, count: 36)
    guard let request = request(header) else { return nil }
    let counts = connection.serve([request], queue: 0)
    guard counts.count == 1, isSound(counts) else { return nil }
    return connection.takeFailure() == nil ? "FUSE answer" : "FUSE daemon failed"
  }
}

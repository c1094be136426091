import Glibc
import HostSupport
import Synchronization
import Testing

@testable import FolderServer

/// Attempts of a client to reach what is beside its folder, and messages that are none.
@Suite struct FolderEscapeTests {
  private typealias Client = FolderClient
  private static let root = Client.number(0 as UInt32)

  /// A folder with a secret beside it, and links that lead to it.
  private static func folder() throws -> ServedTestFolder {
    let folder = try ServedTestFolder()
    folder.write(Array("secret".utf8), to: "secret")
    for (name, target) in [
      ("absolute", folder.path + "/secret"), ("relative", "../secret"), ("top", "/"),
      ("above", ".."), ("process", "/proc/self/root"),
    ] { #expect(symlink(target, folder.shared + "/" + name) == 0) }
    #expect(mkdir(folder.shared + "/in", 0o755) == 0)
    return folder
  }

  @Test(arguments: ["absolute", "relative", "top", "above", "process"])
  func `links are never followed`(name: String) throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    // The link itself can be found, and not be opened or passed through.
    let link = try client.walk(name)
    #expect(try client.attributes(link).kind == 2)
    #expect(throws: Refusal(number: ELOOP)) {
      try client.call(12, Client.number(link) + Client.number(0 as UInt32))
    }
    for next in ["secret", "etc", "shared"] {
      #expect(throws: Refusal.self) { try client.walk(name, next) }
      #expect(throws: Refusal(number: ENOTDIR)) { try client.walk(next, from: link) }
    }
    // Nor is anything made, changed or removed behind it.
    #expect(throws: Refusal.self) { try client.create(name) }
    let zero = Client.number(0 as UInt32)
    for type in [14, 16, 72] as [UInt8] {
      let text = type == 16 ? Client.text("x") : type == 14 ? zero : []
      #expect(throws: Refusal.self) {
        try client.call(
          type, Client.number(link) + Client.text("made") + text + zero + zero)
      }
    }
    #expect(throws: Refusal.self) { try client.set(link, valid: 1 << 3, size: 0) }
    #expect(throws: Refusal(number: EOPNOTSUPP)) { try client.set(link, valid: 1, mode: 0o777) }
    try client.set(link, valid: 1 << 5 | 1 << 8, modified: 77)
    #expect(try #require(folder.status(of: "shared/" + name)).st_mtim.tv_sec == 77)
    // Another entry of a link is a link.
    _ = try client.call(70, Self.root + Client.number(link) + Client.text("other"))
    #expect(try #require(folder.status(of: "shared/other")).st_mode & S_IFMT == S_IFLNK)
    #expect(folder.contents(of: "secret") == Array("secret".utf8))
    #expect(try #require(folder.status(of: "secret")).st_mtim.tv_sec != 77)
    #expect(folder.status(of: "made") == nil)
  }

  @Test(arguments: [
    "", ".", "..", "/", "in/..", "../secret", "/etc/passwd", "a\u{0}b", "in/",
  ])
  func `names are names`(name: String) throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    let (text, zero) = (Client.text(name), Client.number(0 as UInt32))
    let bodies: [(UInt8, [UInt8])] = [
      (14, Self.root + text + zero + zero + zero), (16, Self.root + text + Client.text("x") + zero),
      (18, Self.root + text + zero + zero + zero + zero),
      (20, Client.number(try client.walk("in")) + Self.root + text),
      (70, Self.root + Client.number(try client.walk("absolute")) + text),
      (72, Self.root + text + zero + zero), (74, Self.root + text + Self.root + Client.text("x")),
      (74, Self.root + Client.text("in") + Self.root + text), (76, Self.root + text + zero),
      (76, Self.root + text + Client.number(0x200 as UInt32)),
    ]
    for (type, body) in bodies {
      #expect(throws: Refusal(number: name.isEmpty ? ENOENT : EINVAL), "type \(type)") {
        try client.call(type, body)
      }
    }
    if name != ".." { #expect(throws: Refusal.self) { try client.walk(name) } }
    #expect(folder.contents(of: "secret") == Array("secret".utf8))
  }

  @Test func `the root is at the top`() throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    let identity = try client.attributes(0)
    for path in [[".."], ["..", ".."], ["in", "..", "..", "in", "..", ".."]] {
      let number = try client.walk(path.map { Array($0.utf8) })
      #expect(try client.attributes(number).modified == identity.modified)
      #expect(throws: Refusal(number: ENOENT)) { try client.walk("secret", from: number) }
    }
    // What a listing has above the root is the root.
    let listing = try client.call(
      40,
      Client.number(try client.open()) + Client.number(0 as UInt64) + Client.number(4096 as UInt32))
    let own = try #require(folder.status(of: "shared")).st_ino
    let above = try #require(folder.status(of: ".")).st_ino
    #expect(Self.contains(listing, own) && !Self.contains(listing, above))
    #expect(throws: Refusal.self) {
      try client.call(
        104,
        Client.number(900 as UInt32) + Client.number(UInt32.max) + Client.text("")
          + Client.text("../../etc") + Client.number(0 as UInt32))
    }
  }

  private static func contains(_ bytes: [UInt8], _ file: ino_t) -> Bool {
    let number = Client.number(UInt64(file))
    return (0...max(bytes.count - 8, 0)).contains { bytes[$0...].starts(with: number) }
  }

  @Test func `a folder that is swapped for a link leads nowhere`() throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    let inner = try client.walk("in")
    let file = folder.shared + "/in"
    // Found before, and moved away: it is still that folder, and its `..` is not used.
    #expect(rename(file, folder.path + "/moved") == 0)
    #expect(symlink("..", file) == 0)
    #expect(throws: Refusal.self) { try client.walk("..", "secret", from: inner) }
    #expect(throws: Refusal.self) { try client.walk("in", "secret") }
    #expect(throws: Refusal.self) { try client.walk("..", "..", "secret", from: inner) }
    // The number's path leads to a link now: it is not what is renamed or removed.
    #expect(throws: Refusal(number: ESTALE)) {
      try client.call(20, Client.number(inner) + Self.root + Client.text("x"))
    }
    #expect(throws: Refusal(number: ESTALE)) { try client.call(122, Client.number(inner)) }
    #expect(folder.status(of: "shared/in") != nil && folder.status(of: "moved") != nil)
  }

  @Test func `links that come and go while files are looked for`() throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    let (place, spare) = (folder.shared + "/in", folder.path + "/spare")
    folder.write(Array("inside".utf8), to: "shared/in/secret")
    #expect(symlink("..", spare) == 0)
    // Swaps the folder and a link to the one above, over and over.
    let swaps = Unmanaged.passRetained(Swaps(place, spare))
    var thread = pthread_t()
    #expect(
      pthread_create(
        &thread, nil,
        { argument in
          argument.map { Unmanaged<Swaps>.fromOpaque($0).takeUnretainedValue().run() }
          return nil
        }, swaps.toOpaque()) == 0)
    var (found, missed) = (0, 0)
    for _ in 0..<4000 {
      do {
        let number = try client.open("in", "secret")
        #expect(try client.read(number) == Array("inside".utf8))
        try client.clunk(number)
        found += 1
      } catch is Refusal { missed += 1 }
    }
    swaps.takeUnretainedValue().stop()
    pthread_join(thread, nil)
    swaps.release()
    #expect(found > 0 && missed > 0)
  }

  @Test func `messages that are none, and fields that cannot be`() throws {
    let folder = try Self.folder()
    let client = try Client(folder.shared)
    #expect(client.send([]) == nil)
    #expect(client.send([6, 0, 0, 0, 100, 0]) == nil)
    #expect(client.send([8, 0, 0, 0, 100, 0, 0]) == nil)
    #expect(throws: Refusal(number: EOPNOTSUPP)) { try client.call(2, []) }
    #expect(throws: Refusal(number: EMSGSIZE)) {
      try client.call(100, Client.number(100 as UInt32) + Client.text("9P2000.L"))
    }
    #expect(
      try client.call(100, Client.number(9999 as UInt32) + Client.text("9P2000"))
        == Client.number(9999 as UInt32) + Client.text("unknown"))
    try client.start()
    // Each request, cut at every byte, and with a byte more.
    let long = Client.text([UInt8](repeating: 65, count: 256))
    #expect(throws: Refusal(number: ENAMETOOLONG)) {
      try client.call(76, Self.root + long + Self.root)
    }
    for operation in FolderOperation.all where operation.type < MessageType.save {
      for count in 0..<80 {
        _ = try? client.call(operation.type, [UInt8](repeating: 0, count: count))
      }
      _ = try? client.call(operation.type, [UInt8](repeating: 0xFF, count: 80))
      try client.start()
    }
    let file = try client.open("in")
    for offset in [1, .max, 1 << 63] as [UInt64] {
      _ = try? client.call(
        40, Client.number(file) + Client.number(offset) + Client.number(UInt32.max))
    }
    #expect(throws: Refusal(number: EINVAL)) {
      try client.call(
        110,
        Self.root + Client.number(77 as UInt32) + Client.number(17 as UInt16)
          + (0..<17).flatMap { _ in Client.text("in") })
    }
  }
}

/// Exchanges two entries until it is stopped.
private final class Swaps: Sendable {
  private let (first, second): (String, String)
  private let isStopped = Atomic(false)

  init(_ first: String, _ second: String) { (self.first, self.second) = (first, second) }

  func stop() { isStopped.store(true, ordering: .releasing) }

  func run() {
    let other = second + ".other"
    while !isStopped.load(ordering: .acquiring) {
      rename(first, other)
      rename(second, first)
      usleep(20)
      rename(first, second)
      rename(other, first)
    }
  }
}

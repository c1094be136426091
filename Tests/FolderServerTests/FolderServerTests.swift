import Glibc
import Testing

@testable import FolderServer

/// What a client does with a folder, as the host then sees it.
@Suite struct FolderServerTests {
  private typealias Client = FolderClient

  @Test func `files are made, written, read and removed`() throws {
    let folder = try ServedTestFolder()
    let client = try Client(folder.shared)
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let file = try client.create("new", mode: 0o640)
    #expect(try client.write(file, Array(bytes[..<60000])) == 60000)
    #expect(try client.write(file, Array(bytes[60000...]), at: 60000) == 40000)
    #expect(folder.contents(of: "shared/new") == bytes)
    #expect(try #require(folder.status(of: "shared/new")).st_mode & 0o7777 == 0o640 & ~mask())
    #expect(try client.read(file, at: 99_990) == Array(bytes[99_990...]))
    #expect(try client.read(file, at: 100_000) == [])
    // A message holds no more.
    #expect(try client.read(file, count: .max) == Array(bytes[..<65525]))
    #expect(try client.call(50, Client.number(file) + Client.number(0 as UInt32)) == [])
    let attributes = try client.attributes(file)
    #expect(attributes.size == 100_000 && attributes.links == 1 && attributes.user == 0)
    try client.set(file, valid: 1 << 3 | 1 | 1 << 5 | 1 << 8, mode: 0o600, size: 7, modified: 99)
    let status = try #require(folder.status(of: "shared/new"))
    #expect(status.st_size == 7 && status.st_mode & 0o777 == 0o600 && status.st_mtim.tv_sec == 99)
    try client.clunk(file)
    #expect(throws: Refusal(number: EBADF)) { try client.read(file) }
    let again = try client.open("new", flags: 1)
    #expect(throws: Refusal(number: EBADF)) { try client.read(again) }
    #expect(
      try client.call(
        76, Client.number(0 as UInt32) + Client.text("new") + Client.number(0 as UInt32))
        == [])
    #expect(folder.status(of: "shared/new") == nil)
    // The file that is open is there still.
    #expect(try client.write(again, [1]) == 1)
    #expect(try client.attributes(again).links == 0)
  }

  private func mask() -> mode_t {
    let mask = umask(0)
    umask(mask)
    return mask
  }

  @Test func `folders are made, listed in parts, renamed and removed`() throws {
    let folder = try ServedTestFolder()
    let client = try Client(folder.shared)
    _ = try client.call(
      72, Client.number(0 as UInt32) + Client.text("a") + [0xFF, 1, 0, 0, 0, 0, 0, 0])
    let names = (0..<300).map { "file-\($0)" }
    for name in names { folder.write([], to: "shared/a/\(name)") }
    let listed = try client.entries(try client.open("a"), count: 500)
    #expect(Set(listed.map(\.name)) == Set(names + [".", ".."]) && listed.count == 302)
    #expect(listed.filter { $0.name == names[0] }.map(\.kind) == [UInt8(DT_REG)])
    // A file that has been found keeps its number when a folder above it gets another name.
    let file = try client.walk("a", "file-7")
    _ = try client.call(
      74,
      Client.number(0 as UInt32) + Client.text("a") + Client.number(0 as UInt32)
        + Client.text("b"))
    #expect(folder.status(of: "shared/b/file-7") != nil)
    let other = try client.walk()
    _ = try client.call(20, Client.number(file) + Client.number(other) + Client.text("out"))
    #expect(folder.status(of: "shared/out") != nil && folder.status(of: "shared/b/file-7") == nil)
    #expect(throws: Refusal(number: ENOTEMPTY)) {
      try client.call(122, Client.number(try client.walk("b")))
    }
    for name in names { unlink(folder.shared + "/b/" + name) }
    _ = try client.call(122, Client.number(try client.walk("b")))
    #expect(folder.status(of: "shared/b") == nil)
    // Room for no entry.
    #expect(throws: Refusal(number: EINVAL)) {
      try client.entries(try client.open(), count: 20)
    }
  }

  @Test func `links, pipes and hard links are made, and devices are not`() throws {
    let folder = try ServedTestFolder()
    folder.write([1, 2], to: "shared/file")
    let client = try Client(folder.shared)
    let root = Client.number(0 as UInt32)
    let identity = try client.call(
      16, root + Client.text("link") + Client.text("/etc/passwd") + root)
    #expect(identity[0] == 2)
    let link = try client.walk("link")
    #expect(try client.call(22, Client.number(link)) == Client.text("/etc/passwd"))
    #expect(throws: Refusal(number: EINVAL)) { try client.call(22, root) }
    _ = try client.call(
      70, root + Client.number(try client.walk("file")) + Client.text("second"))
    #expect(try #require(folder.status(of: "shared/second")).st_nlink == 2)
    func node(_ mode: UInt32) throws {
      _ = try client.call(
        18, root + Client.text("node") + [mode, 1, 3, 0].flatMap(Client.number))
    }
    for kind in [S_IFCHR, S_IFBLK, S_IFDIR] {
      #expect(throws: Refusal(number: EPERM)) { try node(kind | 0o600) }
    }
    try node(S_IFIFO | 0o600)
    #expect(try #require(folder.status(of: "shared/node")).st_mode & S_IFMT == S_IFIFO)
    // The client opens its pipes itself.
    #expect(throws: Refusal(number: EPERM)) { try client.open("node") }
    // A pipe in the place of a file that is made.
    #expect(throws: Refusal(number: EEXIST)) { try client.create("node") }
    // No one of the host gets the rights of this user.
    #expect(throws: Refusal(number: EPERM)) { try client.create("set", mode: 0o4755) }
    #expect(throws: Refusal(number: EPERM)) {
      try client.set(try client.walk("file"), valid: 1, mode: 0o2755)
    }
  }

  @Test func `a folder that is only read is not changed`() throws {
    let folder = try ServedTestFolder()
    folder.write([1, 2, 3], to: "shared/file")
    let client = try Client(folder.shared, isReadOnly: true)
    let root = Client.number(0 as UInt32)
    let zero = Client.number(0 as UInt32)
    #expect(try client.read(try client.open("file")) == [1, 2, 3])
    let file = try client.walk("file")
    let changes: [(UInt8, [UInt8])] = [
      (12, Client.number(file) + Client.number(1 as UInt32)),
      (12, Client.number(file) + Client.number(2 as UInt32)),
      (12, Client.number(file) + Client.number(0o1000 as UInt32)),
      (14, root + Client.text("new") + zero + zero + zero),
      (16, root + Client.text("new") + Client.text("x") + zero),
      (18, root + Client.text("new") + zero + zero + zero + zero),
      (20, Client.number(file) + root + Client.text("new")),
      (26, [UInt8](repeating: 0, count: 60)),
      (32, Client.number(file) + Client.text("user.x") + [UInt8](repeating: 0, count: 12)),
      (70, root + Client.number(file) + Client.text("new")),
      (72, root + Client.text("new") + zero + zero),
      (74, root + Client.text("file") + root + Client.text("new")),
      (76, root + Client.text("file") + zero),
      (118, Client.number(file) + [UInt8](repeating: 0, count: 12)),
      (122, Client.number(file)),
    ]
    for (type, body) in changes {
      #expect(throws: Refusal(number: EROFS), "type \(type)") { try client.call(type, body) }
    }
    // A row that changes something is among them.
    #expect(
      Set(FolderOperation.all.filter(\.isChange).map(\.type)).isSubset(of: Set(changes.map(\.0))))
    #expect(folder.contents(of: "shared/file") == [1, 2, 3])
    #expect(try client.entries(try client.open()).count == 3)
  }

  @Test func `locks exclude other programs of the host`() throws {
    let folder = try ServedTestFolder()
    folder.write([0], to: "shared/file")
    let client = try Client(folder.shared)
    let (first, second) = (try client.open("file", flags: 2), try client.open("file", flags: 2))
    func lock(_ number: UInt32, _ type: UInt8, process: UInt32) throws -> UInt8 {
      try client.call(
        52,
        Client.number(number) + [type] + Client.number(0 as UInt32)
          + [0, 0].flatMap { Client.number($0 as UInt64) } + Client.number(process)
          + Client.text("c"))[0]
    }
    let host = Glibc.open(folder.shared + "/file", O_RDWR)
    defer { close(host) }
    /// Whether this program of the host could lock the file.
    func isFree() -> Bool {
      var request = flock(l_type: Int16(F_WRLCK), l_whence: 0, l_start: 0, l_len: 0, l_pid: 0)
      #expect(fcntl(host, LinuxFlag.getLock, &request) == 0)
      return request.l_type == Int16(F_UNLCK)
    }
    #expect(try lock(first, 1, process: 5) == 0)
    #expect(!isFree())
    // Another process of the client, and the same one by another number.
    #expect(try lock(second, 1, process: 6) == 1)
    #expect(try lock(second, 1, process: 5) == 0)
    try client.clunk(first)
    #expect(!isFree())
    let found = try client.call(
      54,
      Client.number(second) + [0] + [0, 0].flatMap { Client.number($0 as UInt64) }
        + Client.number(7 as UInt32) + Client.text("c"))
    #expect(found[0] == 1)
    #expect(try lock(second, 2, process: 5) == 0)
    #expect(isFree())
    #expect(try lock(second, 0, process: 5) == 0)
    try client.clunk(second)
    #expect(isFree())
  }

  @Test func `what is open continues in another server`() throws {
    let folder = try ServedTestFolder()
    for name in ["kept", "gone", "replaced"] { folder.write([1, 2, 3], to: "shared/\(name)") }
    let client = try Client(folder.shared)
    let (kept, gone) = (try client.open("kept", flags: 2), try client.open("gone"))
    let listed = try client.open()
    let replaced = try client.open("replaced", flags: 0o1002)
    let state = try client.call(MessageType.save, [])
    unlink(folder.shared + "/gone")
    let other = try FolderServer(path: folder.shared, isReadOnly: false)
    let second = try Client(folder.shared)
    _ = other
    _ = try second.call(MessageType.restore, state)
    #expect(try second.write(kept, [9], at: 1) == 1)
    #expect(try second.read(kept) == [1, 9, 3])
    #expect(throws: Refusal(number: ESTALE)) { try second.read(gone) }
    try second.clunk(gone)
    #expect(try second.entries(listed).count == 4)
    // A file that was emptied when it was opened is not emptied again.
    folder.write([4, 5], to: "shared/replaced")
    #expect(try second.read(replaced) == [4, 5])
    #expect(try second.call(MessageType.save, []) != state)
    for damaged in [[1, 2], state.dropLast(), Array(state[4...] + [1])] as [[UInt8]] {
      let count = FolderClient.number(UInt32(damaged.count))
      #expect(throws: Refusal.self) {
        try second.call(MessageType.restore, count + damaged)
      }
    }
  }

  @Test func `numbers and their files are limited`() throws {
    let folder = try ServedTestFolder()
    let client = try Client(folder.shared, mostFiles: 8)
    let numbers = try (0..<7).map { _ in try client.walk() }
    #expect(throws: Refusal(number: EMFILE)) { try client.walk() }
    try client.clunk(numbers[0])
    _ = try client.walk()
    // A number that is in use.
    #expect(throws: Refusal(number: EBADF)) {
      try client.call(
        110, Client.number(0 as UInt32) + Client.number(numbers[1]) + [0, 0])
    }
    // A client that begins has none.
    try client.start()
    for number in numbers {
      #expect(throws: Refusal(number: EBADF)) { try client.clunk(number) }
    }
  }
}

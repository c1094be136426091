import Foundation
import HostSupport
import Testing

@testable import ProgramExecution

/// What the agent is sent.
@Suite struct JobTests {
  /// Takes a job apart as the agent does.
  private func parts(_ job: Job, piece: Int) throws -> [(
    kind: UInt32, body: [UInt8], file: [UInt8]
  )] {
    var (stream, bytes) = (JobStream(job), [UInt8]())
    while case let some = try stream.next(piece), !some.isEmpty {
      #expect(some.count <= piece)
      bytes += some
    }
    var parts: [(kind: UInt32, body: [UInt8], file: [UInt8])] = []
    var rest = bytes[...]
    func word() -> Int {
      defer { rest = rest.dropFirst(4) }
      return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }
    while !rest.isEmpty {
      let (kind, size) = (word(), word())
      let body = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      let count = kind == 6 ? body[8..<16].reduce(0) { $0 << 8 | Int($1) } : 0
      parts.append((UInt32(kind), body, Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
    return parts
  }

  @Test(arguments: [1, 7, 4096])
  func partsArriveWhole(piece: Int) throws {
    let folder = try TemporaryFolder()
    let contents = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try folder.write("file", contents)
    var job = Job()
    job.useEmptyRoot()
    job.makeFile("/bin/program", mode: 0o755, of: try folder.open("file"))
    job.makeFile("/etc/empty", bytes: [])
    job.setUser(GuestUser(user: 1000, group: 100, otherGroups: [4]))
    try job.start("/bin/program", arguments: ["program", "", "ä"], environment: ["A=b\nc"])
    let parts = try parts(job, piece: piece)
    #expect(parts.map(\.kind) == [3, 6, 6, 9, 12, 12, 12, 13, 16])
    #expect(parts[1].file == contents)
    #expect(parts[1].body.dropFirst(16) == Array("/bin/program\0".utf8)[...])
    #expect(parts[2].file.isEmpty)
    #expect(
      parts[3].body == UInt64(1000).bigEndianBytes + UInt64(100).bigEndianBytes
        + UInt64(4).bigEndianBytes)
    #expect(parts[4...6].map(\.body) == ["program\0", "\0", "ä\0"].map { Array($0.utf8) })
    #expect(parts[7].body == Array("A=b\nc\0".utf8))
  }

  @Test func tooMuchIsRefused() throws {
    var job = Job()
    let long = String(repeating: "x", count: Job.mostPartBytes)
    #expect(throws: ExecutionError.self) {
      try job.start("/p", arguments: [long], environment: [])
    }
    let many = Array(repeating: "x", count: Job.mostTexts + 1)
    #expect(throws: ExecutionError.self) {
      try job.start("/p", arguments: [], environment: many)
    }
  }

  /// A file that becomes shorter on the way does not shift what follows.
  @Test func aShorterFileIsFilledUp() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", Array(repeating: 1, count: 100))
    var job = Job()
    job.makeFile("/file", mode: 0o644, of: try folder.open("file"))
    job.setMask(0o22)
    #expect(truncate(path, 10) == 0)
    let parts = try parts(job, piece: 64)
    #expect(parts[0].file == Array(repeating: 1, count: 10) + Array(repeating: 0, count: 90))
    #expect(parts[1].kind == 15)
  }

  @Test func usersAreNamesAndNumbers() {
    let files = AccountFiles(
      users: "root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\nbad\n",
      groups: "root:x:0:\nusers:x:100:\naudio:x:29:bob,ann\n")
    #expect(files.user("ann") == GuestUser(user: 1000, group: 100, otherGroups: [29]))
    #expect(files.user("ann:audio") == GuestUser(user: 1000, group: 29))
    #expect(files.user("7:8") == GuestUser(user: 7, group: 8))
    #expect(files.user("7") == GuestUser(user: 7, group: 7))
    #expect(files.user("gone") == nil && files.user("ann:gone") == nil)
    #expect(GuestUser("1:2:3") == nil && GuestUser("4294967296") == nil)
  }
}

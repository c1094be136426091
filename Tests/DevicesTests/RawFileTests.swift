import Glibc
import Synchronization
import Testing

@testable import Devices

@Suite struct RawFileTests {
  @Test func `a file has one writer or any readers`() throws {
    let file = try TestFile(pattern(1024))
    do {
      let writer = try RawFile(opening: file.path)
      #expect(writer.size == 1024)
      #expect(throws: BlockStorageError.inUse) { try RawFile(opening: file.path) }
      #expect(throws: BlockStorageError.inUse) {
        try RawFile(opening: file.path, isReadOnly: true)
      }
    }
    let readers = try (0..<2).map { _ in try RawFile(opening: file.path, isReadOnly: true) }
    #expect(throws: BlockStorageError.inUse) { try RawFile(opening: file.path) }
    #expect(readers.map(\.isReadOnly) == [true, true])
  }

  @Test func `what is no file or block device is refused`() throws {
    #expect(throws: BlockStorageError.kind) { try RawFile(opening: "/dev/null") }
    #expect(throws: BlockStorageError.kind) { try RawFile(opening: "/tmp", isReadOnly: true) }
    #expect(throws: BlockStorageError.host(action: "cannot open", number: ENOENT)) {
      try RawFile(opening: "/nonexistent")
    }
  }

  @Test(arguments: [(0, 0), (511, 512), (512, 512), (1300, 1536)])
  func `a part of a sector at the end is padded`(bytes: Int, size: Int) throws {
    let file = try TestFile(pattern(bytes))
    let storage = try RawFile(opening: file.path)
    #expect(storage.size == UInt64(size))
    let padded = pattern(bytes) + [UInt8](repeating: 0, count: size - bytes)
    #expect(try Self.read(storage, size) == padded)
    #expect(file.bytes == pattern(bytes))
    guard size > 0 else { return }
    // A write of the last sector makes it whole.
    var last = pattern(512, from: 99)
    try last.withUnsafeMutableBytes { buffer in
      let start = try #require(buffer.baseAddress)
      try storage.write([HostBytes(start: start, count: 512)], at: UInt64(size - 512))
    }
    #expect(file.bytes == padded.dropLast(512) + pattern(512, from: 99))
    #expect(try Self.read(storage, size) == padded.dropLast(512) + pattern(512, from: 99))
  }

  @Test func `a released file can be claimed by another, and is not touched`() throws {
    let file = try TestFile(pattern(1024))
    let first = try RawFile(opening: file.path)
    let second = try RawFile(opening: file.path, isClaimed: false)
    #expect(throws: BlockStorageError.inUse) { try second.claim() }
    #expect(throws: BlockStorageError.inUse) { try Self.read(second, 512) }
    try first.release()
    try second.claim()
    #expect(throws: BlockStorageError.inUse) { try Self.read(first, 512) }
    #expect(throws: BlockStorageError.inUse) { try first.flush() }
    #expect(throws: BlockStorageError.inUse) { try first.claim() }
    #expect(try Self.read(second, 512) == pattern(512))
    try second.release()
    try first.claim()
    #expect(try Self.read(first, 512) == pattern(512))
  }

  private static func read(
    _ storage: some BlockStorage, _ count: Int, at offset: UInt64 = 0
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: count)
    try bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      try storage.read([HostBytes(start: start, count: count)], at: offset)
    }
    return bytes
  }

  /// Random requests to a snapshot give what they give to an array, and leave the file alone.
  @Test(arguments: [1, 100, 129, 400])
  func `a snapshot forgets its changes`(sectors: Int) throws {
    let size = sectors * 512
    let file = try TestFile(pattern(size))
    let base = try RawFile(opening: file.path, isReadOnly: true)
    let storage = try SnapshotStorage(of: base)
    #expect(!storage.isReadOnly && !storage.isLasting)
    var expected = pattern(size)
    for round in 0..<200 {
      let first = Int.random(in: 0..<sectors)
      let count = Int.random(in: 1...min(sectors - first, 200)) * 512
      let range = first * 512..<first * 512 + count
      switch round % 4 {
      case 0, 1:
        var bytes = pattern(count, from: round * 1000)
        expected.replaceSubrange(range, with: bytes)
        try bytes.withUnsafeMutableBytes { buffer in
          let start = try #require(buffer.baseAddress)
          let parts = [
            HostBytes(start: start, count: 100), HostBytes(start: start + 100, count: count - 100),
          ]
          try storage.write(parts, at: UInt64(range.lowerBound))
        }
      case 2:
        expected.replaceSubrange(range, with: [UInt8](repeating: 0, count: count))
        try storage.zero(UInt64(count), at: UInt64(range.lowerBound), canRelease: round % 8 == 2)
      default: break
      }
      #expect(
        try Self.read(storage, count, at: UInt64(range.lowerBound)) == Array(expected[range]))
    }
    #expect(try Self.read(storage, size) == expected)
    #expect(file.bytes == pattern(size))
    #expect(throws: BlockStorageError.self) {
      try storage.zero(512, at: UInt64(size), canRelease: true)
    }
    #expect(throws: BlockStorageError.inUse) { try RawFile(opening: file.path) }
  }

  @Test func `direct access also serves bytes that the host's device cannot take`() throws {
    let file = try TestFile(pattern(16384))
    let disk = try RawFile(opening: file.path, isDirect: true)
    let size = 8192
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size + 1, alignment: 4096)
    defer { memory.deallocate() }
    for start in [0, 1] {
      try disk.read([HostBytes(start: memory + start, count: size)], at: 8192)
      let read = Array(UnsafeRawBufferPointer(start: memory + start, count: size))
      #expect(read == Array(pattern(16384)[8192...]))
      memset(memory + start, Int32(start + 7), size)
      try disk.write([HostBytes(start: memory + start, count: size)], at: 0)
      #expect(file.bytes.prefix(size).allSatisfy { $0 == UInt8(start + 7) })
    }
  }

  @Test func `many parts are one transfer`() throws {
    let file = try TestFile(pattern(8192))
    let storage = try RawFile(opening: file.path)
    var bytes = [UInt8](repeating: 0, count: 8192)
    try bytes.withUnsafeMutableBytes { buffer in
      let start = try #require(buffer.baseAddress)
      // More parts than a call of the host takes, some empty.
      let parts = (0..<4096).flatMap {
        [HostBytes(start: start + 2 * $0, count: 2), HostBytes(start: start, count: 0)]
      }
      try storage.read(parts, at: 0)
    }
    #expect(bytes == pattern(8192))
  }
}

@Suite struct ReportedStorageTests {
  /// A disk of the host without room, after its first 512 bytes.
  private final class FullStorage: BlockStorage {
    let (size, isReadOnly, isLasting): (UInt64, Bool, Bool) = (4096, false, true)
    func claim() {}
    func release() {}
    func read(_ parts: [HostBytes], at offset: UInt64) {}
    func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
      guard offset == 0 else { throw .host(action: "cannot write", number: ENOSPC) }
    }
    func flush() throws(BlockStorageError) { throw .server(action: "cannot flush", reason: "no") }
    func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) throws(BlockStorageError) {
      throw .outOfRange(offset: offset, count: count, size: size)
    }
    func discard(_ count: UInt64, at offset: UInt64) {}
  }

  @Test func `a failure of the host is reported once, and given on each time`() throws {
    let reports = Mutex<[String]>([])
    let storage = ReportedStorage(of: FullStorage()) { error in
      reports.withLock { $0.append("\(error)") }
    }
    #expect(storage.size == 4096 && !storage.isReadOnly && storage.isLasting)
    try storage.write([], at: 0)
    let full = BlockStorageError.host(action: "cannot write", number: ENOSPC)
    for _ in 0..<3 { #expect(throws: full) { try storage.write([], at: 512) } }
    for _ in 0..<3 { #expect(throws: BlockStorageError.self) { try storage.flush() } }
    // A mistake of the guest.
    #expect(throws: BlockStorageError.self) {
      try storage.zero(1, at: 8192, canRelease: false)
    }
    #expect(
      reports.withLock { $0 } == ["cannot write: No space left on device", "cannot flush: no"])
  }
}

@Suite struct DeviceWorkTests {
  private final class Device: Sendable {}
  private static let device = Device()

  @Test(arguments: [true, false])
  func `all work is followed up where it is asked for`(isImmediate: Bool) {
    let work = DeviceWork(isImmediate: isImmediate)
    let here = pthread_self()
    let sum = Atomic(0)
    let misplaced = Atomic(0)
    for number in 1...1000 {
      work.submit(for: Self.device, { number }) { number in
        if pthread_self() != here { misplaced.add(1, ordering: .relaxed) }
        sum.add(number, ordering: .relaxed)
        // What follows may be work again.
        if number <= 10 {
          work.submit(for: Self.device, { 0 }) { _ in sum.add(1, ordering: .relaxed) }
        }
      }
    }
    work.finish()
    #expect(sum.load(ordering: .relaxed) == 500_510)
    #expect(misplaced.load(ordering: .relaxed) == 0)
  }

  @Test func `a device that waits stops no other`() {
    let (work, other) = (DeviceWork(isImmediate: false), Device())
    let answer = HostSemaphore()
    let waiting = Atomic(0)
    let done = Atomic(0)
    for _ in 0..<20 {
      work.submit(for: Self.device, { answer.wait() }) { waiting.add(1, ordering: .relaxed) }
    }
    for _ in 0..<20 { work.submit(for: other, {}) { done.add(1, ordering: .relaxed) } }
    for _ in 0..<1000 where done.load(ordering: .relaxed) < 20 {
      work.followUp()
      usleep(1000)
    }
    #expect(done.load(ordering: .relaxed) == 20 && waiting.load(ordering: .relaxed) == 0)
    for _ in 0..<20 { answer.signal() }
    work.finish()
    #expect(waiting.load(ordering: .relaxed) == 20)
  }

  @Test func `the descriptor is readable whenever something waits to be followed up`() {
    let work = DeviceWork(isImmediate: false)
    let count = Atomic(0)
    for _ in 0..<2000 { work.submit(for: Self.device, {}) { count.add(1, ordering: .relaxed) } }
    while count.load(ordering: .relaxed) < 2000 {
      var wait = pollfd(fd: work.descriptors[0], events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 10_000) == 1 else {
        Issue.record("finished work was not reported")
        return
      }
      work.followUp()
    }
  }

  @Test func `threads end with their work`() throws {
    func threads() throws -> Int {
      let status = try #require(fopen("/proc/self/status", "r"))
      defer { fclose(status) }
      var line = [CChar](repeating: 0, count: 256)
      while fgets(&line, 256, status) != nil {
        let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("Threads:") {
          return try #require(Int(text.dropFirst(8).filter(\.isNumber)))
        }
      }
      return 0
    }
    let before = try threads()
    for _ in 0..<100 {
      let work = DeviceWork(isImmediate: false)
      for _ in 0..<8 { work.submit(for: Self.device, {}) {} }
      work.finish()
    }
    // Other tests have threads too: up to a few come and go.
    for _ in 0..<100 where try threads() > before + 100 { usleep(10_000) }
    #expect(try threads() <= before + 100)
  }
}

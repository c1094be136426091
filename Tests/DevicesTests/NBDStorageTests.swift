import Foundation
import PeerSupport
import Testing

@testable import Devices

/// An image of 64 MiB with nothing in it.
private final class TestImage {
  let path = "/tmp/image-\(UUID().uuidString).qcow2"

  init() throws {
    let made = PeerProgram("qemu-img").output(["create", "-q", "-f", "qcow2", path, "64M"])
    _ = try #require(made)
  }

  deinit { unlink(path) }

  func open(isReadOnly: Bool = false) throws(BlockStorageError) -> any BlockStorage {
    try NBDServer.open(.image(path: path, format: "qcow2"), isReadOnly: isReadOnly)
  }
}

/// Whether the package is built with libnbd, and qemu-utils are installed.
private let isPossible: Bool = {
  guard let image = try? TestImage() else { return false }
  do throws(BlockStorageError) {
    _ = try image.open()
    return true
  } catch {
    if case .library = error { return false }
    if case .program = error { return false }
    return true
  }
}()

/// Images that `qemu-nbd` serves, where it is installed and the package is built with libnbd.
@Suite(.enabled(if: isPossible, "without libnbd or qemu-utils"))
struct NBDStorageTests {
  private static func bytes(
    _ storage: any BlockStorage, _ count: Int, at offset: UInt64
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: count)
    try bytes.withUnsafeMutableBytes { buffer in
      let start = try #require(buffer.baseAddress)
      // In two parts.
      try storage.read(
        [
          HostBytes(start: start, count: count / 2),
          HostBytes(start: start + count / 2, count: count - count / 2),
        ], at: offset)
    }
    return bytes
  }

  private static func write(
    _ bytes: [UInt8], _ storage: any BlockStorage, at offset: UInt64
  ) throws {
    var bytes = bytes
    try bytes.withUnsafeMutableBytes { buffer in
      try storage.write(
        [HostBytes(start: try #require(buffer.baseAddress), count: buffer.count)], at: offset)
    }
  }

  @Test func `what is written is in the image`() throws {
    let image = try TestImage()
    // Larger than one request of the protocol.
    let large = [UInt8](repeating: 0x5A, count: 33 << 20)
    do {
      let storage = try image.open()
      #expect(storage.size == 64 << 20)
      try Self.write(large, storage, at: 512)
      try storage.flush()
      try storage.zero(4096, at: 1 << 20, canRelease: true)
      try storage.zero(4096, at: 2 << 20, canRelease: false)
      try storage.discard(4096, at: 3 << 20)
      #expect(try Self.bytes(storage, 8192, at: 1 << 20).prefix(4096).allSatisfy { $0 == 0 })
    }
    let again = try image.open(isReadOnly: true)
    let read = try Self.bytes(again, 1 << 20, at: 512)
    #expect(read.prefix((1 << 20) - 512).allSatisfy { $0 == 0x5A })
    #expect(read.suffix(512).allSatisfy { $0 == 0 })
    let end = try Self.bytes(again, 1024, at: 33 << 20)
    #expect(end == [UInt8](repeating: 0x5A, count: 512) + [UInt8](repeating: 0, count: 512))
    #expect(throws: BlockStorageError.readOnly) { try again.discard(512, at: 0) }
    #expect(throws: BlockStorageError.readOnly) { try Self.write([1], again, at: 0) }
  }

  @Test func `several threads use several connections`() throws {
    let image = try TestImage()
    let storage = try image.open()
    DispatchQueue.concurrentPerform(iterations: 16) { number in
      let place = UInt64(number) << 20
      do {
        try Self.write(pattern(65536, from: number), storage, at: place)
        #expect(try Self.bytes(storage, 65536, at: place) == pattern(65536, from: number))
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test func `a second writer is refused, and what has been given up too`() throws {
    let image = try TestImage()
    let storage = try image.open()
    #expect(throws: BlockStorageError.self) { try image.open() }
    #expect(throws: BlockStorageError.outOfRange(offset: 64 << 20, count: 1, size: 64 << 20)) {
      try Self.write([1], storage, at: 64 << 20)
    }
    try storage.release()
    #expect(throws: BlockStorageError.inUse) { try Self.write([1], storage, at: 0) }
    try storage.claim()
    try Self.write([1], storage, at: 0)
  }

  /// By default `qemu-nbd` takes one client at a time.
  @Test func `a server of one client is enough`() throws {
    let image = try TestImage()
    let socket = image.path + ".socket"
    let server = Process()
    server.executableURL = URL(filePath: "/usr/bin/env")
    server.arguments = [
      "qemu-nbd", "--format", "qcow2", "--read-only", "--socket", socket, image.path,
    ]
    try server.run()
    defer {
      server.terminate()
      unlink(socket)
    }
    for _ in 0..<1000 where access(socket, F_OK) != 0 { usleep(10_000) }
    let storage = try NBDServer.open(
      .server(uri: "nbd+unix:///?socket=" + socket), isReadOnly: true)
    #expect(storage.size == 64 << 20)
    #expect(try Self.bytes(storage, 4096, at: 0) == [UInt8](repeating: 0, count: 4096))
  }

  @Test func `errors name what is wrong`() throws {
    for (source, text) in [
      (.image(path: "/tmp/there-is-none.qcow2", format: "qcow2"), "No such file"),
      (.image(path: "/dev/null", format: "nonsense"), "connect"),
      (.server(uri: "nbd+unix:///?socket=/tmp/there-is-none"), "connect"),
      (.server(uri: "nonsense"), "connect"),
    ] as [(NBDSource, String)] {
      #expect("\(source)") {
        _ = try NBDServer.open(source, isReadOnly: false)
      } throws: { "\($0)".contains(text) }
    }
  }
}

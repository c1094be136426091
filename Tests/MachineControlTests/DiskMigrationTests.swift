import Devices
import Glibc
import GuestTestSupport
import JSON
import Machine
import MachineDescription
import Testing

@testable import MachineControl

/// A disk's file is always that of one machine: the one that runs the guest.
@Suite(.serialized) struct DiskMigrationTests {
  private let folder = TestFolder()

  private func file(_ name: String, _ bytes: Int) throws -> String {
    let path = "\(folder.path)/\(name)"
    let descriptor = open(path, O_CREAT | O_RDWR, 0o600)
    try #require(descriptor >= 0)
    #expect(ftruncate(descriptor, off_t(bytes)) == 0)
    close(descriptor)
    return path
  }

  private func end(
    _ connection: ControlConnection
  ) throws -> (status: String, reason: String) {
    while true {
      let answer = try connection.execute("query-migrate")
      let status = answer["status"]?.string ?? ""
      if !["setup", "active", "device", "cancelling"].contains(status) {
        return (status, answer["error-desc"]?.string ?? "")
      }
      usleep(10_000)
    }
  }

  @Test(arguments: StorageDevice.Bus.allCases)
  func `it moves with its guest`(bus: StorageDevice.Bus) throws {
    let path = try file("disk", 8192)
    defer { unlink(path) }
    let there = try SocketAddress("unix:\(folder.path)/there")
    let destination = try RunningMachine(in: folder, "destination", incoming: there, disk: path)
    let source = try RunningMachine(
      in: folder, "source", program: MemoryWriter.program, disk: path, bus: bus)
    let connection = try source.connect()
    #expect(throws: BlockStorageError.inUse) { try RawFile(opening: path) }
    _ = try connection.execute("migrate", [("uri", .string("\(there)"))])
    #expect(try end(connection).status == "completed")
    #expect(throws: BlockStorageError.inUse) { try RawFile(opening: path) }
    // The source cannot take the guest back while the destination has the disk.
    #expect(throws: (any Error).self) { try connection.execute("cont") }
    _ = try connection.execute("quit")
    let (left, arrived) = (source.wait(), destination.wait())
    #expect(arrived.outcome == .clientExited, "\(destination.failure ?? "")")
    #expect((left.text, arrived.text) == ("", "OK"))
  }

  @Test(arguments: StorageDevice.Bus.allCases)
  func `it stays with a guest that is refused`(bus: StorageDevice.Bus) throws {
    let path = try file("disk", 8192)
    let other = try file("other", 4096)
    defer {
      unlink(path)
      unlink(other)
    }
    let there = try SocketAddress("unix:\(folder.path)/there")
    let destination = try RunningMachine(in: folder, "destination", incoming: there, disk: other)
    let source = try RunningMachine(
      in: folder, "source", program: MemoryWriter.program, disk: path, bus: bus)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(there)"))])
    let answer = try end(connection)
    #expect(answer.status == "failed")
    #expect(answer.reason.contains("4096 bytes here, but the guest's has 8192"), "\(answer)")
    #expect(throws: BlockStorageError.inUse) { try RawFile(opening: path) }
    #expect(source.wait().text == "OK")
    _ = destination.wait()
  }
}

import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// Commands to a CD-ROM drive with 20 blocks of 2048 bytes.
@Suite struct SCSIOpticalTests {
  let file = try? TestFile(pattern(20 * 2048))

  func drive() throws -> SCSIInitiator {
    try SCSIInitiator(
      RawFile(opening: try #require(file).path, isReadOnly: true), .cdrom)
  }

  @Test func `a drive says what it is`() throws {
    let drive = try drive()
    let standard = try drive.command(CDB.inquiry(), room: 255).bytes
    #expect(standard[0] == 5 && standard[1] == 0x80)
    #expect(
      try drive.command(CDB.ten(0x25, 0, 0), room: 8).bytes == [0, 0, 0, 19, 0, 0, 8, 0])
    let capabilities = try drive.command(CDB.modeSense(0x2A), room: 255).bytes
    #expect(capabilities.count == 26 && capabilities[4] == 0x2A && capabilities[5] == 20)
    #expect(try drive.command(CDB.ten(0x2A, 0, 1), out: pattern(2048)) == .check(.invalidCommand))
    let configuration = try drive.command([0x46, 0, 0, 0, 0, 0, 0, 1, 0, 0], room: 256).bytes
    #expect(Int(UInt32(bigEndianBytes: configuration[..<4])) == configuration.count - 4)
    #expect(configuration[7] == 8)
  }

  @Test func `blocks of 2048 bytes are read`() throws {
    let drive = try drive()
    for block in [CDB.ten(0x28, 3, 2), CDB.twelve(0xA8, 3, 2)] {
      #expect(
        try drive.command(block, room: 4096).bytes
          == Array(pattern(20 * 2048)[3 * 2048..<5 * 2048]))
    }
    #expect(try drive.command(CDB.ten(0x28, 19, 2), room: 4096) == .check(.outOfRange))
  }

  @Test func `the table of contents has one data track`() throws {
    let drive = try drive()
    #expect(
      try drive.command([0x43, 0, 0, 0, 0, 0, 0, 0, 255, 0], room: 255).bytes
        == [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xAA, 0, 0, 0, 0, 20])
    // In minutes, seconds and frames; only the lead-out.
    #expect(
      try drive.command([0x43, 2, 0, 0, 0, 0, 0xAA, 0, 255, 0], room: 255).bytes
        == [0, 10, 1, 1, 0, 0x14, 0xAA, 0, 0, 0, 2, 20])
    #expect(
      try drive.command([0x43, 0, 1, 0, 0, 0, 0, 0, 255, 0], room: 255).bytes
        == [0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0])
    #expect(
      try drive.command([0x43, 0, 2, 0, 0, 0, 0, 0, 255, 0], room: 255).bytes.count == 48)
    #expect(
      try drive.command([0x43, 0, 0, 0, 0, 0, 7, 0, 255, 0], room: 255) == .check(.invalidField))
  }

  @Test func `the medium leaves and comes back unless that is prevented`() throws {
    let drive = try drive()
    let ready: [UInt8] = [0, 0, 0, 0, 0, 0]
    let event: [UInt8] = [0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8, 0]
    #expect(try drive.command([0x1E, 0, 0, 0, 1, 0]) == .init())
    #expect(try drive.command([0x1B, 0, 0, 0, 2, 0]) == .check(.removalPrevented))
    #expect(try drive.command([0x1E, 0, 0, 0, 0, 0]) == .init())
    #expect(try drive.command([0x1B, 0, 0, 0, 2, 0]) == .init())
    #expect(try drive.command(ready) == .check(.noMedium))
    #expect(try drive.command(CDB.ten(0x28, 0, 1), room: 2048) == .check(.noMedium))
    #expect(try drive.command(event, room: 8).bytes == [0, 6, 4, 0x10, 3, 1, 0, 0])
    #expect(try drive.command(event, room: 8).bytes == [0, 6, 4, 0x10, 0, 1, 0, 0])
    #expect(try drive.command([0x1B, 0, 0, 0, 3, 0]) == .init())
    #expect(try drive.command(ready) == .check(.mediumChanged))
    #expect(try drive.command(event, room: 8).bytes == [0, 6, 4, 0x10, 2, 2, 0, 0])
    #expect(try drive.command(ready) == .init())
    #expect(
      try drive.command([0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8, 0], room: 8) == .check(.invalidField))
  }
}

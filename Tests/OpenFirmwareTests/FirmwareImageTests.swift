import Foundation
import PeerSupport
import Testing

@testable import OpenFirmware

@Suite("Firmware images")
struct FirmwareImageTests {
  private static let directory = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Firmware")

  @Test("the stubs call the hypervisor and return")
  func stubs() {
    let words = { (bytes: [UInt8]) in
      stride(from: 0, to: bytes.count, by: 4).map { at in
        bytes[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
    }
    #expect(
      words(FirmwareImages.clientInterface)
        == [0x7c64_1b78, 0x3c60_0000, 0x6063_f005, 0x4400_0022, 0x4e80_0020])
    #expect(
      words(FirmwareImages.rtas)
        == [0x7c64_1b78, 0x3c60_0000, 0x6063_f000, 0x4400_0022, 0x4e80_0020])
    #expect(FirmwareImages.testGuest.prefix(6) == [0x7f, 0x45, 0x4c, 0x46, 1, 2])
    #expect(FirmwareImages.testGuest.count < 32 << 10)
  }

  @Test(
    "embedded bytes are the images",
    arguments: [
      ("client-interface.bin", FirmwareImages.clientInterface),
      ("rtas.bin", FirmwareImages.rtas), ("hold.bin", FirmwareImages.hold),
      ("test-guest.elf", FirmwareImages.testGuest),
    ])
  func embedded(name: String, bytes: [UInt8]) throws {
    let image = try Data(contentsOf: Self.directory.appending(path: "images/\(name)"))
    #expect([UInt8](image) == bytes, "run make -C Firmware")
  }

  /// Runs a command and gives its output; nil when it cannot be run.
  private static func run(_ command: String) -> (status: Int32, output: String)? {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command + " 2>&1"]
    let pipe = Pipe()
    process.standardOutput = pipe
    guard (try? process.run()) != nil else { return nil }
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static let hasCompiler =
    run("powerpc64-linux-gnu-gcc -dumpfullversion")?.output
    == FirmwareImages.compilerVersion + "\n"

  @Test("the sources give the images", .enabled(if: hasCompiler, "needs the cross compiler"))
  func agreesWithCompiler() throws {
    let check = try #require(Self.run("make -s -C '\(Self.directory.path)' check"))
    let failures = PeerFindings.failures(
      check.status == 0 ? [] : [check.output],
      about: "powerpc64-linux-gnu-gcc \(FirmwareImages.compilerVersion)")
    #expect(failures == [])
  }
}

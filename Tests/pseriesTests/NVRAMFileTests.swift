import Foundation
import GuestTestSupport
import Testing

/// The file of an NVRAM.
@Suite struct NVRAMFileTests {
  private let folder = ScratchFolder()
  private var file: String { folder.file("nvram") }
  private var contents: [UInt8] { FileManager.default.contents(atPath: file).map(Array.init) ?? [] }

  private func start(_ kernel: [UInt8], _ more: [String] = []) throws -> RunningProgram {
    let program = try folder.write(kernel, "kernel")
    return try RunningProgram(
      ["--memory", "256M", "--quiet", "--kernel", program, "--nvram-file", file] + more)
  }

  /// The first word behind the header of the common partition.
  private func word() -> [UInt8] { Array(contents.dropFirst(16).prefix(4)) }

  @Test func `what a guest stored outlives a machine that is killed`() throws {
    for word in [0x613D_3100, 0x613D_3200] as [UInt32] {
      let program = try start(TinyGuest.stores(word, at: 16))
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
      #expect(ScratchFolder.wait { self.word() == bytes })
      program.send(SIGKILL)
      _ = program.status()
      #expect(self.word() == bytes && contents.count == 65536)
    }
    // Another guest has it, and stores nothing.
    let before = contents
    #expect(try start(TinyGuest.spin, ["--max-instructions", "1000"]).status() == 4)
    #expect(contents == before)
  }

  @Test func `a file that is no NVRAM is refused, and stays`() throws {
    var bytes = [UInt8](repeating: 0, count: 65536)
    bytes[3] = 7
    _ = try folder.write(bytes, "nvram")
    #expect(try start(TinyGuest.spin).status() == 2)
    #expect(contents == bytes)
    // Zeros are one that has not been used.
    _ = try folder.write([UInt8](repeating: 0, count: 65536), "nvram")
    #expect(try start(TinyGuest.spin, ["--max-instructions", "1000"]).status() == 4)
    #expect(contents[4..<10] == Array("common".utf8)[...])
  }
}

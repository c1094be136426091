import Glibc
import PowerCPU
import PowerJIT
import Testing

@Suite("Memory for translated code")
struct CodeMemoryTests {
  /// What the kernel says of this process's memory, a mapping in each line.
  private func mappings() throws -> [Substring] {
    let file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    try #require(file >= 0)
    defer { close(file) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(file, &piece, piece.count), count > 0 { text += piece[..<count] }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }

  @Test("is nowhere both written and executed")
  func permissions() throws {
    let guest = try Translated([("addi", [3, 3, 1]), ("b", [-4])])
    _ = guest.cpu.run(instructions: 1000)
    #expect(guest.cpu[gpr: 3] == 500)
    let permissions = try mappings().filter { $0.contains("translated code") }.map {
      $0.split(separator: " ")[1].prefix(3)
    }
    #expect(Set(permissions) == ["rw-", "r-x"])
    #expect(try !mappings().contains { $0.contains(" rwx") })
  }
}

import CommandTestSupport
import Foundation
import Testing

/// `--share` of the built command, with the built-in guest, which leaves its folders alone.
@Suite struct ShareOptionTests {
  private func run(_ arguments: String...) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments)
  }

  @Test func `a folder that cannot be had is an error`() throws {
    for (argument, message) in [
      ("path=/nowhere/folder", "--share: share: /nowhere/folder: No such file or directory"),
      ("path=/etc/passwd,tag=x", "--share: x: /etc/passwd: Not a directory"),
      ("socket=/nowhere/socket,type=virtiofs", "--share: share: cannot connect to unix:/nowhere"),
    ] {
      let outcome = try run("--share", argument)
      #expect(outcome.status == 1, "\(argument)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    let tags = try run("--share", "path=/etc", "--share", "path=/usr")
    #expect(tags.status == 2)
    #expect(tags.errors.contains("--share: two have the tag 'share'"), "\(tags.errors)")
    #expect(try run("--share", "/etc").status == 2)
  }

  @Test func `a guest has a folder, in its saved state too`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("shares-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (state, share) = ("\(folder.path)/state", "path=\(folder.path),read-only")
    let saved = try run("--share", share, "--save", state, "--save-at", "20000")
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try run("--restore", state, "--share", share).status == 0)
    let none = try run("--restore", state)
    #expect(none.status == 2)
    #expect(none.errors.contains("--share: 0 given; the number of the guest's shared folders is 1"))
  }
}

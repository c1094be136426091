import Foundation
import Testing

/// What is written where: only regular files are replaced, and a guest's memory is its owner's only.
@Suite struct OutputFileTests {
  private let folder = ScratchFolder()

  private func mode(_ path: String) -> (type: mode_t, permissions: mode_t)? {
    var status = stat()
    return lstat(path, &status) == 0 ? (status.st_mode & S_IFMT, status.st_mode & 0o777) : nil
  }

  /// Makes something of a kind that is no regular file.
  private func make(_ kind: String) throws -> String {
    let path = folder.file(kind)
    switch kind {
    case "fifo": try #require(mkfifo(path, 0o644) == 0)
    case "link": try #require(symlink(try folder.write([1, 2, 3], "target"), path) == 0)
    case "dangling": try #require(symlink(folder.file("nowhere"), path) == 0)
    case "folder": try #require(mkdir(path, 0o755) == 0)
    default: try #require(mknod(path, S_IFCHR | 0o666, 0x103) == 0)
    }
    return path
  }

  private static let kinds =
    ["fifo", "link", "dangling", "folder"] + (geteuid() == 0 ? ["device"] : [])

  @Test(arguments: kinds) func aSavedStateReplacesFilesOnly(kind: String) throws {
    let path = try make(kind)
    let before = try #require(mode(path))
    let program = try RunningProgram(
      ["--memory", "256M", "--quiet", "--save", path, "--save-at", "1000"])
    #expect(program.status() == 1)
    let after = try #require(mode(path))
    #expect(after.type == before.type && after.permissions == before.permissions)
    if kind == "link" {
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("target"))) == Data([1, 2, 3]))
    }
    #expect(mode(folder.file("nowhere")) == nil)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.allSatisfy { [kind, "target"].contains($0) }, "\(left)")
  }

  /// Whatever the umask, for new files and for files that were there.
  @Test func modes() throws {
    let kernel = try folder.write(TinyGuest.spin, "spin")
    let (state, tree, nvram, report) = (
      folder.file("state"), folder.file("tree"), folder.file("nvram"), folder.file("report")
    )
    _ = try folder.write([0], "state")
    chmod(state, 0o666)
    let pseries = RunningProgram.folder.appendingPathComponent("pseries").path
    let save = try RunningProgram(
      [
        "-c",
        """
        umask 0; exec \(pseries) --memory 256M --quiet --save \(state) --save-at 1000 \
        --nvram-file \(nvram) --report \(report)
        """,
      ], program: "/bin/sh")
    #expect(save.status() == 0)
    #expect(mode(state)?.permissions == 0o600)
    #expect(mode(report)?.permissions == 0o666)
    if let made = mode(nvram) { #expect(made.permissions == 0o600) }

    let socket = folder.file("control")
    let program = try RunningProgram(
      [
        "-c",
        """
        umask 0; exec \(pseries) --memory 256M --quiet --kernel \(kernel) --control unix:\(socket)
        """,
      ], program: "/bin/sh")
    #expect(ScratchFolder.wait { mode(socket) != nil })
    #expect(mode(socket)?.permissions == 0o600)
    func control(_ words: String...) throws -> Int32? {
      try RunningProgram(["control", "unix:\(socket)"] + words).status()
    }
    let dump = folder.file("dump.state")
    #expect(try control("save", "filename=\(dump)") == 0)
    #expect(mode(dump)?.permissions == 0o600)
    #expect(try control("dumpdtb", "filename=\(tree)") == 0)
    #expect(mode(tree)?.permissions == 0o600)
    // The client's names are files only, too, and the guest continues.
    let fifo = try make("fifo")
    #expect(try control("save", "filename=\(fifo)") == 1)
    #expect(try control("dumpdtb", "filename=\(fifo)") == 1)
    #expect(mode(fifo)?.type == S_IFIFO)
    #expect(try control("query-status") == 0)
    program.send(SIGTERM)
    #expect(program.status() == 143)
    #expect(mode(socket) == nil)
  }

  /// A user's own output may be a pipe, a device or a link: it is written to, and stays what it is.
  @Test func ordinaryOutputsAreWrittenToAsTheyAre() throws {
    let link = try make("link")
    func boot(_ report: String) throws -> Int32? {
      try RunningProgram(
        ["--memory", "256M", "--quiet", "--max-instructions", "1000", "--report", report]
      ).status()
    }
    #expect(try boot("/dev/null") == 4)
    #expect(try boot(link) == 4)
    #expect(mode(link)?.type == S_IFLNK)
    let text = try String(contentsOfFile: folder.file("target"), encoding: .utf8)
    #expect(text.contains("exitStatus"))
    // The FIFO has no reader: an error, and no wait.
    #expect(try boot(try make("fifo")) == 1)
  }

  /// What a guest says is shown on the user's terminal and not obeyed there.
  @Test func aGuestsMessageIsEscaped() throws {
    let text = "\u{1b}]0;title\u{7}\nline\r\npseries: forged \u{9b}2J \u{202e}"
    let kernel = try folder.write(TinyGuest.terminates(text), "kernel")
    let errors = folder.file("errors")
    let descriptor = open(errors, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let program = try RunningProgram(
      ["--memory", "256M", "--kernel", kernel], descriptors: [-1, descriptor, descriptor])
    #expect(program.status() == 3)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(said.contains(#"\x1b]0;title\x07\nline\r\npseries: forged \x9b2J \u{202e}"#), "\(said)")
    #expect(said.unicodeScalars.allSatisfy { $0 == "\n" || (0x20...0x7E).contains($0.value) })
    #expect(said.split(separator: "\n").count(where: { $0.hasPrefix("pseries: forged") }) == 0)
  }
}

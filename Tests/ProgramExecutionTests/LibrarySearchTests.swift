import Foundation
import HostSupport
import Testing

@testable import ProgramExecution

/// The libraries of a program in a root.
@Suite struct LibrarySearchTests {
  private func library(_ name: String, needs: [String] = []) -> [UInt8] {
    var sample = ELFSample()
    (sample.libraryName, sample.needed) = (name, needs)
    return sample.bytes
  }

  private func program(_ needs: [String], runPath: String? = nil) -> ELFSample {
    var sample = ELFSample()
    (sample.interpreter, sample.needed, sample.runPath) = ("/lib64/ld64.so.2", needs, runPath)
    return sample
  }

  private func search(
    _ sample: ELFSample, _ folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> [String] {
    try folder.write("program", sample.bytes)
    let root = RootFolder(folder.url.path + "/root")
    return try LibrarySearch(root: root, environment: environment).libraries(
      of: ProgramFile(folder.open("program")), at: "/work/bin/program", isInRoot: false
    ).map(\.guestPath)
  }

  @Test func librariesOfLibrariesAreFoundOnce() throws {
    let folder = try TemporaryFolder()
    let place = "root/usr/lib/powerpc64le-linux-gnu/"
    try folder.write(place + "ld64.so.2", library("ld64.so.2"))
    // Links as Debian has them, one of them absolute: it leads to the root, not to this host.
    try folder.link("root/lib", to: "usr/lib")
    try folder.link("root/lib64", to: "/usr/lib/powerpc64le-linux-gnu")
    try folder.write(place + "libc.so.6", library("libc.so.6", needs: ["ld64.so.2"]))
    try folder.write(place + "libm-2.so", library("libm.so.6", needs: ["libc.so.6"]))
    try folder.link(place + "libm.so.6", to: "libm-2.so")
    #expect(
      try search(program(["libm.so.6", "libc.so.6"]), folder) == [
        "/lib64/ld64.so.2", "/lib/powerpc64le-linux-gnu/libm.so.6",
        "/lib/powerpc64le-linux-gnu/libc.so.6",
      ])
  }

  @Test func whatIsMissingIsNamed() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: ExecutionError.self) { try search(program([]), folder) }
    #expect(error?.description.contains("needs /lib64/ld64.so.2, the dynamic linker,") == true)
    try folder.write("root/lib64/ld64.so.2", library("ld64.so.2"))
    let other = #expect(throws: ExecutionError.self) {
      try search(program(["libgone.so.1"]), folder)
    }
    #expect(other?.description.contains("program needs libgone.so.1 and ") == true)
  }

  @Test func librariesOfOtherMachinesArePassedOver() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/lib64/ld64.so.2", library("ld64.so.2"))
    var big = ELFSample()
    big.isLittle = false
    try folder.write("root/lib/powerpc64le-linux-gnu/libx.so.1", big.bytes)
    try folder.write("root/usr/lib/libx.so.1", library("libx.so.1"))
    #expect(try search(program(["libx.so.1"]), folder).last == "/usr/lib/libx.so.1")
  }

  @Test func ownPathsComeFirst() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/lib64/ld64.so.2", library("ld64.so.2"))
    for place in ["work/lib", "given", "lib64"] {
      try folder.write("root/\(place)/libx.so.1", library("libx.so.1"))
    }
    // The folder of the program, without which its `..` leads nowhere.
    try folder.write("root/work/bin/program", [])
    let own = program(["libx.so.1"], runPath: "$ORIGIN/../lib")
    #expect(try search(own, folder).last == "/work/bin/../lib/libx.so.1")
    let plain = program(["libx.so.1"])
    let environment = ["LD_LIBRARY_PATH": "/given"]
    #expect(try search(plain, folder, environment: environment).last == "/given/libx.so.1")
    #expect(try search(plain, folder).last == "/lib64/libx.so.1")
  }

  /// A library that only the linker's cache would find is put where it looks without one.
  @Test func configuredFoldersCount() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/lib64/ld64.so.2", library("ld64.so.2"))
    try folder.write("root/etc/ld.so.conf.d/own.conf", Array("# own\n/opt/own/lib\n".utf8))
    try folder.write("root/opt/own/lib/libx.so.1", library("libx.so.1"))
    #expect(
      try search(program(["libx.so.1"]), folder).last == "/lib/powerpc64le-linux-gnu/libx.so.1")
  }

  @Test func linksInCirclesLeadNowhere() throws {
    let folder = try TemporaryFolder()
    try folder.link("root/a", to: "b")
    try folder.link("root/b", to: "/a")
    try folder.write("root/etc/passwd", [])
    let root = RootFolder(folder.url.path + "/root")
    #expect(root.resolve("/a") == nil)
    // `..` at the root is the root.
    #expect(root.resolve("/../../etc/./passwd") == root.path + "/etc/passwd")
  }
}

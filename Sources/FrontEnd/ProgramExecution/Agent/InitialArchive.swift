internal import HostSupport

/// An initial RAM disk in Linux's newc format of cpio.
package struct InitialArchive {
  private var bytes: [UInt8] = []
  private var files: UInt32 = 0

  package init() {}

  /// Adds a regular file.
  package mutating func addFile(_ name: String, mode: UInt32 = 0o755, _ contents: [UInt8]) {
    add(name, mode: 0o100000 | mode, contents)
  }

  /// Adds a folder, which comes before what is in it.
  package mutating func addFolder(_ name: String, mode: UInt32 = 0o755) {
    add(name, mode: 0o040000 | mode, [])
  }

  /// Adds a character device.
  package mutating func addDevice(
    _ name: String, mode: UInt32 = 0o600, major: UInt32, minor: UInt32
  ) {
    add(name, mode: 0o020000 | mode, [], device: (major, minor))
  }

  /// The archive with its end.
  package var contents: [UInt8] {
    var whole = self
    whole.add("TRAILER!!!", mode: 0, [])
    return whole.bytes
  }

  private mutating func add(
    _ name: String, mode: UInt32, _ contents: [UInt8],
    device: (major: UInt32, minor: UInt32) = (0, 0)
  ) {
    files += 1
    let fields: [UInt32] = [
      files, mode, 0, 0, 1, 0, UInt32(contents.count), 0, 0, device.major, device.minor,
      UInt32(name.utf8.count + 1), 0,
    ]
    bytes += Array("070701".utf8)
    for field in fields { bytes += field.hexDigits(8).uppercased().utf8 }
    bytes += Array(name.utf8) + [0]
    pad()
    bytes += contents
    pad()
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}

extension InitialArchive {
  /// The RAM disk of the agent, with the modules that it loads.
  package static func agent(
    _ order: ProgramFile.ByteOrder, modules folder: String?
  ) throws(ExecutionError) -> InitialArchive {
    var archive = InitialArchive()
    archive.addFolder("dev")
    archive.addDevice("dev/console", major: 5, minor: 1)
    archive.addFolder("proc")
    archive.addFile("init", order == .little ? AgentImages.little : AgentImages.big)
    guard let folder else { return archive }
    var names: [String] = []
    for module in GuestCache.modules {
      let path = "\(folder)/\(module).ko"
      // What is not there is built in.
      guard let file = try? InputFile(opening: path) else { continue }
      do throws(InputError) {
        archive.addFile(module + ".ko", try file.contents(limit: 64 << 20))
      } catch {
        throw ExecutionError("\(error)")
      }
      names.append("/\(module).ko")
    }
    archive.addFile(
      "modules.order", mode: 0o644, Array((names.joined(separator: "\n") + "\n").utf8))
    return archive
  }
}

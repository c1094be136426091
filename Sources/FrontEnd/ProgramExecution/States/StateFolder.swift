internal import Glibc
internal import GuestMemory
internal import HostSupport
package import Machine
internal import SavedState

/// A saved guest that is ready for a job: a folder with `state`, all but the memory, and `memory`, a file
/// that is mapped.
package struct StateFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  private var state: String { path + "/state" }
  private var memory: String { path + "/memory" }

  /// There when the guest's kernel lacks what sharing folders needs.
  private var marker: String { path + "/no-folders" }

  /// Whether the guest can share folders.
  package var sharesFolders: Bool { access(marker, F_OK) != 0 }

  /// The saved guest, if there is one.
  package func open() throws(ExecutionError) -> (machine: SavedMachine, memory: Int32)? {
    let memory = Glibc.open(memory, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard memory >= 0 else { return nil }
    guard let file = try? InputFile(opening: state) else {
      close(memory)
      return nil
    }
    do throws(StateError) {
      let machine = try SavedMachine { count throws(StateError) in
        do throws(InputError) { return try file.read(count) } catch {
          throw StateError(.input(error.explanation), at: 0)
        }
      }
      return (machine, memory)
    } catch {
      close(memory)
      throw ExecutionError("\(state): \(error)")
    }
  }

  /// Writes a machine into an empty folder.
  /// - Parameter sharesFolders: whether its guest can share folders.
  package func save(_ machine: PowerMachine, sharesFolders: Bool) throws(ExecutionError) {
    if !sharesFolders { try NewFolder.write("", to: marker) }
    let output = try create(state)
    defer { close(output) }
    var stream: [UInt8] = []
    do throws(StateError) {
      try machine.save(withMemory: false) { bytes throws(StateError) in stream += bytes }
    } catch {
      throw ExecutionError("the guest cannot be saved: \(error.reason)")
    }
    try write(stream, to: output, state)
    let pages = try create(memory)
    defer { close(pages) }
    try saveMemory(machine, to: pages)
  }

  private func create(_ path: String) throws(ExecutionError) -> Int32 {
    let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw ExecutionError("cannot write \(path): \(HostError.text(errno))") }
    return file
  }

  private func write(_ bytes: [UInt8], to file: Int32, _ name: String) throws(ExecutionError) {
    let error = WholeWrite.write(bytes, to: file)
    if error != 0 { throw ExecutionError("cannot write \(name): \(HostError.text(error))") }
  }

  /// Writes the pages that are not zero; the file has holes for the others.
  private func saveMemory(_ machine: PowerMachine, to file: Int32) throws(ExecutionError) {
    let size = Int(machine.memory.size)
    guard ftruncate(file, off_t(size)) == 0 else {
      throw ExecutionError("cannot write \(memory): \(HostError.text(errno))")
    }
    let block = 65_536
    var place = 0
    while place < size {
      let count = min(block, size - place)
      let start = UnsafeRawPointer(machine.memory.base + place)
      if start.load(as: UInt8.self) != 0 || memcmp(start, start + 1, count - 1) != 0 {
        let written = pwrite(file, start, count, off_t(place))
        guard written == count else {
          let reason = written < 0 ? HostError.text(errno) : "the disk is full"
          throw ExecutionError("cannot write \(memory): \(reason)")
        }
      }
      place += count
    }
  }
}

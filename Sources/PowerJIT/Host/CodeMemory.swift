internal import CAsmJit
internal import Glibc

/// Memory for host code, mapped twice: one view that may be written, one that may be executed. No
/// page is both.
final class CodeMemory {
  // Safety: both mappings last as long as this object, and everything stays inside `capacity`.
  private let writable: UnsafeMutableRawPointer
  private let executable: UnsafeMutableRawPointer
  let capacity: Int
  private(set) var used = 0

  /// - Returns: nil when the host does not allow it.
  init?(capacity: Int) {
    self.capacity = capacity
    let file = casm_memory_file(capacity)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let writable = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let writable, writable != MAP_FAILED else { return nil }
    let executable = mmap(nil, capacity, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0)
    guard let executable, executable != MAP_FAILED else {
      munmap(writable, capacity)
      return nil
    }
    self.writable = writable
    self.executable = executable
  }

  deinit {
    munmap(writable, capacity)
    munmap(executable, capacity)
  }

  /// Address at which the next piece of code will run.
  var next: UInt { UInt(bitPattern: executable) + UInt(used) }

  /// Where to write it, and how much fits.
  var free: (destination: UnsafeMutableRawPointer, capacity: Int) {
    (writable + used, capacity - used)
  }

  func commit(_ size: Int) { used = min((used + size + 15) & ~15, capacity) }

  /// Gives back everything after the first bytes.
  func truncate(to size: Int) { used = size }

  /// The executable address of a number of bytes from the beginning.
  func address(_ offset: Int) -> UInt { UInt(bitPattern: executable) + UInt(offset) }
}

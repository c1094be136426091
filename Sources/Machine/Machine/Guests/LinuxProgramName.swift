internal import GuestMemory
internal import PowerCPU

/// The name of the running program of a Linux guest, found on its stack.
///
/// Linux puts the name given to `execve` (AT_EXECFN) at the end of a program's first stack, below
/// one doubleword of zero. It is found without further data structures of the kernel: from the
/// stack pointer upwards to the end of the mapped pages. A thread's own stack does not end so, and
/// yields no name.
struct LinuxProgramName {
  /// Bytes above the stack pointer to search: the stack that Linux gives a program by default.
  private static let stackLimit: UInt64 = 8 << 20
  /// The longest accepted name.
  private static let nameLimit = 1024

  let memory: GuestMemory
  /// The bits of an effective address in the program's mode.
  let addressMask: UInt64
  /// The real address of a page that the program may read; nil for a page that is not mapped.
  let page: (UInt64) -> UInt64?

  /// The name of the program that `processor` runs. The guest's state does not change, reference
  /// bits included.
  static func find(on processor: VirtualProcessor) -> String? {
    let search = Self(
      memory: processor.memory, addressMask: processor.addressMask,
      page: { processor.readablePage(at: $0) })
    return search.find(from: processor[gpr: 1])
  }

  /// The name at the end of the stack that contains `stackPointer`.
  func find(from stackPointer: UInt64) -> String? {
    let start = stackPointer & addressMask & ~0xFFF
    var address = start
    var last: UInt64?
    while address &- start < Self.stackLimit {
      let real = page(address)
      if real == nil, let name = last.flatMap(name(atEndOf:)) { return name }
      last = real
      address = (address &+ 0x1000) & addressMask
      // The end of 32-bit address space.
      if address < start { return last.flatMap(name(atEndOf:)) }
    }
    return nil
  }

  /// The text before the doubleword of zero at a page's end.
  private func name(atEndOf real: UInt64) -> String? {
    guard let bytes = try? memory.read(4096, at: real), bytes.suffix(9).allSatisfy({ $0 == 0 })
    else { return nil }
    let name = bytes.dropLast(9).reversed().prefix { $0 != 0 }.reversed()
    // What a terminal would obey is not shown.
    guard !name.isEmpty, name.count <= Self.nameLimit,
      name.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return nil }
    return String(decoding: name, as: UTF8.self)
  }
}

import GuestMemory
import PowerISA

extension VirtualProcessor {
  /// Bytes above the stack pointer to look at: as much stack as Linux gives a program by itself.
  private static let stackLimit: UInt64 = 8 << 20
  /// The longest name believed.
  private static let nameLimit = 1024

  /// The name under which the running program was started, if its stack is Linux's first one.
  ///
  /// The last thing in that stack, below one doubleword of zero, is the name as it was given to
  /// `execve` (AT_EXECFN). It is found without knowing anything else of the kernel: from the stack
  /// pointer upwards to the end of what is mapped. A thread's own stack does not end so, and has no
  /// answer. Nothing of the guest's changes, not even reference bits.
  public func programName() -> String? {
    let start = processor[GPR(1)] & state.pointee.addressMask & ~0xFFF
    var page = start
    var last: UInt64?
    while page &- start < Self.stackLimit {
      let real = mappedPage(page)
      if real == nil, let name = last.flatMap(name(atEndOf:)) { return name }
      last = real
      page = (page &+ 0x1000) & state.pointee.addressMask
      // The end of 32-bit address space.
      if page < start { return last.flatMap(name(atEndOf:)) }
    }
    return nil
  }

  /// The real address of a page that problem state may read.
  private func mappedPage(_ page: UInt64) -> UInt64? {
    guard case .real(let real, readable: true, writable: _) = translate(page, .load, marks: false),
      memory.contains(real, count: 4096)
    else { return nil }
    return real
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

import GuestMemory

extension VirtualProcessor {
  /// The bits of an effective address in the current mode: all, or the lower 32 (MSR[SF]).
  public var addressMask: UInt64 { state.pointee.addressMask }

  /// The real address of the page at `address` that the current mode may read; nil without one. The
  /// guest's state does not change, reference bits included.
  public func readablePage(at address: UInt64) -> UInt64? {
    page(at: address, .load)
  }

  /// The real address of the page at `address` that the current mode may write; nil without one. The
  /// guest's state does not change, change bits included.
  public func writablePage(at address: UInt64) -> UInt64? {
    page(at: address, .store)
  }

  private func page(at address: UInt64, _ access: StorageAccess) -> UInt64? {
    guard
      case .real(let real, let readable, let writable) = translate(
        address, access, updatesEntry: false),
      access == .store ? writable : readable, memory.contains(real, count: 4096)
    else { return nil }
    return real
  }

  /// The bytes around the instruction at `address`: the block of 256 that contains it, which never
  /// crosses a page. Files in which the code may be are recognised by them.
  func code(around address: UInt64) -> [UInt8] {
    let start = address & ~UInt64(InstructionOccurrence.codeBlock - 1)
    guard let page = readablePage(at: start & ~0xFFF) else { return [] }
    let place = (page & ~0xFFF) + (start & 0xFFF)
    return (try? memory.read(InstructionOccurrence.codeBlock, at: place)) ?? []
  }
}

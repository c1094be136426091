import GuestMemory

extension VirtualProcessor {
  /// The bits of an effective address in the current mode: all, or the lower 32 (MSR[SF]).
  public var addressMask: UInt64 { state.pointee.addressMask }

  /// The real address of the page at `address` that the current mode may read; nil without one. The
  /// guest's state does not change, reference bits included.
  public func readablePage(at address: UInt64) -> UInt64? {
    guard
      case .real(let real, readable: true, writable: _) = translate(
        address, .load, updatesEntry: false),
      memory.contains(real, count: 4096)
    else { return nil }
    return real
  }
}

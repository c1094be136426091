package import PowerCPU

/// An instruction that translated code executes through its semantics function.
package struct HelperCall {
  package var handler: UInt
  /// Effective address; of code for any address of its page, the distance from the page.
  package var effectiveAddress: UInt64
  /// The instruction.
  package var word: UInt64
  /// Number of the block's instructions after it.
  package var remainingCount: Int64
  /// How often it was called.
  package var takenCount: UInt64
  /// Vector-scalar registers of a deferred floating-point operation, a byte each: three operands,
  /// and the target.
  package var operands: UInt32
  package var reason: HelperCallCount.Reason
  package var isProblemState: Bool
  /// All ones if the page must be added, else 0.
  package var pageMask: UInt64

  package init(
    handler: UInt, effectiveAddress: UInt64, word: UInt64, remainingCount: Int64,
    takenCount: UInt64 = 0, operands: UInt32 = 0, reason: HelperCallCount.Reason = .operands,
    isProblemState: Bool = false,
    pageMask: UInt64 = 0
  ) {
    self.handler = handler
    self.effectiveAddress = effectiveAddress
    self.word = word
    self.remainingCount = remainingCount
    self.takenCount = takenCount
    self.operands = operands
    self.reason = reason
    self.isProblemState = isProblemState
    self.pageMask = pageMask
  }

  package var origin: HelperCallOrigin {
    HelperCallOrigin(word: word, reason: reason, isProblemState: isProblemState)
  }

  package static let stride = MemoryLayout<HelperCall>.stride
  package static let handler = 0
  package static let address = 8
  package static let instruction = 16
  package static let remaining = 24
  package static let taken = 32
  package static let pageMask = 48
}

/// What helper calls are counted by.
package struct HelperCallOrigin: Hashable {
  package let word: UInt64
  package let reason: HelperCallCount.Reason
  package let isProblemState: Bool
}

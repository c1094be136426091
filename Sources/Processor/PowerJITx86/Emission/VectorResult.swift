internal import PowerISA
internal import PowerJIT

/// What is known of the vector that an instruction makes, or of each, as its emitter states.
struct VectorResult {
  /// Whether doubleword 0 is a single in double format: 29 bits are zero.
  var isSingle = false
  /// Bytes of its elements that are all ones or all zeros, as comparisons make them; 0 for others.
  var maskWidth: Int8 = 0
}

extension RegionEmitter {
  /// Keeps what the emitter of an instruction has stated.
  func noteResult(of o: Operation) {
    defer { result = VectorResult() }
    guard o.vsr.t >= 0, o.changes.contains(GuestRegister(vsr: o.vsr.t)) else { return }
    for number in o.vsr.t..<o.vsr.t + o.vsr.count { maskWidths[number] = result.maskWidth }
    pending.known.singles.subtract(o.changes)
    if result.isSingle {
      pending.known.singles.insert(RegisterSet(GuestRegister(vsr: o.vsr.t)))
    }
  }

  /// The width of elements that are all ones or all zeros in A and B.
  func maskWidth(_ r: VectorOperands) -> Int8 { min(maskWidths[r.a], maskWidths[r.b]) }

  /// The same when each element of some bytes becomes its low half.
  func maskWidth(_ r: VectorOperands, halfOf width: Int8) -> Int8 {
    maskWidth(r) >= width ? maskWidth(r) / 2 : maskWidth(r)
  }

  /// The width in B when each element of some bytes becomes twice as wide. What is narrower than an
  /// element comes from different bytes of it.
  func maskWidth(_ r: VectorOperands, twice width: Int8) -> Int8 {
    maskWidths[r.b] >= width ? min(2 * maskWidths[r.b], 8) : 0
  }
}

internal import PowerJIT

/// Which host registers the temporaries of an instruction are in: RAX and RDX. RCX is for what a single
/// micro-op needs.
struct TemporaryPlaces {
  private var places = InlineArray<6, HostRegister?>(repeating: nil)

  subscript(operand: MicroOperand) -> HostRegister? {
    get { operand.isTemporary ? places[operand.index - MicroOperand.guestCount] : nil }
    set { places[operand.index - MicroOperand.guestCount] = newValue }
  }

  /// The first register without a temporary.
  var free: HostRegister {
    if !isUsed(.rax) { return .rax }
    precondition(!isUsed(.rdx), "too many temporaries at the same time")
    return .rdx
  }

  func isUsed(_ host: HostRegister) -> Bool {
    for index in places.indices where places[index] == host { return true }
    return false
  }
}

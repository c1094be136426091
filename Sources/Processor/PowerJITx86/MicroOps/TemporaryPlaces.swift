internal import PowerJIT

/// Which host registers the temporaries of an instruction are in: RAX and RDX. RCX is for what a single
/// micro-op needs.
struct TemporaryPlaces {
  private static let all: [HostRegister] = [.rax, .rdx]

  private var places = InlineArray<6, HostRegister?>(repeating: nil)

  subscript(operand: MicroOperand) -> HostRegister? {
    get { operand.isTemporary ? places[operand.index - MicroOperand.guestCount] : nil }
    set { places[operand.index - MicroOperand.guestCount] = newValue }
  }

  /// The first register without a temporary.
  var free: HostRegister {
    for place in Self.all where !isUsed(place) { return place }
    preconditionFailure("too many temporaries at the same time")
  }

  func isUsed(_ host: HostRegister) -> Bool {
    for index in places.indices where places[index] == host { return true }
    return false
  }
}

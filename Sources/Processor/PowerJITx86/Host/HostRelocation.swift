internal import PowerJIT

/// A place in host code with something that is different in another process. A ``CodeRelocation`` of a trampoline has as
/// index the place in ``Trampolines/targets``, of a helper call or a status the place among the code's, of a
/// special-purpose register the distance from the first.
struct HostRelocation {
  enum Kind: UInt8 {
    /// The distance of a trampoline, in 32 bits.
    case trampoline
    /// The address of a ``HelperCall``, in 64 bits.
    case helperCall
    /// The number of a deferred floating-point operation, in 32 bits.
    case statusNumber
    /// The address of a special-purpose register, in 64 bits.
    case specialRegister

    /// Bytes.
    var size: Int {
      switch self {
      case .trampoline, .statusNumber: 4
      case .helperCall, .specialRegister: 8
      }
    }
  }

  var kind: Kind
  /// Offset of the first byte after it.
  var end: Int

  var start: Int { end - kind.size }
}

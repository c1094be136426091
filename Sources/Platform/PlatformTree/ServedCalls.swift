public import Hypervisor

/// The calls that the machine serves, from its dispatch tables. The tree advertises these and
/// no others.
public struct ServedCalls: Hashable, Sendable {
  /// Strings of `ibm,hypertas-functions`: sets of hypercalls of which every call is served.
  public var hypercallSets: [String]
  /// Strings of `qemu,hypertas-functions`.
  public var privateHypercallSets: [String]
  /// RTAS calls with their tokens.
  public var rtas: [RTASCall]

  /// A call and the token by which `/rtas` names it.
  public struct RTASCall: Hashable, Sendable {
    /// The name of the property.
    public var name: String
    /// The value of the property.
    public var token: UInt32

    /// A call with its token.
    public init(name: String, token: UInt32) {
      self.name = name
      self.token = token
    }
  }

  /// Function sets of both properties, and RTAS calls in the order of the properties.
  public init(
    hypercallSets: [String], privateHypercallSets: [String] = [], rtas: [RTASCall]
  ) {
    self.hypercallSets = hypercallSets
    self.privateHypercallSets = privateHypercallSets
    self.rtas = rtas
  }

  /// Whether every call of a set is served.
  public func hasHypercalls(_ set: FunctionSet) -> Bool {
    guard let name = set.name else { return false }
    return (set.property == .ibm ? hypercallSets : privateHypercallSets).contains(name)
  }
  /// True if RTAS serves a call of that name.
  public func hasRTAS(_ name: String) -> Bool { rtas.contains { $0.name == name } }

  /// The token of an RTAS call; nil for one that is not served.
  public func rtasToken(_ name: String) -> UInt32? { rtas.first { $0.name == name }?.token }
}

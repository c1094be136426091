internal import PowerJIT

/// Which instructions have host code of their own, for those who choose some to try.
package enum TranslatedRows {
  /// How the translator executes a row, when its form and its gates allow it.
  package enum Kind: Sendable {
    /// By host code of its own.
    case hostCode
    /// By a call of its semantics function, and the block continues.
    case call
    /// By such a call after which code is looked up again.
    case exit
  }

  package static func contains(_ row: Int) -> Bool { kind(of: row) == .hostCode }

  /// The features of the host that ``Translator/mask(features:)`` can take away.
  package static var hostFeatures: [String] { HostFeatures.names }

  package static func kind(of row: Int) -> Kind {
    let code = HostCode.table.rows[row].code
    if code === HostCode.helperCall { return .call }
    return code === HostCode.helperCallAndLeave ? .exit : .hostCode
  }
}

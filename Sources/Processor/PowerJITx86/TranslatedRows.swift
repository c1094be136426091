package import PowerJIT

/// Which instructions have host code of their own, for those who choose some to try.
package enum TranslatedRows {
  package static func contains(_ row: Int) -> Bool { kind(of: row) == .hostCode }

  /// The features of the host that ``Translator/mask(features:)`` can take away.
  package static var hostFeatures: [String] { HostFeatures.names }

  /// How the translator executes a row, when its form and its gates allow it.
  package static func kind(of row: Int) -> HostCode.Kind { HostCode.table.rows[row].code.kind }
}

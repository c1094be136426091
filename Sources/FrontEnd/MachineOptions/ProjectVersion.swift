internal import CVersion

/// What a program was built from.
package enum ProjectVersion {
  /// The version of the package, the same for its three commands.
  package static let number = "0.12"

  /// The commit, with a + when files had been changed since; nil when the build did not say.
  package static var commit: String? {
    let text = String(cString: project_commit())
    return text.isEmpty ? nil : text
  }

  /// The first line of what `--version` prints: `pseries 0.12 (commit 2d139ceafcd3)`.
  package static func line(_ program: String) -> String {
    "\(program) \(number)" + (commit.map { " (commit \($0))" } ?? "")
  }
}

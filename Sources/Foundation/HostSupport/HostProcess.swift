internal import Glibc

/// What this process has of the host.
package enum HostProcess {
  /// The variables of its environment, as `NAME=VALUE`.
  package static var environment: [String] {
    var variables: [String] = []
    var place = environ
    while let variable = place.pointee {
      variables.append(String(cString: variable))
      place += 1
    }
    return variables
  }

  /// The path of a program of this name in the folders of `PATH`; nil when there is none.
  package static func program(_ name: String) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// The path of its working folder; nil, with `errno`, when that cannot be found out.
  package static var workingFolder: String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}

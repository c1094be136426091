internal import Glibc
internal import HostSupport

/// Packages of Debian for another architecture, by an apt of our own: with its own sources, lists and cache, as
/// `Tests/Guests/private-apt.sh` has it. The system's configuration is read and never written, and no root is
/// needed. Signatures are checked by apt.
struct PrivateApt {
  private let folder: String
  private let architecture: String
  private let suite: String?

  /// Prepares it in a new folder, and reads the package lists.
  /// - Parameter suite: the release; nil for this system's, or Debian 12.
  init(in folder: String, architecture: String, suite: String? = nil) throws(ExecutionError) {
    (self.folder, self.architecture, self.suite) = (folder, architecture, suite)
    for tool in ["apt-get", "apt-cache", "apt-config", "dpkg-deb"] where !Self.isThere(tool) {
      throw ExecutionError(
        "\(tool) is missing: Debian's packages are fetched only where apt is; --kernel and --root name "
          + "what is there already")
    }
    for name in [
      "state/lists/partial", "cache/archives/partial", "parts", "preferences", "sourceparts",
    ] {
      try NewFolder.make(folder + "/" + name)
    }
    try write([], "status")
    try write(try sources(), "sources.list")
    try write(try configuration(), "apt.conf")
    // A mirror that lacks the architecture is no reason to stop: what follows says what is missing.
    _ = try program("apt-get", ["-q", "update"]).run()
  }

  private static func isThere(_ tool: String) -> Bool {
    ["/usr/bin/", "/usr/sbin/", "/bin/"].contains { access($0 + tool, X_OK) == 0 }
  }

  // MARK: packages

  /// The packages that one depends on directly.
  func dependencies(of package: String) throws(ExecutionError) -> [String] {
    let (_, output) = try program("apt-cache", ["depends", package]).run()
    return output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 2 && words[0] == "Depends:" ? String(words[1]) : nil
    }
  }

  /// Downloads a package.
  /// - Returns: the path of its file.
  func download(_ package: String) throws(ExecutionError) -> String {
    let place = folder + "/download"
    try NewFolder.make(place)
    try program("apt-get", ["-q", "download", package], in: place).succeed()
    guard
      let name = FolderEntries.names(in: place).first(where: {
        $0.hasPrefix(package + "_") && $0.hasSuffix(".deb")
      })
    else { throw ExecutionError("apt-get downloaded no package \(package)") }
    return place + "/" + name
  }

  /// Downloads packages with all that they depend on.
  /// - Returns: the paths of their files.
  func downloadAll(_ packages: [String]) throws(ExecutionError) -> [String] {
    try program("apt-get", ["-q", "-y", "--download-only", "install"] + packages).succeed()
    let place = folder + "/cache/archives"
    return FolderEntries.names(in: place).filter { $0.hasSuffix(".deb") }.map { place + "/" + $0 }
  }

  /// Unpacks a package, without running anything of it.
  static func unpack(_ package: String, into folder: String) throws(ExecutionError) {
    try HostProgram(name: "dpkg-deb", arguments: ["--extract", package, folder]).succeed()
  }

  // MARK: configuration

  private func program(_ name: String, _ arguments: [String], in place: String? = nil)
    -> HostProgram
  {
    HostProgram(
      name: name, arguments: arguments,
      environment: ["APT_CONFIG": folder + "/apt.conf", "LC_ALL": "C"], folder: place)
  }

  private func write(_ lines: [String], _ name: String) throws(ExecutionError) {
    try NewFolder.write(lines.map { $0 + "\n" }.joined(), to: folder + "/" + name)
  }

  /// The Debian mirrors of this system, or Debian's own.
  private func sources() throws(ExecutionError) -> [String] {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    let option = access(keyring, R_OK) == 0 ? "[signed-by=\(keyring)] " : ""
    let listed = try HostProgram(
      name: "apt-get",
      arguments: [
        "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages",
      ]
    ).run().output
    var lines: Set<String> = []
    for line in listed.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 3, words[2] == "main", words[0].contains("debian") else { continue }
      if let suite {
        // Updates and security have other names in another release.
        if !words[1].contains("-") { lines.insert("deb \(option)\(words[0]) \(suite) main") }
      } else {
        lines.insert("deb \(option)\(words[0]) \(words[1]) main")
      }
    }
    let usual = "deb \(option)http://deb.debian.org/debian \(suite ?? "bookworm") main"
    return lines.isEmpty ? [usual] : lines.sorted()
  }

  private func configuration() throws(ExecutionError) -> [String] {
    // The system's ways of reaching a mirror (proxies, certificates), without its hooks.
    let dump = try HostProgram(name: "apt-config", arguments: ["dump"]).run().output
    let left = ["IndexTargets", "CompressionTypes", "Changelogs"].map { "Acquire::" + $0 }
    let acquire = dump.split(separator: "\n").map(String.init).filter { line in
      line.hasPrefix("Acquire::") && !left.contains(where: line.hasPrefix)
    }
    return acquire + [
      "APT::Architecture \"\(architecture)\";",
      "APT::Architectures { \"\(architecture)\"; };",
      "APT::Sandbox::User \"root\";",
      "APT::Install-Recommends \"false\";",
      "Acquire::Languages { \"none\"; };",
      "Acquire::Retries \"2\";",
      "Dir::State \"\(folder)/state\";",
      "Dir::State::status \"\(folder)/status\";",
      "Dir::Cache \"\(folder)/cache\";",
      "Dir::Etc::sourcelist \"\(folder)/sources.list\";",
      "Dir::Etc::sourceparts \"\(folder)/sourceparts\";",
      "Dir::Etc::main \"-\";",
      "Dir::Etc::parts \"\(folder)/parts\";",
      "Dir::Etc::preferences \"-\";",
      "Dir::Etc::preferencesparts \"\(folder)/preferences\";",
    ]
  }
}

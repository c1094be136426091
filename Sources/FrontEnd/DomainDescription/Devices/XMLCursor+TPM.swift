extension XMLCursor {
  /// A TPM that this machine can have.
  var isVirtualTPM: Bool {
    self["model"] ?? "tpm-spapr" == "tpm-spapr"
      && ["emulator", "external"].contains(child("backend")?["type"] ?? "emulator")
  }

  /// A `<tpm>` as words of `--tpm`.
  func tpmWords() throws(DomainError) -> [String] {
    guard let backend = child("backend") else { throw error("it has no <backend>") }
    if backend.child("encryption") != nil {
      throw backend.error("an encrypted state is not supported")
    }
    let source = backend.child("source")
    let isExternal = backend["type"] == "external"
    guard let path = source?["path"] else {
      // libvirt chooses a folder of its own.
      throw backend.error(
        isExternal
          ? "it has no <source> with the path of a socket"
          : "it has no <source> with the folder of its state; --tpm state=FOLDER on the command line "
            + "names one, in place of this TPM")
    }
    if isExternal {
      _ = try source?.word(source?["mode"] ?? "connect", "mode", of: ["connect"])
      return ["path=" + path]
    }
    _ = try source?.word(source?["type"] ?? "dir", "type", of: ["dir"])
    let version = try backend.word(backend["version"] ?? "2.0", "version", of: ["1.2", "2.0"])
    return ["state=" + path, "version=" + version]
  }
}

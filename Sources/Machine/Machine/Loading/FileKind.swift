/// Kinds of files that users give for kernels by mistake, recognised by their first bytes; for
/// messages.
struct FileKind: Sendable {
  /// The name, as in "FILE is …".
  let name: String
  let offset: Int
  let signature: [UInt8]

  /// Number of bytes that ``of(_:)`` examines.
  static let examined = 520

  private init(_ name: String, _ signature: [UInt8], at offset: Int = 0) {
    (self.name, self.signature, self.offset) = (name, signature, offset)
  }

  private init(_ name: String, _ signature: String, at offset: Int = 0) {
    self.init(name, Array(signature.utf8), at: offset)
  }

  /// The kind of a file with these first bytes, if it is known.
  static func of(_ start: [UInt8]) -> FileKind? {
    all.first { $0.offset <= start.count && start[$0.offset...].starts(with: $0.signature) }
  }

  private static let all: [FileKind] =
    Compression.allCases.map { FileKind("compressed with \($0.rawValue) twice", $0.signature) } + [
      FileKind("compressed with lzop, which is not read here", [0x89, 0x4C, 0x5A, 0x4F, 0x00]),
      FileKind("compressed with lzip, which is not read here", "LZIP"),
      FileKind("compressed with compress, which is not read here", [0x1F, 0x9D]),
      FileKind("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
      FileKind("a ZIP archive", [0x50, 0x4B, 0x03, 0x04]),
      FileKind("a tar archive", "ustar", at: 257),
      FileKind("a cpio archive, as RAM disks are", "07070"),
      FileKind("a Debian package or another ar archive", "!<arch>\n"),
      FileKind("an RPM package", [0xED, 0xAB, 0xEE, 0xDB]),
      FileKind("a flattened device tree", [0xD0, 0x0D, 0xFE, 0xED]),
      FileKind("a U-Boot image", [0x27, 0x05, 0x19, 0x56]),
      FileKind("an x86 kernel image (bzImage)", "HdrS", at: 0x202),
      FileKind("an AArch64 kernel image (Image)", "ARM\u{64}", at: 56),
      FileKind("a RISC-V kernel image (Image)", "RSC\u{05}", at: 56),
      FileKind("an EFI or DOS program", "MZ"),
      FileKind("an XCOFF program of AIX", [0x01, 0xF7]),
      FileKind("an XCOFF program of AIX", [0x01, 0xDF]),
      FileKind("a Mach-O program", [0xFE, 0xED, 0xFA, 0xCE]),
      FileKind("a qcow2 disk image", "QFI\u{FB}".unicodeScalars.map { UInt8($0.value) }),
      FileKind("a script", "#!"),
    ]
}

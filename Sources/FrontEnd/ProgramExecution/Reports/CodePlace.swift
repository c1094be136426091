internal import HostSupport
package import PowerCPU

/// Where code of a process comes from: a file, and a function in it.
package struct CodePlace: Equatable, Sendable {
  /// The path in the guest.
  package var file: String
  /// The address in the file, before relocation.
  package var address: UInt64
  /// The function, and the distance from its beginning.
  package var function: String?
  package var offset: UInt64?

  /// `memcpy+0x40 in /lib/libc.so.6`, or `0x1234 in /lib/libc.so.6`.
  package var text: String {
    guard let function, let offset else { return "\(address.hexadecimal()) in \(file)" }
    return "\(function)\(offset == 0 ? "" : "+\(offset.hexadecimal())") in \(file)"
  }
}

/// The files that a process may have mapped, to find out where an address of it comes from.
///
/// The guest gives no help: the bytes around the address are looked for in the files, at places that
/// agree with the address within a page.
package struct CodeMap {
  /// Path in the guest, and the file.
  private var files: [(path: String, program: ProgramFile)] = []

  package init() {}

  package mutating func add(_ program: ProgramFile, at path: String) {
    if !files.contains(where: { $0.path == path }) { files.append((path, program)) }
  }

  /// Where an instruction comes from; nil when it is in none of the files, or could be in several places
  /// of them.
  package func place(of occurrence: InstructionOccurrence) -> CodePlace? {
    let block = UInt64(InstructionOccurrence.codeBlock)
    let start = occurrence.address & ~(block - 1)
    var found: [CodePlace] = []
    for (path, program) in files {
      for place in program.places(of: occurrence.code, at: start) {
        let address = place &+ (occurrence.address - start)
        let function = program.function(at: address)
        found.append(
          CodePlace(
            file: path, address: address, function: function?.name,
            offset: function.map { address - $0.address }))
      }
    }
    return found.count == 1 ? found[0] : nil
  }
}

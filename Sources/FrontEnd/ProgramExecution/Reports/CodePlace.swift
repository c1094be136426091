internal import HostSupport
package import PowerCPU

/// Where code of a process comes from: a file, and a function in it.
package struct CodePlace: Hashable, Sendable {
  /// The path in the guest.
  package var file: String
  /// The address in the file, before relocation.
  package var address: UInt64
  /// The function, and the distance from its beginning.
  package var function: String?
  package var offset: UInt64?

  /// `memcpy+0x40 in /lib/libc.so.6`, or `0x1234 in /lib/libc.so.6`.
  package var text: String { "\(place) in \(file)" }

  /// `memcpy+0x40`, or `0x1234`.
  package var place: String {
    guard let function, let offset else { return address.hexadecimal() }
    return "\(function)\(offset == 0 ? "" : "+\(offset.hexadecimal())")"
  }
}

/// The files that a process may have mapped, to find out where an address of it comes from.
///
/// The guest gives no help: the bytes around the address are looked for in the files, at places that
/// agree with the address within a page. Where the same bytes are at several places, the distance between
/// address and place of other code decides, which is the same for all code of a file in a process.
package final class CodeMap {
  private final class Member {
    let path: String
    let program: ProgramFile
    lazy var code = program.mappedCode()
    lazy var functions = ProgramFile.FunctionTable(program)

    init(_ path: String, _ program: ProgramFile) { (self.path, self.program) = (path, program) }
  }

  private struct Block: Hashable {
    var address: UInt64
    var code: [UInt8]
  }

  private struct Loaded: Hashable {
    var member: Int
    var distance: UInt64
  }

  private var members: [Member] = []
  /// Where blocks could be.
  private var known: [Block: [Loaded]] = [:]
  /// Files and distances that are certain.
  private var certain: Set<Loaded> = []

  package init() {}

  package func add(_ program: ProgramFile, at path: String) {
    if !members.contains(where: { $0.path == path }) { members.append(Member(path, program)) }
  }

  /// Adds the files that the guest sent; those that are no programs are left out.
  package func add(_ files: [AgentHost.CodeFile]) {
    for file in files {
      if let program = try? ProgramFile(ProgramBytes(file.bytes, name: file.path)) {
        add(program, at: file.path)
      }
    }
  }

  package var isEmpty: Bool { members.isEmpty }

  /// Finds blocks of code whose places are certain, for the questions that follow.
  package func learn(_ occurrences: [InstructionOccurrence]) {
    for occurrence in occurrences { _ = candidates(occurrence) }
  }

  /// Where an instruction comes from; nil when it is in none of the files, or could be in several places
  /// of them.
  package func place(of occurrence: InstructionOccurrence) -> CodePlace? {
    var found = candidates(occurrence)
    if found.count > 1 { found = found.filter(certain.contains) }
    guard found.count == 1 else { return nil }
    let member = members[found[0].member]
    let address = occurrence.address &- found[0].distance
    let function = member.functions.function(at: address)
    return CodePlace(
      file: member.path, address: address, function: function?.name,
      offset: function.map { address - $0.address })
  }

  private func candidates(_ occurrence: InstructionOccurrence) -> [Loaded] {
    let start = occurrence.address & ~(UInt64(InstructionOccurrence.codeBlock) - 1)
    let block = Block(address: start, code: occurrence.code)
    if let found = known[block] { return found }
    var found: [Loaded] = []
    for (index, member) in members.enumerated() {
      for place in member.program.places(of: block.code, at: start, in: member.code) {
        found.append(Loaded(member: index, distance: start &- place))
      }
    }
    known[block] = found
    if found.count == 1 { certain.insert(found[0]) }
    return found
  }
}

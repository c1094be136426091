internal import DomainDescription
internal import HostSupport
internal import JSON
internal import MachineOptions
internal import Sandbox

/// The files that a domain names. A process that confines itself before it reads the domain learns
/// them from a copy that has no file at all.
struct DomainFiles {
  /// The domain as it was read.
  let contents: [UInt8]
  /// What it boots from.
  private(set) var inputs: [String] = []
  /// Those of terminals, opened, by the terminal's place.
  private(set) var terminals: [Int: TerminalFile] = [:]

  /// Bytes of the longest answer of the copy: some paths.
  private static let longestAnswer = 1 << 17

  init(_ path: String, isConfined: Bool) throws(CommandError) {
    contents = try Files.read(path, limit: InputLimit.text)
    let answer: [UInt8]?
    do throws(SandboxError) {
      answer =
        isConfined
        ? try ConfinedCopy.answer(limit: Self.longestAnswer, isStopped: { Interruption.isOver }) {
          [contents] in Self.names(in: contents, path)
        } : Self.names(in: contents, path)
    } catch {
      throw CommandError("the domain cannot be read in a copy of the process (\(error))")
    }
    // Without an answer the domain is at fault, which is reported where it is read.
    guard let answer, let names = try? JSONValue(parsing: answer) else { return }
    inputs = names["inputs"]?.elements?.compactMap(\.string) ?? []
    for (place, terminal) in (names["terminals"]?.elements ?? []).enumerated() {
      guard let path = terminal["path"]?.string, let appends = terminal["appends"]?.bool else {
        continue
      }
      terminals[place] = try TerminalFile(path, appends: appends)
    }
  }

  /// The names as JSON; nil when it is no domain.
  private static func names(in contents: [UInt8], _ path: String) -> [UInt8]? {
    guard let domain = try? DomainDescription(contents, file: path) else { return nil }
    let terminals = domain.terminals.map { terminal -> JSONValue in
      guard case .file(let path, let appends) = terminal.output else { return [:] }
      return ["path": .string(path), "appends": .bool(appends)]
    }
    let inputs = [domain.kernel, domain.initrd].compactMap(\.self).map { JSONValue.string($0) }
    let answer: JSONValue = ["inputs": .array(inputs), "terminals": .array(terminals)]
    return Array(answer.line.utf8)
  }
}

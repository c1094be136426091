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
  /// Its devices that options make.
  private(set) var devices: [DomainDescription.Device] = []
  /// The file with the contents of NVRAM.
  private(set) var nvram: String?
  /// Those of terminals, opened, by the terminal's place.
  private(set) var terminals: [Int: TerminalFile] = [:]

  /// Bytes of the longest answer of the copy: some paths and options.
  private static let longestAnswer = 1 << 20
  private let path: String

  init(_ path: String, isConfined: Bool) throws(CommandError) {
    self.path = path
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
    nvram = names["nvram"]?.string
    devices = (names["devices"]?.elements ?? []).compactMap(Self.device)
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
    // What is refused is reported where the domain is read.
    let refused = Set(domain.devices.filter { $0.refusal != nil }.map(\.option))
    let devices = domain.devices.filter { !refused.contains($0.option) }.map {
      device -> JSONValue in
      [
        "option": .string(device.option.rawValue), "argument": .string(device.argument),
        "line": .integer(device.line), "element": .string(device.element),
      ]
    }
    let answer: JSONValue = [
      "inputs": .array(inputs), "terminals": .array(terminals), "devices": .array(devices),
      "nvram": domain.nvramFile.map { .string($0) },
    ]
    return Array(answer.line.utf8)
  }

  private static func device(_ value: JSONValue) -> DomainDescription.Device? {
    guard let name = value["option"]?.string,
      let option = DomainDescription.Device.Option(rawValue: name),
      let argument = value["argument"]?.string, let line = value["line"]?.integer,
      let element = value["element"]?.string
    else { return nil }
    return DomainDescription.Device(option, argument, line: Int(clamping: line), element: element)
  }

  /// Options with the domain's devices, so that their files can be opened.
  func adding(to options: MachineOptions) throws(CommandError) -> MachineOptions {
    do throws(DomainError) { return try options.adding(devices, file: path) } catch {
      throw CommandError("\(error)")
    }
  }
}

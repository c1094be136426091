internal import ArgumentParser
internal import DeviceTree
internal import HostSupport
internal import MachineOptions

struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Print values for scripts, as fdtget does.",
    discussion: """
      One line for each property. Without --type text is printed as text, and everything else as \
      decimal numbers of four bytes or, where the length does not allow that, of one.
      A type is i or d (signed), u (unsigned), x (hexadecimal), s (text) or r (the bytes as they are), \
      with b or hh before it for numbers of one byte, h for two, l for four. Only numbers of four bytes \
      have signs.
      Exit status: 0 printed, 1 missing or not of the type, 2 wrong usage.

      Examples:
        mkfdt get guest.dtb /chosen bootargs
        mkfdt get guest.dtb /memory@0 reg --type x
        mkfdt get guest.dtb /chosen ibm,architecture-vec-5 --type bx
        mkfdt get guest.dtb /chosen bootargs / model --default none
        mkfdt get guest.dtb --list nodes /cpus
        mkfdt get guest.dtb --list properties /rtas
      """)

  enum List: String, CaseIterable, ExpressibleByArgument {
    case nodes, properties
  }

  @Argument(
    help:
      "A blob or device tree source, - for standard input; or a folder such as /proc/device-tree."
  )
  var file: String

  @Argument(
    help: ArgumentHelp(
      "Pairs of a node and a property; with --list, nodes.", valueName: "path property"))
  var words: [String] = []

  @Option(name: .shortAndLong, help: ArgumentHelp("The type of the values.", valueName: "type"))
  var type: ValueType?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The output for a missing node or property.", valueName: "value"))
  var `default`: String?

  @Option(help: "Print the names of a node's children or properties, one a line.")
  var list: List?

  @Flag(name: .customShort("l"), help: "The same as --list nodes.")
  var listsNodes = false

  @Flag(name: .customShort("p"), help: "The same as --list properties.")
  var listsProperties = false

  func run() throws {
    let list = list ?? (listsNodes ? .nodes : listsProperties ? .properties : nil)
    guard !words.isEmpty, list != nil || words.count.isMultiple(of: 2) else {
      throw CommandError.usage(
        "get: PATH PROPERTY, or --list nodes PATH, or --list properties PATH")
    }
    let tree = try Files.readTree(file)
    var bytes: [UInt8] = []
    // What was found before an error is printed.
    defer { try? Files.writeToStandardOutput(bytes) }
    guard let list else {
      for index in stride(from: 0, to: words.count, by: 2) {
        bytes += try value(words[index], words[index + 1], in: tree)
      }
      return
    }
    for path in words {
      guard let node = tree[path] else {
        bytes += try replacement(for: path)
        continue
      }
      let names = list == .nodes ? node.children.map(\.name) : node.properties.map(\.name)
      bytes += names.flatMap { Array($0.utf8) + [0x0a] }
    }
  }

  private func value(
    _ path: String, _ property: String, in tree: DeviceTree
  ) throws(CommandError) -> [UInt8] {
    guard let value = tree[path]?[property] else {
      return try replacement(for: "\(path):\(property)")
    }
    do throws(ValueType.ValueTypeError) {
      return try (type ?? ValueType()).text(of: value)
    } catch {
      throw CommandError("\(path):\(property): \(error)")
    }
  }

  private func replacement(for place: String) throws(CommandError) -> [UInt8] {
    guard let text = `default` else { throw CommandError("\(file): there is no \(place)") }
    return Array(text.utf8) + [0x0a]
  }
}

/// How a property is printed: fdtget's types.
struct ValueType: ExpressibleByArgument {
  enum Form: Character {
    case signed = "d"
    case unsigned = "u"
    case hexadecimal = "x"
    case text = "s"
    case raw = "r"
  }

  /// Why a value cannot be printed so.
  enum ValueTypeError: Error, CustomStringConvertible {
    case length(Int, element: Int)
    case unterminated

    var description: String {
      switch self {
      case .length(let count, let element):
        "\(count) bytes are not numbers of \(element) bytes each"
      case .unterminated: "text without a NUL at its end"
      }
    }
  }

  /// As it looks without one.
  var form: Form?
  /// Bytes of a number; as the length allows without one.
  var size: Int?

  init() {}

  init?(argument: String) {
    var letters = argument[...]
    for (prefix, bytes) in [("hh", 1), ("b", 1), ("h", 2), ("l", 4)] where letters.hasPrefix(prefix)
    {
      size = bytes
      letters = letters.dropFirst(prefix.count)
      break
    }
    guard letters.count == 1, let letter = letters.first,
      let form = Form(rawValue: letter == "i" ? "d" : letter)
    else { return nil }
    if size != nil, form == .text || form == .raw { return nil }
    self.form = form
  }

  /// The line of a value, or its bytes.
  func text(of value: PropertyValue) throws(ValueTypeError) -> [UInt8] {
    let bytes = value.bytes
    if form == .raw { return bytes }
    if bytes.isEmpty { return [0x0a] }
    if form == .text || form == nil && Self.isText(bytes) {
      guard bytes.last == 0 else { throw .unterminated }
      return bytes.dropLast().map { $0 == 0 ? 0x20 : $0 } + [0x0a]
    }
    let size = size ?? (bytes.count.isMultiple(of: 4) ? 4 : 1)
    guard bytes.count.isMultiple(of: size) else {
      throw .length(bytes.count, element: size)
    }
    let numbers = stride(from: 0, to: bytes.count, by: size).map { start in
      let number = bytes[start..<start + size].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return switch form {
      case .hexadecimal: number.hexDigits()
      case .unsigned: String(number)
      default: String(Int32(bitPattern: number))
      }
    }
    return Array(numbers.joined(separator: " ").utf8) + [0x0a]
  }

  /// Whether bytes are strings of printable characters, none of them empty.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    guard bytes.last == 0 else { return false }
    return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0.allSatisfy { (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) }
    }
  }
}

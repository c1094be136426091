import DeviceTree
import DiskFormats
import GuestMemory
import OpenFirmware
import PowerISA

/// A machine without processors: what the firmware asks of it is noted.
final class FakePlatform: FirmwarePlatform {
  let memory: GuestMemory
  private let loaded: [Range<UInt64>]
  private(set) lazy var firmware = ClientInterface(
    memory: memory, tree: tree(version: 0x004e_1202), loaded: loaded, platform: self)
  var offer = PlatformOffer(
    processor: .power9, maximumProcessors: 2, realModeArea: 64 << 20)
  var console: [UInt8] = []
  var typed: [UInt8] = []
  var nvram = [UInt8](repeating: 0, count: 256)
  var otherProcessorsRun = false
  var started: [UInt32: (address: UInt64, argument: UInt64)] = [:]
  var ends: [ClientProgramEnd] = []
  var rtasBase: UInt64?
  let milliseconds: UInt64 = 0x1_0000_1234
  let time = FirmwareTime(year: 2026, month: 11, day: 21, hour: 7, minute: 30, second: 5)

  private let hasTerminal: Bool
  private let hasDisks: Bool

  init(
    loaded: [Range<UInt64>] = [], hasTerminal: Bool = true, hasDisks: Bool = false
  ) throws {
    memory = try GuestMemory(size: 64 << 20)
    self.loaded = loaded
    self.hasTerminal = hasTerminal
    self.hasDisks = hasDisks
  }

  private func tree(version: UInt32) -> DeviceTree {
    var tree = Self.tree(version: version)
    if !hasTerminal { tree.update("/vdevice") { $0.children.removeFirst() } }
    if hasDisks {
      let disks = [1, 2].map {
        Node("scsi@\($0)", properties: [Property("device_type", .string("block"))])
      }
      tree.root.children.append(Node("pci@800000020000000", children: disks))
    }
    return tree
  }

  static func tree(version: UInt32) -> DeviceTree {
    let processor = { (number: UInt32) in
      Node(
        "PowerPC,POWER9@\(number)",
        properties: [
          Property("device_type", .string("cpu")), Property("reg", .cell(number)),
          Property("cpu-version", .cell(version)),
        ])
    }
    var memory = PropertyValue.empty
    for number: UInt64 in [0, 64 << 20] { memory.append(number) }
    return DeviceTree(
      root: Node(
        "",
        properties: [
          Property("#address-cells", .cell(2)), Property("#size-cells", .cell(2)),
          Property("compatible", .string("qemu,pseries")),
        ],
        children: [
          Node("chosen", properties: [Property("bootargs", .string("console=hvc0"))]),
          Node(
            "rtas",
            properties: [Property("rtas-size", .cell(20)), Property("power-off", .cell(0x2004))]),
          Node("cpus", children: [processor(0), processor(8)]),
          Node(
            "memory@0",
            properties: [Property("device_type", .string("memory")), Property("reg", memory)]),
          Node(
            "interrupt-controller",
            properties: [
              Property("phandle", .cell(0x1111)),
              Property("ibm,a-name-longer-than-thirty-one-characters", .cell(1)),
            ]),
          Node(
            "vdevice",
            children: [
              Node(
                "vty@71000000",
                properties: [
                  Property("device_type", .string("serial")), Property("reg", .cell(0x7100_0000)),
                ]),
              Node("nvram@71000001", properties: [Property("device_type", .string("nvram"))]),
            ]),
        ]))
  }

  func writeConsole(_ bytes: [UInt8]) { console += bytes }
  func readConsole(limit: Int) -> [UInt8] {
    defer { typed.removeFirst(min(limit, typed.count)) }
    return Array(typed.prefix(limit))
  }
  /// The processor it has come to, if that has another name.
  var host: String?

  func adopt(_ architecture: NegotiatedArchitecture) -> DeviceTree? {
    var tree = tree(version: architecture.processorVersion)
    // Nodes may come and go, and others move.
    tree.root.children.insert(Node("ibm,platform-facilities"), at: 0)
    if let host { tree.update("/cpus") { $0.children[0].name = "PowerPC,\(host)@0" } }
    return tree
  }
  func startProcessor(_ number: UInt32, at address: UInt64, argument: UInt64) -> Bool {
    guard started[number] == nil else { return false }
    started[number] = (address, argument)
    return true
  }
  func endClientProgram(_ end: ClientProgramEnd) { ends.append(end) }
  var nvramSize: Int { nvram.count }
  func readNVRAM(_ count: Int, at offset: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset + count <= nvram.count else { return nil }
    return Array(nvram[offset..<offset + count])
  }
  func writeNVRAM(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset + bytes.count <= nvram.count else { return false }
    nvram.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return true
  }
  func rtasInstantiated(at base: UInt64) { rtasBase = base }
  /// Disks by the paths of their nodes.
  var disks: [String: FakeDisk] = [:]
  func disk(at path: String) -> (any FirmwareDisk)? { disks[path] }
  var configurationVariables: [(name: String, value: String)] = []
  /// Network cards by the paths of their nodes.
  var networks: [String: any FirmwareNetwork] = [:]
  func network(at path: String) -> (any FirmwareNetwork)? { networks[path] }
  /// Bytes of the values that there is room for.
  var variableRoom = 100
  func setConfigurationVariable(_ name: String, to value: [UInt8]) -> Bool {
    guard value.count <= variableRoom else { return false }
    configurationVariables.removeAll { $0.name == name }
    configurationVariables.append((name, String(decoding: value, as: UTF8.self)))
    return true
  }

  // MARK: the client's side

  /// Where the client keeps its argument array, strings and buffers.
  static let array: UInt64 = 0x20_0000
  static let strings: UInt64 = 0x20_1000
  static let buffer: UInt32 = 0x20_8000

  /// An argument: a number, or text that is put into memory.
  enum Argument: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case cell(UInt32)
    case text(String)
    init(integerLiteral value: UInt32) { self = .cell(value) }
    init(stringLiteral value: String) { self = .text(value) }
  }

  /// Calls a service and gives its results, or nil when it could not be invoked.
  func call(
    _ service: String, _ arguments: Argument..., results: Int = 1, sixtyFourBit: Bool = false
  ) -> [UInt32]? {
    var next = Self.strings
    let place = { [memory] (text: String) -> UInt32 in
      defer { next += UInt64(text.utf8.count) + 1 }
      try? memory.write(Array(text.utf8) + [0], at: next)
      return UInt32(next)
    }
    var words = [place(service), UInt32(arguments.count), UInt32(results)]
    for argument in arguments {
      switch argument {
      case .cell(let cell): words.append(cell)
      case .text(let text): words.append(place(text))
      }
    }
    let resultsAt = Self.array + 4 * UInt64(words.count)
    words += [UInt32](repeating: 0xdddd_dddd, count: results)
    for (index, word) in words.enumerated() {
      try? memory.write(word, at: Self.array + 4 * UInt64(index))
    }
    // A 32-bit caller's high half means nothing.
    let address = Self.array | (sixtyFourBit ? 0 : 0xffff_ffff_0000_0000)
    guard firmware.call(arguments: address, sixtyFourBit: sixtyFourBit) == 0 else { return nil }
    return (0..<results).map { index in
      (try? memory.read(UInt32.self, at: resultsAt + 4 * UInt64(index))) ?? 0xeeee_eeee
    }
  }

  /// The first result.
  func call1(_ service: String, _ arguments: Argument...) -> UInt32? {
    switch arguments.count {
    case 0: call(service)?.first
    case 1: call(service, arguments[0])?.first
    case 2: call(service, arguments[0], arguments[1])?.first
    case 3: call(service, arguments[0], arguments[1], arguments[2])?.first
    default: call(service, arguments[0], arguments[1], arguments[2], arguments[3])?.first
    }
  }

  func find(_ path: String) -> Argument { .cell(call1("finddevice", .text(path)) ?? .max) }

  func bufferText(_ count: UInt32) -> String {
    String(
      decoding: (try? memory.read(Int(count), at: UInt64(Self.buffer))) ?? [], as: UTF8.self)
  }
}

import ArgumentParser
import DeviceTree
import LinuxView
import MachineDescription
import PlatformTree
import PowerISA

/// The tree reader and all that works on what it read: editing, lookup, comparison, overlays, text,
/// checks, and the features a guest derives.
struct FuzzTree: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree", abstract: "Device tree blobs: random bytes, mutated trees and overlays.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let valid = try Self.seeds()
    let overlays = try [overlay(), overlay(withSymbols: true)]
    var base = try DeviceTree(blob: valid[0])
    base.update("/vdevice") { $0["phandle"] = .cell(7) }
    base.add(
      Node("__symbols__", properties: [Property("other", .string("/vdevice"))]), to: "/")
    let labelled = try base.blob()
    try options.run("tree") { generator in
      switch generator.below(8) {
      case 0:
        let bytes = (0..<generator.below(257)).map { _ in
          UInt8(truncatingIfNeeded: generator.next())
        }
        // Half of them behind a true magic number, lest all end at the first check.
        return exercise(
          generator.below(2) == 0 ? [0xd0, 0x0d, 0xfe, 0xed] + bytes : bytes, &generator)
      case 1, 2:
        let bytes = generator.mutateWords(overlays[generator.below(overlays.count)])
        return merge(bytes, into: base)
      case 3:
        // A base that is odd, too.
        guard let odd = try? DeviceTree(blob: generator.mutateWords(labelled)) else {
          return "refused: base"
        }
        return merge(overlays[generator.below(overlays.count)], into: odd)
      default:
        return exercise(generator.mutateWords(valid[generator.below(valid.count)]), &generator)
      }
    }
  }

  private func merge(_ overlay: [UInt8], into base: DeviceTree) -> String? {
    do throws(DeviceTreeError) {
      let merged = try base.applying(overlay: overlay)
      return merged.nodeCount >= base.nodeCount ? "merged" : nil
    } catch {
      if case .overlay = error { return "not merged" }
      return "refused: overlay"
    }
  }

  /// Reads a blob and uses the result.
  private func exercise(_ blob: [UInt8], _ generator: inout InputGenerator) -> String? {
    var tree: DeviceTree
    do throws(DeviceTreeError) {
      tree = try DeviceTree(blob: blob)
    } catch {
      return "refused: \(Self.kind(of: error))"
    }
    guard let again = try? DeviceTree(blob: tree.blob()), again == tree else { return nil }
    let original = tree
    // The texts and checks take most of the time, and see the same values again and again.
    if generator.below(16) == 0 {
      guard !tree.sourceText().isEmpty, isSoundAsJSON(tree) else { return nil }
      _ = TreeRule.findings(in: tree).map(\.description)
      tree.forEachNode { position, _ in
        _ = original.path(of: position).flatMap { original.position(of: $0) }
      }
    }
    _ = LinuxFeatures(tree)
    tree.update("/") { $0["added"] = .cell(1) }
    tree.remove("/chosen")
    tree.allocatePhandles()
    return original.differences(to: tree).isEmpty ? nil : "a tree"
  }

  /// Whether the tree has a text as JSON, or a reason to have none.
  private func isSoundAsJSON(_ tree: DeviceTree) -> Bool {
    do throws(DeviceTreeError) {
      return try !tree.json().isEmpty
    } catch {
      if case .repeatedName = error { return true }
      return false
    }
  }

  private static func kind(of error: DeviceTreeError) -> String {
    switch error {
    case .truncated: "truncated"
    case .badMagic: "magic"
    case .unsupportedVersion: "version"
    case .badLayout: "layout"
    case .badReservation: "reservation"
    case .badStructure(_, let problem): problem.rawValue
    case .misaligned: "alignment"
    case .tooLarge, .notWritten, .emptyReservation: "not written"
    case .repeatedName: "JSON"
    case .overlay: "overlay"
    }
  }

  // MARK: seeds

  static func seeds() throws -> [[UInt8]] {
    var descriptions: [MachineDescription] = []
    for level in [nil, CompatibilityLevel.power6, .power9] {
      descriptions.append(
        MachineDescription(
          processor: .newest(supporting: level), maximumLevel: level,
          topology: try ProcessorTopology(processors: 2)))
    }
    var large = descriptions[0]
    large.memory = 18 << 30
    large.maximumMemory = 20 << 30
    large.numaNodes = [.init(memory: 9 << 30), .init(memory: 9 << 30)]
    large.dynamicMemory = .v2
    descriptions.append(large)
    return try descriptions.map {
      try PlatformTree.build($0, served: ServedCalls(for: $0)).blob()
    } + [small().blob()]
  }

  /// A tree so small that mutations meet its tags and header more often than its values.
  private static func small() -> DeviceTree {
    DeviceTree(
      root: Node(
        "", properties: [Property("compatible", .string("x"))],
        children: [
          Node(
            "cpus",
            children: [
              Node(
                "cpu@0",
                properties: [
                  Property("device_type", .string("cpu")), Property("reg", .cell(0)),
                  Property("cpu-version", .cell(0x0f00_0002)),
                  Property("ibm,pa-features", .bytes([2, 0, 1, 2])),
                ])
            ]),
          Node(
            "memory@0",
            properties: [
              Property("device_type", .string("memory")), Property("reg", .cells([0, 0, 0, 1])),
            ]),
        ]), reservations: [.init(address: 4096, size: 4096)])
  }

  private func overlay(withSymbols: Bool = false) throws -> [UInt8] {
    var fragment = Node("fragment@0")
    if withSymbols {
      fragment["target"] = .cell(.max)
    } else {
      fragment["target-path"] = .string("/vdevice")
    }
    fragment.children = [
      Node(
        "__overlay__", properties: [Property("added", .cell(7))],
        children: [
          Node(
            "vty@71000005",
            properties: [Property("parent", .cell(1)), Property("phandle", .cell(1))])
        ])
    ]
    var root = Node("", children: [fragment])
    if withSymbols {
      // The label is resolved to the target, the local reference to the new node.
      root.children += [
        Node("__symbols__", properties: [Property("l", .string("/fragment@0/__overlay__"))]),
        Node(
          "__local_fixups__",
          children: [
            Node(
              "fragment@0",
              children: [
                Node(
                  "__overlay__",
                  children: [Node("vty@71000005", properties: [Property("parent", .cell(0))])])
              ])
          ]),
        Node("__fixups__", properties: [Property("other", .string("/fragment@0:target:0"))]),
      ]
    }
    return try DeviceTree(root: root).blob()
  }
}

extension InputGenerator {
  /// A copy of `bytes` that also has some of its big-endian words replaced by ones that parsers of
  /// lengths and offsets trip over.
  mutating func mutateWords(_ bytes: [UInt8]) -> [UInt8] {
    if below(3) == 0 { return mutate(bytes) }
    let words: [UInt32] = [
      0, 1, 2, 3, 4, 9, 0x10, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0,
      0xffff_ffff,
    ]
    var bytes = bytes
    for _ in 0...below(3) {
      // The header and the start of the structure block decide most.
      let place = (below(2) == 0 ? below(min(bytes.count, 160)) : below(bytes.count)) & ~3
      guard place + 4 <= bytes.count else { continue }
      let word = below(4) == 0 ? UInt32(truncatingIfNeeded: next()) : words[below(words.count)]
      for index in 0..<4 {
        bytes[place + index] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * index))
      }
    }
    return bytes
  }
}

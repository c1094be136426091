internal import DeviceTree
internal import HostSupport
internal import Hypervisor
internal import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerISA
internal import ProcessorCatalog

/// A device tree as `CapabilityRow` reads it.
struct TreeReading {
  let tree: DeviceTree
  /// The processor that boots; all show the same.
  let processor: Node
  /// The version of the ISA it shows.
  let isa: ISALevel
  let attributes: ProcessorAttributes?

  init?(_ tree: DeviceTree) {
    guard let processor = tree.bootProcessorNode else { return nil }
    self.tree = tree
    self.processor = processor
    let version = processor["cpu-version"]?.cell ?? 0
    isa =
      CompatibilityLevel(logicalPVR: version)?.isa
      ?? RecognizedProcessor.recognize(version: version)?.processor.isa ?? .v1
    attributes = processor["ibm,pa-features"].flatMap { ProcessorAttributes(property: $0.bytes) }
  }

  // MARK: translation

  private var hasRadix: Bool { attributes?[.radix] ?? false }

  var translations: [String] {
    (processor.has("ibm,segment-page-sizes") ? ["hash"] : []) + (hasRadix ? ["radix"] : [])
  }

  var segmentSizes: [String] {
    let shifts = processor["ibm,processor-segment-sizes"]?.cells ?? [28]
    return shifts.filter { $0 < 64 }.map { Self.size($0) }
  }

  /// Every page size in every kind of segment, with how the SLB and the page table encode them.
  var hashPages: [String] {
    var cells = (processor["ibm,segment-page-sizes"]?.cells ?? [])[...]
    var pages: [String] = []
    while cells.count >= 3 {
      let (base, encoding, count) = (cells.removeFirst(), cells.removeFirst(), cells.removeFirst())
      for _ in 0..<min(Int(count), cells.count / 2) {
        let (shift, inEntry) = (cells.removeFirst(), cells.removeFirst())
        pages.append(
          "\(Self.size(shift)) in segments of \(Self.size(base)) "
            + "(\(encoding.hexadecimal()), \(inEntry.hexadecimal()))")
      }
    }
    return pages
  }

  /// Page sizes with their encodings in tlbie, none where the processor does not show radix
  /// translation.
  var radixPages: [String] {
    guard hasRadix else { return [] }
    return (processor["ibm,processor-radix-AP-encodings"]?.cells ?? []).map {
      "\(Self.size($0 & 0x1FFF_FFFF)) (\($0 >> 29))"
    }
  }

  /// A count of `ibm,processor-storage-keys`: 0 for data, 1 for instructions.
  func storageKeys(at index: Int) -> [String] {
    let counts = processor["ibm,processor-storage-keys"]?.cells ?? []
    return [String(counts.indices.contains(index) ? counts[index] : 0)]
  }

  /// `64K` for 16.
  private static func size(_ shift: UInt32) -> String {
    guard (10..<60).contains(shift) else { return "2^\(shift)" }
    return "\(1 << (shift % 10))" + "KMGTP".map(String.init)[Int(shift / 10) - 1]
  }

  // MARK: facilities

  /// The DAWRs, of which there is one since version 2.07 and may be a second since 3.1.
  var dataWatchpoints: Int {
    guard isa >= .v2_07 else { return 0 }
    return attributes?[.secondWatchpoint] == true ? 2 : 1
  }

  /// Bits of ibm,pa-features that no other row looks at, as byte and bit.
  var otherAttributes: [String] {
    let rows: [ProcessorAttributes.Bit] = [.transactionalMemory, .radix, .secondWatchpoint]
    let bytes = attributes?.bytes ?? []
    return bytes.indices.flatMap { byte in
      (0..<8).map { ProcessorAttributes.Bit(byte, $0) }
        .filter { attributes?[$0] == true && !rows.contains($0) }
        .map { "\($0.byte).\($0.bit)" }
    }
  }

  // MARK: platform

  /// The interrupt controller in the tree.
  var controllers: [String] {
    tree.root.children.compactMap { node in
      guard node.has("interrupt-controller") else { return nil }
      let compatible = node["compatible"]?.strings ?? []
      if compatible.contains("IBM,ppc-xicp") { return InterruptMode.xics.rawValue }
      if compatible.contains("ibm,power-ivpe") { return InterruptMode.xive.rawValue }
      return nil
    }
  }

  /// Those, and what a client may negotiate.
  var offeredControllers: [String] {
    let support = tree["/chosen"]?["ibm,arch-vec-5-platform-support"]?.bytes ?? []
    var names = controllers
    for index in stride(from: 0, to: support.count - 1, by: 2) where support[index] == 23 {
      let modes = ModeSupport(byte: support[index + 1])
      if modes.includesOlder { names.append(InterruptMode.xics.rawValue) }
      if modes.includesNewer { names.append(InterruptMode.xive.rawValue) }
    }
    return names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Sets of hypercalls that a guest of this version can use: process tables came with 3.0.
  var hypercalls: [String] {
    let rtas = tree["/rtas"]
    let names = ["ibm,hypertas-functions", "qemu,hypertas-functions"].flatMap {
      rtas?[$0]?.strings ?? []
    }
    return names.filter { isa >= .v3_0 || $0 != FunctionSet.inMemoryTables.name }
  }

  /// Calls with their tokens, which a guest reads once and keeps.
  var rtasCalls: [String] {
    (tree["/rtas"]?.properties ?? []).compactMap { property in
      guard RTASNames.isToken(property), let token = property.value.cell else { return nil }
      return "\(property.name) \(token.hexadecimal())"
    }
  }

  /// nil before a negotiation.
  var vector5Options: [String]? {
    guard let bytes = tree["/chosen"]?["ibm,architecture-vec-5"]?.bytes.dropFirst(),
      bytes.contains(where: { $0 != 0 })
    else { return nil }
    let vector = OptionVector(number: 5, bytes: Array(bytes))
    return OptionBit.platformOptions.filter { vector.contains($0) }.map(\.name)
  }

  var hypercallInstructions: [String] {
    (tree["/hypervisor"]?["hcall-instructions"]?.cells ?? []).map {
      $0.hexadecimal()
    }
  }
}

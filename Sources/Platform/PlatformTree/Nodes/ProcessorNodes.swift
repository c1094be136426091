internal import HostSupport
public import MachineDescription
internal import DeviceTree
internal import OpenFirmware
internal import PowerISA

extension TreePlan {
  func processorsNode() -> Node {
    var node = Node("cpus")
    node["#address-cells"] = .cell(1)
    node["#size-cells"] = .cell(0)
    let topology = description.topology
    let common = propertiesOfEveryProcessor()
    let name = isQEMU && processor == .ppc970 ? "PowerPC,UNKNOWN" : processor.nodeName
    // A core shows the threads of its level, but its number counts those it has.
    let threads = min(topology.threads, processor.threads(at: level))
    let shown = min(
      topology.processors, Int(negotiated?.maximumProcessors ?? .max) * topology.threads)
    for first in stride(from: 0, to: shown, by: topology.threads) {
      node.children.append(core(first, threads, name, common))
    }
    node.children += cacheNodes(processors: shown)
    return node
  }

  private func core(_ first: Int, _ threads: Int, _ name: String, _ common: [Property]) -> Node {
    let number = UInt32(first)
    let servers = (0..<UInt32(threads)).map { number + $0 }
    let topology = description.topology
    var properties: [Property] = []
    properties.reserveCapacity(common.count + 6)
    properties.append(Property("reg", .cell(number)))
    properties += common
    properties.append(
      Property("ibm,chip-id", .cell(UInt32(first / (topology.threads * topology.cores)))))
    if associativity.listsProcessors {
      properties.append(
        Property("ibm,associativity", .cells(associativity.list(ofProcessor: first))))
    }
    properties += cacheProperties(ofCore: first)
    properties.append(Property("ibm,ppc-interrupt-server#s", .cells(servers)))
    // No group of processors shares a queue, so the global server of each is 0.
    properties.append(
      Property("ibm,ppc-interrupt-gserver#s", .cells(servers.flatMap { [$0, 0] })))
    return Node(name + "@" + first.hexDigits(), properties: properties)
  }

  private func propertiesOfEveryProcessor() -> [Property] {
    var node = Node("")
    node["device_type"] = .string("cpu")
    node["status"] = .string("okay")
    node["64-bit"] = .empty
    node["cpu-version"] = .cell(level?.logicalPVR ?? processor.version)
    addFirstLevelCaches(to: &node)
    node["timebase-frequency"] = .cell(UInt32(TimeBase.frequency))
    node["clock-frequency"] = .cell(UInt32(TimeBase.clockFrequency))
    addTranslation(to: &node)
    addFacilities(to: &node)
    return node.properties
  }

  private func addFirstLevelCaches(to node: inout Node) {
    if isQEMU {
      let line = PropertyValue.cell(UInt32(processor.caches.line))
      node["d-cache-block-size"] = line
      node["d-cache-line-size"] = line
      node["i-cache-block-size"] = line
      node["i-cache-line-size"] = line
      // From POWER7 on all caches of QEMU's processors have the same size.
      let isLike = processor.isa >= .v2_06
      node["d-cache-size"] = .cell(isLike ? 32 << 10 : UInt32(processor.caches.data.size))
      node["i-cache-size"] = .cell(isLike ? 32 << 10 : UInt32(processor.caches.instruction.size))
    } else {
      addCache(processor.caches.data, "d", to: &node)
      addCache(processor.caches.instruction, "i", to: &node)
    }
  }

  private func addTranslation(to node: inout Node) {
    let translation = processor.translation
    let entries = PropertyValue.cell(UInt32(processor.slbEntries(at: level)))
    node["slb-size"] = entries
    node["ibm,slb-size"] = entries
    if translation.segmentShifts.count > 1 {
      // By power of two of the size: 28, 40 and two sizes that are not there.
      let shifts = translation.segmentShifts.map { UInt32($0) }
      node["ibm,processor-segment-sizes"] = .cells(
        shifts + [UInt32](repeating: .max, count: 4 - shifts.count))
    }
    if !isQEMU {
      // Keys of hashed pages: for data since 2.05 (AMR), for instructions since 2.07 (IAMR).
      node["ibm,processor-storage-keys"] = .cells([isa >= .v2_05 ? 32 : 0, isa >= .v2_07 ? 32 : 0])
    }
    node["ibm,segment-page-sizes"] = .cells(segmentPageSizes())
    node["ibm,pft-size"] = .cells([0, UInt32(description.hashTableShift)])
    // QEMU advertises the radix page sizes even where the level has no radix translation.
    if !translation.radix.isEmpty, isa >= .v3_0 && description.allowsRadix || isQEMU {
      node["ibm,processor-radix-AP-encodings"] = .cells(
        translation.radix.map { $0.actualPage << 29 | UInt32($0.shift) })
    }
    if processor.decrementerBits > 32 && isa >= .v3_0 {
      node["ibm,dec-bits"] = .cell(UInt32(processor.decrementerBits))
    }
  }

  /// For each base page size: shift, SLB encoding, and a count of pairs of shift and PTE encoding.
  private func segmentPageSizes() -> [UInt32] {
    processor.segmentPageSizes(upTo: description.largestHashPageShift).flatMap { segment in
      [UInt32(segment.shift), segment.slbEncoding, UInt32(segment.pages.count)]
        + segment.pages.flatMap { [UInt32($0.shift), $0.pteEncoding] }
    }
  }

  private func addFacilities(to node: inout Node) {
    if processor.facilities.utilization {
      node["ibm,purr"] = .cell(1)
      // SPURR came with version 2.05.
      if isa >= .v2_05 { node["ibm,spurr"] = .cell(1) }
    }
    if let vector = vectorFacility { node["ibm,vmx"] = .cell(vector) }
    if hasDecimalFloatingPoint { node["ibm,dfp"] = .cell(1) }
    if let attributes { node["ibm,pa-features"] = .bytes(attributes.property) }
    node["ibm,pi-features"] = .bytes([1, 0, 0])
  }

  /// The level facilities are cut to. QEMU looks at the limit alone, so that a client which takes an
  /// older level by itself keeps what that level does not have.
  private var facilityISA: ISALevel {
    isQEMU ? processor.problemStateISA(at: description.maximumLevel) : isa
  }

  /// Whether the client said that it does not know a facility. QEMU does not ask.
  private func hides(_ facility: OptionBit) -> Bool {
    guard let negotiated, !isQEMU else { return false }
    return !negotiated.options.contains(facility)
  }

  /// `ibm,vmx`: 1 for VMX, 2 for VSX too, which came with version 2.06.
  private var vectorFacility: UInt32? {
    if hides(.vmx) { return nil }
    var facility = processor.facilities.vector
    if facilityISA < .v2_06 { facility = min(facility, 1) }
    // POWER5 had no VMX; the 970, at 2.01, had.
    if level.map({ $0 < .power6 }) ?? false { facility = 0 }
    return facility > 0 ? UInt32(facility) : nil
  }

  /// Decimal floating point came with version 2.05; QEMU offers it from 2.06.
  private var hasDecimalFloatingPoint: Bool {
    if hides(.decimal) { return false }
    return processor.facilities.decimalFloatingPoint && facilityISA >= (isQEMU ? .v2_06 : .v2_05)
  }

  private var attributes: ProcessorAttributes? {
    if isQEMU && isa < .v2_06 { return nil }
    let named = isQEMU && level == .power7Plus ? .power7 : level
    guard var attributes = ProcessorAttributes(isa: isa, level: named) else { return nil }
    attributes[.cacheInhibitedLargePages] = processor.translation.cacheInhibitedLargePages
    if !(processor.hasRadix && description.allowsRadix) { attributes[.radix] = false }
    return attributes
  }
}

extension MachineDescription {
  /// The logarithm of the hash table's size: a 128th of the memory, as LoPAR recommends.
  public var hashTableShift: Int {
    let shift = memory <= 1 ? 0 : UInt64.bitWidth - (memory - 1).leadingZeroBitCount
    return min(max(shift - 7, 18), 46)
  }
}

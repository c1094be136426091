internal import HostSupport
internal import PowerISA

extension MachineDescription {
  /// Finds the first thing that cannot be.
  public func validate() throws(MachineDescriptionError) {
    try validateLevel()
    try topology.validate()
    if topology.threads > processor.threads {
      throw MachineDescriptionError(
        .smp,
        "\(topology.threads) threads to a core; a \(processor.name) core has \(processor.threads)")
    }
    try validateMemory()
    try validateNodes()
    try validateRange(initrd, .initrd)
    try validateRange(kernel, .kernel)
    try validateRTAS()
    try validateText(bootArguments, .bootArguments)
    for text in bootOrder { try validateText(text, .boot) }
    try validateText(bootProgram?.path ?? "", .boot)
    try validateText(bootProgram?.arguments ?? "", .bootArguments)
    try validateUUID()
    try validateText(identity.name ?? "", .name)
    try validateText(identity.model ?? "", .model)
    try validateText(identity.hostModel ?? "", .hostModel)
    try validateText(identity.hostSerial ?? "", .hostSerial)
    try validateDevices()
  }

  private func validateLevel() throws(MachineDescriptionError) {
    guard let level = maximumLevel, !processor.supports(level) else { return }
    let levels = CompatibilityLevel.allCases.filter(processor.supports).map(\.name)
    throw MachineDescriptionError(
      .compat,
      "\(processor.name) cannot run at level \(level.name); it can at "
        + (levels + ["none"]).joined(separator: ", "))
  }

  private func validateMemory() throws(MachineDescriptionError) {
    let block = Self.memoryBlock >> 20
    guard memory > 0, memory.isMultiple(of: Self.memoryBlock) else {
      throw MachineDescriptionError(
        .memory,
        "\(Self.size(memory)) is no multiple of \(block)M above 0; sizes are bytes, or with K, M, "
          + "G or T, as 512M or 2G")
    }
    guard maximumMemory.isMultiple(of: Self.memoryBlock) else {
      throw MachineDescriptionError(
        .maximumMemory, "\(Self.size(maximumMemory)) is no multiple of \(block)M")
    }
    guard maximumMemory >= memory else {
      throw MachineDescriptionError(.maximumMemory, "less than the memory at start")
    }
    guard maximumMemory <= Self.memoryLimit else {
      throw MachineDescriptionError(
        maximumMemory == memory ? .memory : .maximumMemory,
        "more than \(Self.memoryLimit >> 40)T")
    }
  }

  /// A number of bytes with the largest unit from M on of which it is a multiple: who writes 1024 takes
  /// it for megabytes.
  private static func size(_ bytes: UInt64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20)] as [(String, UInt64)]
    where bytes > 0 && bytes.isMultiple(of: 1 << shift) {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes) bytes"
  }

  private func validateNodes() throws(MachineDescriptionError) {
    guard !numaNodes.isEmpty else { return }
    func fail(_ text: String) -> MachineDescriptionError { MachineDescriptionError(.numa, text) }
    guard numaNodes.count <= 128 else { throw fail("more than 128 nodes") }
    var total: UInt64 = 0
    var owner = [Int?](repeating: nil, count: topology.maximum)
    for (number, node) in numaNodes.enumerated() {
      guard node.memory.isMultiple(of: Self.memoryBlock) else {
        throw fail(
          "memory of node \(number): \(Self.size(node.memory)) is no multiple of "
            + "\(Self.memoryBlock >> 20)M")
      }
      let (sum, overflow) = total.addingReportingOverflow(node.memory)
      guard !overflow, sum <= memory else { throw fail("the nodes have more memory than --memory") }
      total = sum
      for range in node.processors {
        guard range.lowerBound >= 0, range.upperBound < topology.maximum else {
          throw fail("processor \(range.upperBound) of node \(number) does not exist")
        }
        for processor in range {
          if let other = owner[processor] {
            throw fail("processor \(processor) is in nodes \(other) and \(number)")
          }
          owner[processor] = number
        }
      }
    }
    guard total == memory else { throw fail("the nodes have less memory than --memory") }
    guard numaNodes[0].memory > 0 else { throw fail("node 0 has no memory") }
    for first in stride(from: 0, to: topology.maximum, by: topology.threads) {
      let core = owner[first..<first + topology.threads]
      guard core.allSatisfy({ $0 == core.first }) else {
        throw fail("processors \(first) to \(first + topology.threads - 1) are one core")
      }
    }
    try validateDistances()
  }

  /// Finds the first distance between NUMA nodes that cannot be, or that differs by the way.
  ///
  /// A client that negotiates form 2 gets the distances as they are; form 1 rounds them.
  public func validateDistances() throws(MachineDescriptionError) {
    func fail(_ text: String) -> MachineDescriptionError { MachineDescriptionError(.numa, text) }
    let matrix = NUMADistances(numaNodes)
    for (number, node) in numaNodes.enumerated() {
      for (other, distance) in node.distances.sorted(by: { $0.key < $1.key }) {
        guard numaNodes.indices.contains(other) else {
          throw fail("node \(number) has a distance to node \(other), which does not exist")
        }
        guard
          other == number
            ? distance == NUMADistances.local
            : NUMADistances.remote.contains(distance)
        else {
          throw fail(
            "distance \(distance) of nodes \(number) and \(other): a node is 10 from itself, and "
              + "11 to 255 from others")
        }
        guard matrix[other, number] == distance else {
          throw fail(
            "nodes \(number) and \(other) are \(distance) and \(matrix[other, number]) from each "
              + "other; there is one distance for both ways")
        }
      }
    }
  }

  private func validateRange(
    _ range: MemoryRange?, _ option: MachineDescriptionError.Option
  ) throws(MachineDescriptionError) {
    guard let range else { return }
    let (end, overflow) = range.address.addingReportingOverflow(range.size)
    guard range.size > 0 else { throw MachineDescriptionError(option, "has no bytes") }
    guard !overflow, end <= memory else {
      throw MachineDescriptionError(option, "lies outside the memory")
    }
  }

  /// RTAS is entered by 32-bit code, at an address the tree gives in one cell.
  private func validateRTAS() throws(MachineDescriptionError) {
    guard let address = rtasAddress else { return }
    guard address.isMultiple(of: 4096) else {
      throw MachineDescriptionError(.rtas, "must be a multiple of 4096")
    }
    guard address < min(realModeArea, 4 << 30) else {
      throw MachineDescriptionError(.rtas, "lies outside the real-mode area or beyond 4G")
    }
  }

  /// Groups of 8, 4, 4, 4 and 12 hexadecimal digits.
  private func validateUUID() throws(MachineDescriptionError) {
    let groups = identity.uuid.split(separator: "-", omittingEmptySubsequences: false)
    let isUUID =
      groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
      && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    guard isUUID else {
      throw MachineDescriptionError(
        .uuid, "'\(identity.uuid)' is not 8-4-4-4-12 hexadecimal digits")
    }
  }

  private func validateText(
    _ text: String, _ option: MachineDescriptionError.Option
  ) throws(MachineDescriptionError) {
    if text.utf8.contains(0) { throw MachineDescriptionError(option, "contains a NUL") }
  }

  private func validateDevices() throws(MachineDescriptionError) {
    try validatePCI()
    guard devices.vio.filter({ if case .tpm = $0.kind { true } else { false } }).count < 2 else {
      throw MachineDescriptionError(.tpm, "a machine has no more than one")
    }
    var taken: [UInt32: UInt32] = [:]
    for device in devices.vio {
      try claim(device, in: &taken)
      switch device.kind {
      case .terminal, .tpm: break
      case .nvram(let size):
        guard (8 << 10...1 << 20).contains(size), size.isMultiple(of: 16) else {
          throw MachineDescriptionError(.nvram, "size must be 8K to 1M and a multiple of 16")
        }
      case .scsi(let units): try validate(units)
      case .network(let card): try validate(card)
      }
    }
  }

  /// A unit address of a device's own, which has an interrupt source of its own.
  private func claim(
    _ device: VIODevice, in taken: inout [UInt32: UInt32]
  ) throws(MachineDescriptionError) {
    let unit = device.unitAddress
    let text = unit.hexadecimal()
    guard InterruptSource.virtualDevices.contains(unit) else {
      throw MachineDescriptionError(
        device.option, "unit address \(text) is not 0x1 to 0x7fffffff")
    }
    let source = device.interrupt
    if let other = taken.updateValue(unit, forKey: source) {
      throw MachineDescriptionError(
        device.option,
        other == unit
          ? "two devices at unit address \(text)"
          : "unit addresses \(other.hexadecimal()) and \(text) have the same interrupt source "
            + source.hexadecimal())
    }
  }
}

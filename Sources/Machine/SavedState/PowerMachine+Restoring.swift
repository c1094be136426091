internal import DeviceTree
internal import Migration
internal import Hypervisor
internal import OpenFirmware
public import PlatformTree
public import PowerISA
public import SavedState

/// What a saved state says of the machine it was, before anything of it is restored.
public struct SavedMachine {
  public let description: MachineDescription
  /// Whether its time is counted in instructions.
  public let isDeterministic: Bool
  /// The level the guest runs at.
  public private(set) var level: CompatibilityLevel?
  var reader: StateReader
  /// The section after those that were read; nil after the last.
  var next: StateReader.Section?

  /// Reads the beginning of a stream.
  public init(from source: @escaping StateReader.Source) throws(StateError) {
    reader = try StateReader(from: source)
    let section = try reader.next("machine")
    var description: MachineDescription
    do throws(MachineDescriptionError) {
      description = try .placeholder()
    } catch {
      throw section.error(.value("\(error)"))
    }
    var isDeterministic = false
    try section.fields { coder throws(StateError) in
      try coder.field("deterministic", &isDeterministic)
      try description.code(&coder)
    }
    do throws(MachineDescriptionError) {
      try description.validate()
    } catch {
      throw section.error(.value("\(error)"))
    }
    self.description = description
    self.isDeterministic = isDeterministic
    next = try reader.next()
    if next?.name == "compatibility" {
      var name = ""
      try take("compatibility").fields { coder throws(StateError) in
        try coder.field("level", name) { read throws(InvalidValue) in
          level = CompatibilityLevel(name: read)
          guard level != nil else { throw InvalidValue("there is no level '\(read)'") }
          name = read
        }
        try coder.field("logical PVR", level?.logicalPVR ?? 0) { version throws(InvalidValue) in
          guard version == level?.logicalPVR else {
            throw InvalidValue("0x\(String(version, radix: 16)) is not \(name)")
          }
        }
      }
    }
  }
}

extension SavedMachine {
  /// The next section, whatever it is.
  fileprivate mutating func take(
    expecting name: String, instance: UInt32 = 0
  ) throws(StateError) -> StateReader.Section {
    guard let section = next else {
      throw StateError(.section(expected: name, found: "end"), at: reader.offset)
    }
    next = try reader.next()
    return section
  }

  /// The next section, which must be this one.
  fileprivate mutating func take(
    _ name: String, instance: UInt32 = 0
  ) throws(StateError) -> StateReader.Section {
    guard next?.name == name, next?.instance == instance else {
      throw (next?.error(.section(expected: name, found: next?.title ?? "")))
        ?? StateError(.section(expected: name, found: "end"), at: reader.offset)
    }
    return try take(expecting: name)
  }
}

extension PowerMachine {
  /// Gives a machine that has not run the state of another, whose description it has but for the
  /// processor.
  public func restore(_ saved: SavedMachine) throws(StateError) {
    var saved = saved
    while saved.next?.name != "clock" { try restoreStorage(saved.take(expecting: "clock")) }
    try saved.take("clock").fields { coder throws(StateError) in try codeClock(&coder) }
    for (number, slot) in slots.enumerated() {
      try saved.take("processor", instance: UInt32(number)).fields { coder throws(StateError) in
        try code(slot, &coder)
      }
    }
    // The registers came with the PCR of the other processor; ours has its own bits.
    setLevel(saved.level)
    try saved.take("partition").fields { coder throws(StateError) in try codePartition(&coder) }
    for slot in slots { slot.control.setProcessTable(partition.processTable) }
    guard saved.next != nil else { return }
    let firmware = makeFirmware(DeviceTree(), loaded: [])
    try saved.take("firmware").fields { coder throws(StateError) in try firmware.code(&coder) }
    if let rest = saved.next {
      throw rest.error(.section(expected: "end", found: rest.title))
    }
    self.firmware = firmware
    setHomeNodes(firmware.tree)
  }

  private func restoreStorage(_ section: StateReader.Section) throws(StateError) {
    if section.name == "hash page tables" {
      return try section.fields { coder throws(StateError) in try codeTableSizes(&coder) }
    }
    guard let storage = storage.first(where: { $0.name == section.name }) else {
      throw section.error(.section(expected: "memory", found: section.title))
    }
    try storage.restore(section)
  }
}

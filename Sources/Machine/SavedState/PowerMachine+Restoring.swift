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
  public let level: CompatibilityLevel?
  var reader: StateReader
  /// The section after those that were read for this.
  var next: StateReader.Section

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
    var level: CompatibilityLevel?
    guard var next = try reader.next() else { throw StateError(.truncated, at: reader.offset) }
    if next.name == "compatibility" {
      var name = ""
      try next.fields { coder throws(StateError) in
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
      next = try reader.nextOfSome()
    }
    self.level = level
    self.next = next
  }
}

extension StateReader {
  /// The next section, where the state cannot end.
  fileprivate mutating func nextOfSome() throws(StateError) -> Section {
    guard let section = try next() else { throw StateError(.truncated, at: offset) }
    return section
  }
}

extension SavedMachine {
  /// The next section, which must be this one.
  fileprivate mutating func take(
    _ name: String, instance: UInt32 = 0
  ) throws(StateError) -> StateReader.Section {
    let section = next
    guard section.name == name, section.instance == instance else {
      throw section.error(.section(expected: name, found: section.title))
    }
    next = try reader.nextOfSome()
    return section
  }
}

extension PowerMachine {
  /// Gives a machine that has not run the state of another, whose description it has but for the
  /// processor.
  public func restore(_ saved: SavedMachine) throws(StateError) {
    var saved = saved
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
    if saved.next.name == "firmware" {
      let firmware = makeFirmware(DeviceTree(), loaded: [])
      try saved.take("firmware").fields { coder throws(StateError) in try firmware.code(&coder) }
      self.firmware = firmware
      setHomeNodes(firmware.tree)
    }
    var section: StateReader.Section? = saved.next
    while let piece = section {
      guard let storage = pieces.first(where: { $0.name == piece.name }) else {
        throw piece.error(.section(expected: "memory", found: piece.title))
      }
      try storage.restore(piece)
      section = try saved.reader.next()
    }
  }
}

public import PowerISA
public import ProcessorCatalog

/// A processor model by the name libvirt gives a generation: `POWER7` is POWER7 and POWER7+.
public struct CPUModel: Hashable, Sendable {
  /// libvirt's name: `POWER8`.
  public var name: String
  /// libvirt's name of the vendor: `IBM`.
  public var vendor: String
  /// The upper halves of the version registers of its chips, the usual one first.
  public var generations: [UInt16]

  /// Every model, in libvirt's order.
  public static let all: [CPUModel] = [
    CPUModel(name: "POWER6", vendor: "IBM", generations: [0x003e]),
    CPUModel(name: "POWER7", vendor: "IBM", generations: [0x003f, 0x004a]),
    CPUModel(name: "POWER8", vendor: "IBM", generations: [0x004d, 0x004b, 0x004c]),
    CPUModel(name: "POWER9", vendor: "IBM", generations: [0x004e]),
    CPUModel(name: "POWER10", vendor: "IBM", generations: [0x0080]),
    CPUModel(name: "POWER11", vendor: "IBM", generations: [0x0082]),
    CPUModel(name: "POWERPC_e5500", vendor: "Freescale", generations: [0x8024]),
    CPUModel(name: "POWERPC_e6500", vendor: "Freescale", generations: [0x8040]),
  ]

  /// Names of single revisions that libvirt used before it had generations.
  private static let legacy = [
    "POWER7_v2.1": "POWER7", "POWER7_v2.3": "POWER7", "POWER7+_v2.1": "POWER7",
    "POWER8_v1.0": "POWER8",
  ]

  /// The model called `name` today or formerly.
  public static func named(_ name: String) -> CPUModel? {
    let name = legacy[name] ?? name
    return all.first { $0.name == name }
  }

  /// The model of a processor with this version register: known exactly, by mask or by generation.
  public init?(version: UInt32) {
    guard let chip = RecognizedProcessor.recognize(version: version)?.processor,
      let model = Self.all.first(where: { $0.generations.contains(UInt16(chip.value >> 16)) })
    else { return nil }
    self = model
  }

  private init(name: String, vendor: String, generations: [UInt16]) {
    (self.name, self.vendor, self.generations) = (name, vendor, generations)
  }
}

extension CPUModel {
  /// The family of its chips.
  public var family: ProcessorFamily? {
    RecognizedProcessor.recognize(version: UInt32(generations[0]) << 16)?.processor.family
  }

  /// The processors of this package that it covers, the usual one first.
  public var processors: [ProcessorModel] {
    generations.flatMap { generation in
      ProcessorModel.all.filter { UInt16($0.version >> 16) == generation }
    }
  }

  /// The place in the order of generations; nil for what is no POWER server.
  var rank: Int? { family == .server64 ? Self.all.firstIndex(of: self) : nil }

  static var names: String { all.map(\.name).joined(separator: ", ") }
}

extension CompatibilityLevel {
  /// The compatibility modes that libvirt knows, which have no half generations.
  static let modes = allCases.filter { $0 >= .power6 && $0 != .power7Plus }

  static func mode(_ name: String) -> CompatibilityLevel? { modes.first { $0.name == name } }

  static var modeNames: String { modes.map(\.name).joined(separator: ", ") }
}

internal import MachineDescription

/// A setting of the controller that drivers read and change: one row of the table (NVM Express 1.4,
/// 5.21.1).
struct NVMeFeature: Sendable {
  /// The feature's identifier.
  enum Identifier: UInt8, Sendable {
    case arbitration = 0x01
    case powerManagement = 0x02
    case temperatureThreshold = 0x04
    case errorRecovery = 0x05
    case writeCache = 0x06
    case queues = 0x07
    case interruptCoalescing = 0x08
    case interruptVector = 0x09
    case writeAtomicity = 0x0A
    case events = 0x0B
  }

  /// What a row's functions get: the controller, and double word 11.
  typealias Function =
    @Sendable (_ controller: NVMeController, _ word: UInt32) throws(NVMeStatus) -> UInt32

  let identifier: Identifier
  /// Whether each namespace has its own.
  let isOfNamespace: Bool
  /// Which of the feature's values a command means.
  let selector: Function
  /// The value of a selector before a driver has set it.
  let initial: @Sendable (_ controller: NVMeController, _ selector: UInt32) -> UInt32
  /// The value that a driver sets.
  let accepted: Function

  private init(
    _ identifier: Identifier, isOfNamespace: Bool = false,
    selector: @escaping Function = { _, _ in 0 },
    initial: @escaping @Sendable (NVMeController, UInt32) -> UInt32 = { _, _ in 0 },
    accepted: @escaping Function
  ) {
    (self.identifier, self.isOfNamespace) = (identifier, isOfNamespace)
    (self.selector, self.initial, self.accepted) = (selector, initial, accepted)
  }

  /// Every feature.
  static let all: [NVMeFeature] = [
    .init(.arbitration) { _, word in word & 0xFFFF_FF07 },
    // Power state 0, with a workload hint.
    .init(.powerManagement) { _, word throws(NVMeStatus) in
      guard word & 0x1F == 0 else { throw .invalidField }
      return word & 0xE0
    },
    // Over and under the composite temperature.
    .init(
      .temperatureThreshold,
      selector: { _, word throws(NVMeStatus) in
        guard word >> 16 & 0xF == 0, word >> 20 & 3 < 2 else { throw .invalidField }
        return word >> 20 & 3
      }, initial: { _, selector in selector == 0 ? UInt32(NVMeLog.warningTemperature) : 0 }
    ) { _, word in word & 0xFFFF },
    // A time limit; that a block was given up is no error of reading it.
    .init(.errorRecovery, isOfNamespace: true) { _, word throws(NVMeStatus) in
      guard word >> 16 & 1 == 0 else { throw .invalidField }
      return word & 0xFFFF
    },
    .init(.writeCache, initial: { _, _ in 1 }) { _, word in word & 1 },
    // What there is, whatever is asked for.
    .init(
      .queues, initial: { controller, _ in UInt32(controller.mostQueues &- 1) &* 0x1_0001 }
    ) { controller, word throws(NVMeStatus) in
      guard word & 0xFFFF != 0xFFFF, word >> 16 != 0xFFFF else { throw .invalidField }
      guard controller.state.completion.count <= 1, controller.state.submission.count <= 1 else {
        throw .sequenceError
      }
      return UInt32(controller.mostQueues &- 1) &* 0x1_0001
    },
    .init(.interruptCoalescing) { _, word in word & 0xFFFF },
    .init(
      .interruptVector,
      selector: { controller, word throws(NVMeStatus) in
        guard word & 0xFFFF < controller.vectors else { throw .invalidField }
        return word & 0xFFFF
      }, initial: { _, selector in selector }
    ) { _, word in word & 0x1_FFFF },
    .init(.writeAtomicity) { _, word in word & 1 },
    // Critical warnings.
    .init(.events) { _, word in word & 0xFF },
  ]

  /// The row of an identifier.
  static func row(_ identifier: UInt8) throws(NVMeStatus) -> NVMeFeature {
    guard let row = all.first(where: { $0.identifier.rawValue == identifier }) else {
      throw .invalidField
    }
    return row
  }

  /// What the controller has the value of a selector by.
  func key(_ selector: UInt32) -> UInt32 { UInt32(identifier.rawValue) << 16 | selector }
}

extension NVMeController {
  /// The value of a feature that has only one.
  func value(of identifier: NVMeFeature.Identifier, _ selector: UInt32 = 0) -> UInt32 {
    let key = UInt32(identifier.rawValue) << 16 | selector
    return state.features[key]
      ?? NVMeFeature.all.first { $0.identifier == identifier }?.initial(self, selector) ?? 0
  }

  /// The feature of a command, and whether the command's namespace fits it.
  private func feature(_ command: NVMeCommand) throws(NVMeStatus) -> NVMeFeature {
    let feature = try NVMeFeature.row(UInt8(truncatingIfNeeded: command.word(10)))
    let namespace = command.namespace
    guard [0, Self.namespace, Self.allNamespaces].contains(namespace),
      namespace != 0 || !feature.isOfNamespace
    else { throw .invalidNamespace }
    return feature
  }

  func getFeatures(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let feature = try feature(command)
    let select = command.word(10) >> 8 & 7
    // Supported capabilities: it can be changed, and is of a namespace; it cannot be saved.
    if select == 3 { return .done(4 | (feature.isOfNamespace ? 2 : 0)) }
    let selector = try feature.selector(self, command.word(11))
    switch select {
    case 0: return .done(value(of: feature.identifier, selector))
    // The default value, which is the saved one.
    case 1, 2: return .done(feature.initial(self, selector))
    default: throw .invalidField
    }
  }

  func setFeatures(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let feature = try feature(command)
    guard !command.has(31, of: 10) else { throw .notSaveable }
    guard feature.isOfNamespace || command.namespace != Self.namespace else {
      throw .notOfNamespace
    }
    let selector = try feature.selector(self, command.word(11))
    let value = try feature.accepted(self, command.word(11))
    state.features[feature.key(selector)] = value
    switch feature.identifier {
    case .queues: return .done(value)
    case .temperatureThreshold, .events:
      // Bit 1: the temperature is above or below a threshold.
      if isTemperatureWarning, self.value(of: .events) & 2 != 0 { report(.temperature) }
    default: break
    }
    return .done()
  }

  /// Whether the temperature is not between the thresholds.
  var isTemperatureWarning: Bool {
    let temperature = UInt32(NVMeLog.temperature)
    return temperature >= value(of: .temperatureThreshold, 0)
      || temperature <= value(of: .temperatureThreshold, 1)
  }
}

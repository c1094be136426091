public import GuestMemory
public import PowerISA

/// A processor in a byte order, for which QEMU has a user mode.
public struct ComparisonEnvironment: Hashable, Sendable {
  /// The model that QEMU's `-cpu` and our interpreter are given.
  public let processor: ProcessorModel
  /// The byte order of instructions and data.
  public let order: Endianness

  /// A model in a byte order; QEMU need not have it.
  public init(processor: ProcessorModel, order: Endianness) {
    self.processor = processor
    self.order = order
  }

  /// The processors that qemu-ppc64 7.2 has models of; POWER6 and Power11 are not among them.
  public static let processors: [ProcessorModel] = [
    .ppc970, .power5Plus, .power7, .power8, .power9, .power10,
  ]

  /// Every environment, oldest processor first: little-endian Linux starts with POWER8.
  public static let all: [ComparisonEnvironment] = processors.flatMap { processor in
    [Endianness.big, .little].compactMap { order in
      order == .little && processor.isa < .v2_07
        ? nil : ComparisonEnvironment(processor: processor, order: order)
    }
  }

  /// The runner's VARIANT: which vector registers there are, and TAR.
  var runnerVariant: Int {
    processor.facilities.vector == 2
      ? (processor.isa >= .v2_07 ? 3 : 2) : processor.facilities.vector
  }

  /// `power9 big-endian`.
  public var name: String { "\(processor.name) \(order == .big ? "big" : "little")-endian" }
}

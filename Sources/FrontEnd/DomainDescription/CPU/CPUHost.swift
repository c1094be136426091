internal import HostSupport
public import PowerISA
public import ProcessorCatalog

/// The processor of a host, of which there may be no model here.
public struct CPUHost: Hashable, Sendable, CustomStringConvertible {
  /// What libvirt calls its generation; nil where libvirt has no name for it.
  public var model: CPUModel?
  /// The model of it here, if there is one.
  public var processor: ProcessorModel?
  /// Its name, with its family where that is not the one of partitions.
  public let description: String

  /// A host whose processor is one of the models here.
  public init(_ processor: ProcessorModel) {
    self.init(
      model: CPUModel(version: processor.version), processor: processor,
      description: processor.name)
  }

  /// A chip that is known by its version register.
  public init(_ chip: RecognizedProcessor) {
    if let processor = chip.model {
      self.init(processor)
      return
    }
    let name = chip.family == .server64 ? chip.name : "\(chip.name), a \(chip.family) processor,"
    self.init(model: CPUModel(version: chip.value), processor: nil, description: name)
  }

  private init(model: CPUModel?, processor: ProcessorModel?, description: String) {
    (self.model, self.processor, self.description) = (model, processor, description)
  }

  /// By the name of a processor here, of a chip, or libvirt's of a generation; or by a version
  /// register in hexadecimal after `0x`.
  public init?(named name: String) {
    if let processor = ProcessorModel.named(name) ?? CPUModel.named(name)?.processors.first {
      self.init(processor)
      return
    }
    let version =
      UInt32(hexadecimal: name) ?? CPUModel.named(name).map { UInt32($0.generations[0]) << 16 }
    let chip =
      version.map { RecognizedProcessor.recognize(version: $0)?.processor }
      ?? RecognizedProcessor.named(name)
    guard let chip else { return nil }
    self.init(chip)
  }
}

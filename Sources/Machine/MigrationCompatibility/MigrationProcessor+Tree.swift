internal import HostSupport
internal import PlatformTree
public import DeviceTree
public import PowerISA
internal import MachineDescription
public import ProcessorCatalog

/// Why a tree does not say which processor its machine has.
public enum ProcessorIdentificationError: Error, Hashable, CustomStringConvertible {
  /// There is no boot processor with `cpu-version`.
  case noVersion
  /// No processor here has the PVR.
  case unknownVersion(UInt32)
  /// No level has the logical PVR.
  case unknownLevel(logicalPVR: UInt32)
  /// The tree has a logical PVR, and the name of the processor's node is that of no processor here.
  case unknownNode(String, level: CompatibilityLevel)

  /// The reason in words, with the number or the name.
  public var description: String {
    switch self {
    case .noVersion: "there is no boot processor with a cpu-version"
    case .unknownVersion(let version):
      "no processor here has the PVR \(version.hexadecimal(digits: 8))"
    case .unknownLevel(let version):
      "no level here has the logical PVR \(version.hexadecimal(digits: 8))"
    case .unknownNode(let name, let level):
      "it shows the level \(level), and \(name) names no processor known here"
    }
  }
}

extension MigrationProcessor {
  /// The processor of a tree's machine, and the level that it shows.
  ///
  /// A tree that shows a level has its logical PVR in the place of the processor's own; what is left
  /// of the processor is then the name of its node, and its PVR is not known.
  public init(_ tree: DeviceTree) throws(ProcessorIdentificationError) {
    guard let node = tree.bootProcessorNode, let version = node["cpu-version"]?.cell else {
      throw .noVersion
    }
    guard version >> 24 == 0x0F else {
      guard let model = RecognizedProcessor.recognize(version: version)?.processor.model else {
        throw .unknownVersion(version)
      }
      self.init(model: model, version: version)
      return
    }
    guard let level = CompatibilityLevel(logicalPVR: version) else {
      throw .unknownLevel(logicalPVR: version)
    }
    let model = ProcessorModel.all.first {
      // Of those with one node name, the one that has it for its own.
      $0.nodeName == node.baseName && $0.nodeName.lowercased().hasSuffix($0.name)
    }
    guard let model else {
      throw .unknownNode(node.name, level: level)
    }
    self.init(model: model, level: level)
    isVersionKnown = false
  }
}

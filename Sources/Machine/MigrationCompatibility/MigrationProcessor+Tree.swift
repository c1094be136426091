internal import PlatformTree
public import DeviceTree
public import PowerISA
internal import MachineDescription

/// Why a tree does not tell which processor its machine has.
public struct UnknownProcessorError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

extension MigrationProcessor {
  /// The processor of a tree's machine, and the level that it shows.
  ///
  /// A tree that shows a level has its logical PVR in the place of the processor's own; what is left
  /// of the processor is then the name of its node, and its PVR is not known.
  public init(_ tree: DeviceTree) throws(UnknownProcessorError) {
    guard let node = tree.bootProcessorNode, let version = node["cpu-version"]?.cell else {
      throw UnknownProcessorError(description: "there is no boot processor with a cpu-version")
    }
    guard version >> 24 == 0x0F else {
      guard let model = RecognizedProcessor.recognize(version: version)?.processor.model else {
        throw UnknownProcessorError(description: "no processor here has the PVR \(hex(version))")
      }
      self.init(model: model, version: version)
      return
    }
    guard let level = CompatibilityLevel(logicalPVR: version) else {
      throw UnknownProcessorError(description: "no level here has the logical PVR \(hex(version))")
    }
    let model = ProcessorModel.all.first {
      // Of those with one node name, the one that has it for its own.
      $0.nodeName == node.baseName && $0.nodeName.lowercased().hasSuffix($0.name)
    }
    guard let model else {
      throw UnknownProcessorError(
        description: "it shows the level \(level), and \(node.name) names no processor known here")
    }
    self.init(model: model, level: level)
    isVersionKnown = false
  }
}

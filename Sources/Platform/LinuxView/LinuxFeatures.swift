public import DeviceTree
internal import PlatformTree
public import PowerISA

/// The feature words that a Linux guest derives from a tree for its programs.
public struct LinuxFeatures: Hashable, Sendable {
  /// `cpu-version`.
  public var processorVersion: UInt32
  /// The row of Linux's table for that version.
  public var processor: LinuxProcessor
  /// AT_HWCAP.
  public var capabilities: HardwareCapabilities
  /// AT_HWCAP2.
  public var capabilities2: HardwareCapabilities2

  /// The architected level, nil for a processor shown as it is.
  public var level: CompatibilityLevel? { CompatibilityLevel(logicalPVR: processorVersion) }

  /// Reads the node of the processor that boots, as the kernel does early; nil when no "cpu" node
  /// has that number or a version.
  public init?(_ tree: DeviceTree) {
    guard let node = tree.bootProcessorNode, let version = node["cpu-version"]?.cell else {
      return nil
    }
    processorVersion = version
    processor = LinuxProcessor(version: version)
    capabilities = processor.capabilities
    capabilities2 = processor.capabilities2
    addFacilities(node)
    applyAttributes(node)
  }

  private mutating func addFacilities(_ node: Node) {
    let vector = node["ibm,vmx"]?.cell ?? 0
    if vector >= 1 || node.has("altivec") { capabilities.insert(.altivec) }
    if vector >= 2 { capabilities.insert(.vsx) }
    if (node["ibm,dfp"]?.cell ?? 0) >= 1 { capabilities.insert(.dfp) }
  }

  /// Existing bits replace the table's, set or clear; bits beyond the end keep the table's.
  private mutating func applyAttributes(_ node: Node) {
    guard let value = node["ibm,pa-features"],
      let attributes = ProcessorAttributes(property: value.bytes)
    else { return }
    func advertised(_ bit: ProcessorAttributes.Bit) -> Bool? {
      bit.byte < attributes.bytes.count ? attributes[bit] : nil
    }
    let words: [(ProcessorAttributes.Bit, HardwareCapabilities)] = [
      (.memoryManagement, .mmu), (.floatingPoint, .fpu), (.littleEndian, .trueLittleEndian),
    ]
    for (bit, capability) in words {
      guard let isOn = advertised(bit) else { continue }
      if isOn { capabilities.insert(capability) } else { capabilities.remove(capability) }
    }
    let transactional: HardwareCapabilities2 = [
      .transactionalMemory, .transactionalMemoryNoSyscall,
    ]
    if let isOn = advertised(.transactionalMemory) {
      if isOn {
        capabilities2.formUnion(transactional)
      } else {
        capabilities2.subtract(transactional)
      }
    }
  }
}

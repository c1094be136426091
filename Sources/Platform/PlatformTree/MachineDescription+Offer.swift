internal import Hypervisor
public import MachineDescription
public import MachineDescription
public import OpenFirmware
internal import PowerISA

extension MachineDescription {
  /// What this machine brings to a negotiation.
  public func platformOffer(served: ServedCalls) -> PlatformOffer {
    var options = PlatformOffer.usualOptions.union([.associativityForm2])
    if !served.hasHypercalls(.splpar) { options.remove(.splpar) }
    if !served.hasHypercalls(.hptResize) { options.remove(.hashTableResize) }
    if devices.random && served.hasHypercalls(.random) { options.insert(.randomNumbers) }
    if memory > realModeArea || maximumMemory > memory {
      options.formUnion([.dynamicMemory, .dynamicMemory2])
    }
    var offer = PlatformOffer(
      processor: processor, maximumLevel: maximumLevel,
      flavor: flavor == .qemu ? .qemu : .lopar, options: options,
      translation: allowsRadix && processor.hasRadix ? .either : .older, interrupts: .older,
      maximumProcessors: UInt32(topology.maximum / topology.threads),
      realModeArea: realModeArea)
    if !offer.translation(at: offer.newestISA).includesNewer && flavor == .lopar {
      offer.options.remove(.radixGTSE)
    }
    return offer
  }
}

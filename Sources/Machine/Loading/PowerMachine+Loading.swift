internal import Hypervisor
internal import GuestMemory
internal import OpenFirmware
internal import PowerCPU

extension PowerMachine {
  /// Where a kernel is put: above the interrupt vectors and what firmware keeps.
  static let kernelBase: UInt64 = 0x40_0000

  /// Enters a kernel with a flattened tree in r3, as kexec and the epapr binding do.
  public func startFlat(kernel file: [UInt8], tree: [UInt8]) throws {
    let image = try ELFImage(file)
    try load(image, file, at: Self.kernelBase)
    let treeAddress = (Self.kernelBase + image.extent + 0xF_FFFF) & ~0xF_FFFF
    try memory.write(tree, at: treeAddress)
    try memory.write(FirmwareImages.rtas, at: 0x1ff00000)
    slots[0].engine.reset()
    partition.start(slots[0].processor, at: entry(image), argument: treeAddress)
    slots[0].engine[gpr: 4] = Self.kernelBase
    slots[0].engine[gpr: 5] = 0
  }

  /// Address of the first instruction of an image loaded at ``kernelBase``.
  func entry(_ image: ELFImage) -> UInt64 {
    Self.kernelBase &+ (image.physicalEntry &- image.lowestAddress)
  }

  /// Puts an image's segments into memory, the lowest at `base`.
  func load(_ image: ELFImage, _ file: [UInt8], at base: UInt64) throws {
    for segment in image.segments {
      let address = base &+ (segment.physicalAddress &- image.lowestAddress)
      try memory.fill(Int(clamping: segment.memorySize), at: address)
      try memory.write(
        Array(file[segment.fileOffset..<segment.fileOffset + segment.fileSize]), at: address)
    }
  }
}

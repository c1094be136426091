import Devices
import Glibc
import GuestMemory
import Hypervisor
import MachineDescription
import PowerISA

/// A partition with its memory, the last two pages of which no device may write.
struct FuzzBoard {
  private static let guardSize: UInt64 = 0x2000
  private static let pattern = [UInt8](repeating: 0x5A, count: Int(guardSize))

  let memory: GuestMemory
  let partition: Partition

  /// - Parameters:
  ///   - size: bytes of memory.
  ///   - change: adds what the partition has besides.
  init(size: UInt64 = 1 << 20, _ change: (inout HypervisorFeatures) -> Void = { _ in }) throws {
    memory = try GuestMemory(size: size)
    var features = HypervisorFeatures(processor: .power9)
    change(&features)
    partition = Partition(
      features: features, space: RealAddressSpace(memory: memory), clock: RealTimeClock(),
      nvram: NVRAM())
    try memory.write(Self.pattern, at: guarded)
  }

  /// A bridge of the partition.
  func bridge(_ number: UInt32 = 0) -> VirtualPCIBridge {
    VirtualPCIBridge(
      PCIBridgeLayout(number: number), partition, pool: MessagePool(), maximumMemory: memory.size)
  }

  /// The real address from which on no device may write.
  var guarded: UInt64 { memory.size - Self.guardSize }

  /// Gives each page the bus address that is its real address. Devices may only read the last page
  /// but one, and the last one has no entry.
  func map(_ window: TCETable?) {
    guard let window else { return }
    for page in 0..<memory.size >> 12 - 1 {
      window[page] = page << 12 | (page << 12 < guarded ? 3 : 1)
    }
    window[memory.size >> 12 - 1] = 0
  }

  /// Whether the last two pages are as they were.
  var isSound: Bool {
    Self.pattern.withUnsafeBytes { bytes in
      bytes.baseAddress.map { memcmp(memory.base + Int(guarded), $0, bytes.count) == 0 } ?? false
    }
  }
}

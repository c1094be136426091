internal import GuestMemory
public import Hypervisor
public import MachineDescription

/// A virtio entropy device (virtio 1.2, 5.4).
final class VirtIORandom: VirtIODevice {
  /// The most bytes of a request; a device may give fewer than are asked for.
  private static let largestAnswer: UInt64 = 64 << 10

  private let source: @Sendable () -> UInt64

  /// - Parameter source: 64 random bits.
  init(_ source: @escaping @Sendable () -> UInt64) { self.source = source }

  let queueSizes: [UInt16] = [64]
  let features: UInt64 = 0
  let configuration: [UInt8] = []

  func notified(queue: Int, _ transport: VirtIOTransport) {
    transport.serveAll(queue: queue) { request in
      let count = Int(min(request.writableCount, Self.largestAnswer))
      guard count > 0, request.readable.isEmpty else { return transport.fail() }
      let words = (0..<(count + 7) / 8).map { _ in source().littleEndian }
      let bytes = words.withUnsafeBytes { Array($0.prefix(count)) }
      do throws(DMAError) { try transport.dma.write(bytes, to: request.writable, from: 0) } catch {
        return transport.fail()
      }
      transport.complete(request, queue: queue, written: UInt32(count))
      transport.interrupt(queue: queue)
    }
  }
}

extension VirtIOTransport {
  /// An entropy device.
  /// - Parameters:
  ///   - description: the device.
  ///   - dma: memory as functions of its bus reach it.
  ///   - source: 64 random bits.
  public static func random(
    _ description: PCIDevice, dma: DMASpace, source: @escaping @Sendable () -> UInt64
  ) -> VirtIOTransport {
    VirtIOTransport(VirtIORandom(source), description, dma: dma)
  }
}

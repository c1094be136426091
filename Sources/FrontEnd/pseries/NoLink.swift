internal import Devices

/// The link of a card that is connected to nothing: what the guest sends is lost.
final class NoLink: NetworkLink {
  let descriptor: Int32 = -1
  let format = LinkFormat.wire
  let isUp = false
  let hasFrame = false

  func hasRoom() -> Bool { true }
  func send(_ frame: UnsafeRawBufferPointer) {}
  func flush() -> Bool { true }
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival { .nothing }
  func setReceiveOffload(_ offload: ReceiveOffload) {}
}

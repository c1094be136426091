internal import CLibFDT

extension DeviceTree {
  /// The tree with an overlay merged into it: a blob whose fragments name their targets by path, or
  /// by label when this tree has `__symbols__`.
  public func applying(overlay blob: [UInt8]) throws(DeviceTreeError) -> DeviceTree {
    let overlay = try DeviceTree(blob: blob)
    guard overlay.root.children.contains(where: { $0.child(named: "__overlay__") != nil }) else {
      throw .overlay("it has no fragment with an __overlay__ node")
    }
    let base = try self.blob()
    let overlayBlob = try overlay.blob()
    // Symbols that move along with their nodes get longer paths, so the result can be larger than
    // the sum.
    var room = 2 * overlayBlob.count + 4096
    while true {
      do {
        return try Self.merge(base, overlayBlob, room: room)
      } catch .overlay(Self.noSpace) where room < 64 << 20 {
        room *= 4
      }
    }
  }

  private static func merge(
    _ base: [UInt8], _ overlay: [UInt8], room: Int
  ) throws(DeviceTreeError) -> DeviceTree {
    // libfdt changes the overlay as well, and both in place.
    let target = aligned(base, size: base.count + room)
    let source = aligned(overlay, size: overlay.count)
    defer {
      target.deallocate()
      source.deallocate()
    }
    try check(fdt_open_into(target.baseAddress, target.baseAddress, Int32(clamping: target.count)))
    try check(fdt_overlay_apply(target.baseAddress, source.baseAddress))
    return try DeviceTree(blob: Array(target))
  }

  private static let noSpace = String(cString: fdt_strerror(-FDT_ERR_NOSPACE))

  /// A copy at an address that is a multiple of eight, as libfdt wants it.
  private static func aligned(_ bytes: [UInt8], size: Int) -> UnsafeMutableRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    copy.copyBytes(from: bytes)
    return copy
  }

  private static func check(_ result: Int32) throws(DeviceTreeError) {
    guard result < 0 else { return }
    throw .overlay(fdt_strerror(result).map { String(cString: $0) } ?? "error \(result)")
  }
}

extension UnsafeRawBufferPointer {
  /// Where the packet of an Ethernet frame is, behind one tag of a virtual network at most, and its protocol;
  /// nil for what is no frame of 18 bytes.
  var packet: (offset: Int, kind: UInt16)? {
    guard count >= 18 else { return nil }
    let kind: UInt16 = big(12)
    return kind == 0x8100 ? (18, big(16)) : (14, kind)
  }

  /// A big-endian number of a header, which is within the bytes.
  func big<T: FixedWidthInteger>(_ offset: Int, as _: T.Type = T.self) -> T {
    T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension UnsafeMutableRawBufferPointer {
  /// A big-endian number of a header, which is within the bytes.
  func big<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
    UnsafeRawBufferPointer(self).big(offset, as: type)
  }

  /// Stores a big-endian number.
  func putBig<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }

  /// Stores a little-endian number.
  func putLittle<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}

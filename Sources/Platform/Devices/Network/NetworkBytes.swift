extension UnsafeRawBufferPointer {
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

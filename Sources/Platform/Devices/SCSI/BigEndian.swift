internal import HostSupport

extension FixedWidthInteger {
  /// The number that bytes stand for, the most significant first.
  init(bigEndianBytes bytes: some BidirectionalCollection<UInt8>) {
    self.init(littleEndianBytes: Array(bytes.reversed()))
  }

  /// The bytes of the number, the most significant first.
  var bigEndianBytes: [UInt8] { littleEndianBytes.reversed() }
}

extension [UInt8] {
  /// Stores a number, the most significant byte first. All of it is within the array.
  mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    replaceSubrange(offset..<offset + T.bitWidth / 8, with: value.bigEndianBytes)
  }
}

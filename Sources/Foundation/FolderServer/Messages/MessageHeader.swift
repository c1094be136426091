internal import HostSupport

/// What every message of 9P begins with: its size, its type and its tag, little-endian.
package struct MessageHeader: Hashable, Sendable {
  /// Bytes of a header.
  package static let size = 7

  /// Bytes of the message with this header.
  package var messageSize: Int
  /// The number of an operation for a request, and the next number for its answer.
  package var type: UInt8
  /// What the client distinguishes its requests by.
  package var tag: UInt16

  /// A header from its values.
  package init(messageSize: Int, type: UInt8, tag: UInt16) {
    (self.messageSize, self.type, self.tag) = (messageSize, type, tag)
  }

  /// A header from its bytes; nil when there are fewer than ``size``.
  package init?(_ bytes: some BidirectionalCollection<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    messageSize = Int(UInt32(littleEndianBytes: bytes.prefix(4)))
    type = bytes.dropFirst(4).first ?? 0
    tag = UInt16(littleEndianBytes: bytes.dropFirst(5).prefix(2))
  }

  /// The bytes of the header.
  package var bytes: [UInt8] {
    UInt32(clamping: messageSize).littleEndianBytes + [type] + tag.littleEndianBytes
  }

  /// The answer to a request that failed.
  /// - Parameter number: an `errno` value as Linux has them.
  package static func failure(_ number: Int32, tag: UInt16) -> [UInt8] {
    let header = MessageHeader(messageSize: failureSize, type: MessageType.failure, tag: tag)
    return header.bytes + UInt32(bitPattern: number).littleEndianBytes
  }

  /// Bytes of such an answer.
  package static let failureSize = size + 4
}

/// Types of messages that are used by name.
package enum MessageType {
  /// The answer to a request that failed (Rlerror).
  package static let failure: UInt8 = 7
  /// The first message of a client; it forgets all its files (Tversion).
  package static let version: UInt8 = 100
  /// What a client has open, for a saved state. No guest may send it.
  package static let save: UInt8 = 240
  /// Opens what a saved state has. No guest may send it.
  package static let restore: UInt8 = 242

  /// Whether a guest may send a message of this type.
  package static func isForGuests(_ type: UInt8) -> Bool { type < save }
}

/// Expands one compressed stream in steps.
protocol StreamDecoder: AnyObject {
  /// Expands as much as possible of the next input.
  /// - Parameter isLast: whether no input follows.
  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    isLast: Bool
  ) throws(DecoderError) -> DecoderStep

  /// Whether a stream without an end mark may end after the input so far.
  var mayEndHere: Bool { get }
}

extension StreamDecoder {
  var mayEndHere: Bool { false }
}

/// The result of a step, in bytes.
struct DecoderStep {
  var consumed: Int
  var produced: Int
  /// Whether the stream has ended.
  var isEnd: Bool
}

/// The reason for which a step failed.
enum DecoderError: Error, Equatable {
  case damaged
  case tooLarge
  case needsMemory
  case interrupted
  case file(GuestFileError)

  /// The most memory of a decoder, in bytes: enough for files of `xz -9` and `zstd --ultra`.
  static let memoryLimit: UInt64 = 256 << 20
}

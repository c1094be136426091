/// Expands one compressed stream in steps.
protocol StreamDecoder: AnyObject {
  /// Expands what it can of the next input.
  /// - Parameter isLast: whether nothing follows this input.
  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    isLast: Bool
  ) throws(DecoderFailure) -> DecoderStep

  /// Whether a stream that has no mark of its end may end after what it was given.
  var mayEndHere: Bool { get }
}

extension StreamDecoder {
  var mayEndHere: Bool { false }
}

/// What a step has done, in bytes.
struct DecoderStep {
  var consumed: Int
  var produced: Int
  /// Whether the stream has ended.
  var isEnd: Bool
}

/// Why a step cannot be done.
enum DecoderFailure: Error, Equatable {
  case damaged
  case tooLarge
  case needsMemory
  case interrupted
  case file(GuestFileError)

  /// Bytes a decoder may use: enough for what `xz -9` and `zstd --ultra` ask for.
  static let memoryLimit: UInt64 = 256 << 20
}

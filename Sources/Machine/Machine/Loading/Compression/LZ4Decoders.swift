internal import CLZ4
internal import HostSupport

/// LZ4 frames, by liblz4.
final class LZ4Decoder: StreamDecoder {
  private let context: OpaquePointer

  init() throws(DecoderError) {
    var context: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0,
      let context
    else { throw .needsMemory }
    self.context = context
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    var (consumed, produced) = (input.count, output.count)
    let status = LZ4F_decompress(
      context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
    guard LZ4F_isError(status) == 0 else { throw .damaged }
    return DecoderStep(
      consumed: consumed, produced: produced, isEnd: status == 0 && consumed + produced > 0)
  }
}

/// The format before LZ4 had frames: the signature, then blocks of a little-endian size and that
/// many bytes of compressed data. Each block expands to 8 MiB, the last to less. There is no end
/// mark.
final class LZ4LegacyDecoder: StreamDecoder {
  private static let blockSize = 8 << 20
  /// The largest size of a compressed block, which is that of incompressible data.
  private static let largest = blockSize + blockSize / 255 + 16

  /// The bytes so far of a signature, a size or a block, which is complete at `wanted` bytes.
  private var part: [UInt8] = []
  private var wanted = 4
  private enum Kind { case signature, size, block }
  private var kind = Kind.signature
  /// An expanded block, and how much of it has been read.
  private var block: [UInt8] = []
  private var taken = 0

  var mayEndHere: Bool { kind == .size && part.isEmpty && taken == block.count }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    var step = DecoderStep(consumed: 0, produced: 0, isEnd: false)
    if taken < block.count {
      step.produced = min(block.count - taken, output.count)
      output.copyBytes(from: block[taken..<taken + step.produced])
      taken += step.produced
      return step
    }
    step.consumed = min(wanted - part.count, input.count)
    part.append(contentsOf: input[..<step.consumed])
    if part.count == wanted { try takePart() }
    return step
  }

  private func takePart() throws(DecoderError) {
    switch kind {
    case .signature: (kind, wanted) = (.size, 4)
    case .size:
      let size = Int(littleEndianBytes: part)
      // Another stream begins where a block could.
      if part != Compression.lz4Legacy.signature {
        guard size > 0, size <= Self.largest else { throw .damaged }
        (kind, wanted) = (.block, size)
      }
    case .block:
      try expand()
      (kind, wanted) = (.size, 4)
    }
    part.removeAll(keepingCapacity: true)
  }

  private func expand() throws(DecoderError) {
    var status: Int32 = -1
    block = [UInt8](unsafeUninitializedCapacity: Self.blockSize) { target, count in
      part.withUnsafeBytes { source in
        status = LZ4_decompress_safe(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
          Int32(clamping: source.count), Int32(clamping: Self.blockSize))
      }
      count = max(Int(status), 0)
    }
    guard status > 0 else { throw .damaged }
    taken = 0
  }
}

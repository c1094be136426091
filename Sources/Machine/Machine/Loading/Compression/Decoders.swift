internal import CBzip2
internal import CLZMA
internal import CZlib
internal import CZstd

/// gzip, by zlib.
final class GzipDecoder: StreamDecoder {
  // Safety: allocated here and freed with the decoder; zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init() throws(DecoderError) {
    stream.initialize(to: z_stream())
    // 16 asks for the gzip wrapper only.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, size) == Z_OK else {
      throw .needsMemory
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(clamping: output.count)
    let status = inflate(stream, Z_NO_FLUSH)
    // Z_BUF_ERROR means that there was nothing to do.
    guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status) else { throw .damaged }
    return DecoderStep(
      consumed: input.count - Int(stream.pointee.avail_in),
      produced: output.count - Int(stream.pointee.avail_out), isEnd: status == Z_STREAM_END)
  }
}

/// xz and lzma, by liblzma.
final class LZMADecoder: StreamDecoder {
  // Safety: allocated here and freed with the decoder.
  private let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)

  init(_ compression: Compression) throws(DecoderError) {
    stream.initialize(to: lzma_stream())
    let limit = DecoderError.memoryLimit
    let status =
      compression == .lzma
      ? lzma_alone_decoder(stream, limit) : lzma_stream_decoder(stream, limit, 0)
    guard status == LZMA_OK else { throw .needsMemory }
  }

  deinit {
    lzma_end(stream)
    stream.deallocate()
  }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    stream.pointee.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = input.count
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = output.count
    let status = lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
    if status == LZMA_MEMLIMIT_ERROR || status == LZMA_MEM_ERROR { throw .needsMemory }
    guard [LZMA_OK, LZMA_STREAM_END, LZMA_BUF_ERROR].contains(status) else { throw .damaged }
    return DecoderStep(
      consumed: input.count - stream.pointee.avail_in,
      produced: output.count - stream.pointee.avail_out,
      isEnd: status == LZMA_STREAM_END)
  }
}

/// Zstandard, by libzstd. Its window is at most 128 MiB unless more is allowed.
final class ZstandardDecoder: StreamDecoder {
  private let stream: OpaquePointer

  init() throws(DecoderError) {
    guard let stream = ZSTD_createDStream() else { throw .needsMemory }
    self.stream = stream
  }

  deinit { ZSTD_freeDStream(stream) }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = ZSTD_decompressStream(stream, &target, &source)
    if ZSTD_isError(status) != 0 {
      let code = ZSTD_getErrorCode(status)
      throw code == ZSTD_error_frameParameter_windowTooLarge
        || code == ZSTD_error_memory_allocation ? .needsMemory : .damaged
    }
    return DecoderStep(consumed: source.pos, produced: target.pos, isEnd: status == 0)
  }
}

/// bzip2, by libbz2.
final class Bzip2Decoder: StreamDecoder {
  // Safety: allocated here and freed with the decoder; libbz2 keeps its address.
  private let stream = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)

  init() throws(DecoderError) {
    stream.initialize(to: bz_stream())
    guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw .needsMemory }
  }

  deinit {
    BZ2_bzDecompressEnd(stream)
    stream.deallocate()
  }

  func step(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(DecoderError) -> DecoderStep {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: CChar.self)
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
    stream.pointee.avail_out = UInt32(clamping: output.count)
    let status = BZ2_bzDecompress(stream)
    if status == BZ_MEM_ERROR { throw .needsMemory }
    guard status == BZ_OK || status == BZ_STREAM_END else { throw .damaged }
    return DecoderStep(
      consumed: input.count - Int(stream.pointee.avail_in),
      produced: output.count - Int(stream.pointee.avail_out), isEnd: status == BZ_STREAM_END)
  }
}

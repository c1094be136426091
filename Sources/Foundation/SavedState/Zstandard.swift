internal import CZstd

/// Compression of what a saved state has much of, with Zstandard (RFC 8878).
public enum Zstandard {
  /// A frame that holds `bytes`. The fastest level: a migration waits for it.
  /// - Returns: nil when the host has no memory for it.
  public static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    let bound = ZSTD_compressBound(bytes.count)
    let frame = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      count = ZSTD_compress(target.baseAddress, bound, bytes.baseAddress, bytes.count, 1)
      if ZSTD_isError(count) != 0 { count = 0 }
    }
    return frame.isEmpty ? nil : frame
  }

  /// Fills `target` from a frame.
  /// - Returns: whether the frame is sound and has exactly that many bytes.
  public static func decompress(
    _ frame: [UInt8], into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let count = frame.withUnsafeBytes {
      ZSTD_decompress(target.baseAddress, target.count, $0.baseAddress, $0.count)
    }
    return ZSTD_isError(count) == 0 && count == target.count
  }
}

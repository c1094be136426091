internal import CZlib

/// Decompression of gzip files (RFC 1952).
public enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  public static func isCompressed(_ file: [UInt8]) -> Bool {
    file.starts(with: [0x1F, 0x8B])
  }

  /// The contents of a gzip file.
  /// - Parameter limit: bytes of output to accept: a small file can describe a very large one.
  public static func decompress(_ file: [UInt8], limit: Int = 1 << 30) throws(GzipError)
    -> [UInt8]
  {
    var stream = z_stream()
    // 16 asks for the gzip wrapper only.
    guard
      inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        == Z_OK
    else { throw .damaged(offset: 0) }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var input = file
    var status = Z_OK
    let count = input.count
    let consumed = input.withUnsafeMutableBufferPointer { source -> Int in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      while status == Z_OK, output.count <= limit {
        let produced = chunk.withUnsafeMutableBufferPointer { target -> Int in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return target.count - Int(stream.avail_out)
        }
        output.append(contentsOf: chunk[..<produced])
        if produced == 0, stream.avail_in == 0 { break }
      }
      return count - Int(stream.avail_in)
    }
    guard output.count <= limit else { throw .tooLarge(limit: limit) }
    guard status == Z_STREAM_END else { throw .damaged(offset: consumed) }
    return output
  }
}

/// Why a gzip file cannot be decompressed.
public enum GzipError: Error, Equatable, CustomStringConvertible {
  case damaged(offset: Int)
  case tooLarge(limit: Int)

  public var description: String {
    switch self {
    case .damaged(let offset): "gzip data damaged or cut short near offset \(offset)"
    case .tooLarge(let limit): "gzip data expands to more than \(limit) bytes"
    }
  }
}

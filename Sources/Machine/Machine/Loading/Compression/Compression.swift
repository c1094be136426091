internal import HostSupport

/// The compressions of kernel images, recognised by the first bytes of a file.
public enum Compression: String, CaseIterable, Sendable {
  /// RFC 1952.
  case gzip
  case xz
  /// The predecessor of xz: `.lzma`.
  case lzma
  /// RFC 8878.
  case zstd
  case bzip2
  /// LZ4 frames, and the older form that `lz4 -l` writes.
  case lz4
  case lz4Legacy = "lz4 (legacy form)"

  /// The first bytes of a file.
  var signature: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    // The properties that every encoder writes by default, and a dictionary of a multiple of 64
    // KiB.
    case .lzma: [0x5D, 0x00, 0x00]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .bzip2: [0x42, 0x5A, 0x68]
    case .lz4: [0x04, 0x22, 0x4D, 0x18]
    case .lz4Legacy: [0x02, 0x21, 0x4C, 0x18]
    }
  }

  /// The compression of a file with these first bytes; nil for other files.
  public init?(ofFileBeginningWith start: [UInt8]) {
    guard let match = Self.allCases.first(where: { start.starts(with: $0.signature) }) else {
      return nil
    }
    self = match
  }

  /// Bytes of the longest signature.
  static let signatureSize = 6

  func decoder() throws(DecoderError) -> any StreamDecoder {
    switch self {
    case .gzip: try GzipDecoder()
    case .xz, .lzma: try LZMADecoder(self)
    case .zstd: try ZstandardDecoder()
    case .bzip2: try Bzip2Decoder()
    case .lz4: try LZ4Decoder()
    case .lz4Legacy: LZ4LegacyDecoder()
    }
  }

  /// The expanded contents of a file of this compression. Consecutive streams are concatenated.
  /// - Parameters:
  ///   - file: the compressed file.
  ///   - limit: the most bytes of output, because a small file can expand to a very large one.
  public func expand(_ file: GuestFile, limit: Int) throws(DecompressionError) -> [UInt8] {
    var input = PieceReader(file)
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    var decoder: any StreamDecoder
    do throws(DecoderError) {
      decoder = try self.decoder()
      while true {
        if Interruption.isOver { throw DecoderError.interrupted }
        try input.fill()
        let step = try input.step(decoder, into: &chunk)
        output.append(contentsOf: chunk[..<step.produced])
        guard output.count <= limit else { throw DecoderError.tooLarge }
        if step.isEnd {
          // Other bytes after the last stream are padding.
          guard self != .lzma, try input.continues(with: signature) else { return output }
          decoder = try self.decoder()
        } else if step.consumed == 0, step.produced == 0, input.isAtEnd {
          guard decoder.mayEndHere else { throw DecoderError.damaged }
          return output
        }
      }
    } catch {
      throw DecompressionError(
        compression: self, failure: error, offset: input.offset, limit: limit)
    }
  }
}

/// The bytes of a compressed file, of which one piece is in memory.
private struct PieceReader {
  private static let size = 256 << 10

  let file: GuestFile
  private var piece: [UInt8] = []
  /// The offset of the next byte in the piece, and of the piece in the file.
  private var position = 0
  private var start = 0

  init(_ file: GuestFile) { self.file = file }

  /// The offset of the next byte in the file.
  var offset: Int { start + position }
  var isAtEnd: Bool { offset == file.size }

  /// Reads the next piece when this one is used up.
  mutating func fill() throws(DecoderError) {
    guard position == piece.count, !isAtEnd else { return }
    start = offset
    position = 0
    piece = try bytes(min(Self.size, file.size - start))
  }

  /// Lets a decoder expand the available input.
  mutating func step(
    _ decoder: any StreamDecoder, into chunk: inout [UInt8]
  ) throws(DecoderError) -> DecoderStep {
    let isLast = start + piece.count == file.size
    let step: Result<DecoderStep, DecoderError> = piece.withUnsafeMutableBytes { source in
      chunk.withUnsafeMutableBytes { target in
        let rest = UnsafeMutableRawBufferPointer(rebasing: source[position...])
        return Result { () throws(DecoderError) in
          try decoder.step(rest, into: target, isLast: isLast)
        }
      }
    }
    position += try step.get().consumed
    return try step.get()
  }

  /// Whether the next bytes are these.
  func continues(with signature: [UInt8]) throws(DecoderError) -> Bool {
    guard file.size - offset >= signature.count else { return false }
    return try bytes(signature.count) == signature
  }

  private func bytes(_ count: Int) throws(DecoderError) -> [UInt8] {
    do throws(GuestFileError) { return try file.bytes(count, at: offset) } catch {
      throw .file(error)
    }
  }
}

/// The reason for which a compressed file cannot be expanded.
public struct DecompressionError: Error, Equatable, CustomStringConvertible {
  /// The format that the file's first bytes name.
  public let compression: Compression
  let failure: DecoderError
  /// Bytes into the file.
  public let offset: Int
  let limit: Int

  /// The format, the offset in bytes, and what is wrong there.
  public var description: String {
    let name = compression.rawValue
    return switch failure {
    case .damaged: "\(name) data damaged or cut short near offset \(offset)"
    case .tooLarge: "\(name) data expands to more than \(limit) bytes"
    case .needsMemory:
      "\(name) data needs more than \(DecoderError.memoryLimit >> 20) MiB to be expanded"
    case .interrupted: "expanding of \(name) data was interrupted"
    case .file(let error): "\(error)"
    }
  }
}

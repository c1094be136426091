import ArgumentParser
import Machine

/// Program files: headers that are nearly right, in both sizes and byte orders.
struct FuzzELF: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "elf", abstract: "ELF programs, and compressed files.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("elf") { generator in
      // Compressed noise: expanding costs more than all the rest, so seldom.
      if generator.below(64) == 0 { return Self.expand(&generator) }
      return Self.read(Self.input(&generator))
    }
  }

  private static func read(_ file: [UInt8]) -> String? {
    do throws(ELFError) {
      let image = try ELFImage(GuestFile(file, name: "fuzz"))
      let isInside = image.segments.allSatisfy { segment in
        segment.fileOffset >= 0 && segment.fileSize >= 0
          && segment.fileOffset + segment.fileSize <= file.count
          && UInt64(segment.fileSize) <= segment.memorySize
          && segment.physicalAddress >= image.lowestAddress
          && segment.physicalAddress - image.lowestAddress <= image.extent - segment.memorySize
      }
      _ = image.physicalEntry
      return isInside && !image.segments.isEmpty ? "read, \(image.segments.count) segments" : nil
    } catch {
      return switch error {
      case .notELF: "refused: not ELF"
      case .unsupported(let field, _): "refused: \(field)"
      case .otherMachine: "refused: e_machine"
      case .notAProgram: "refused: e_type"
      case .dynamicallyLinked: "refused: dynamically linked"
      case .truncated: "refused: truncated"
      case .unreadable: nil
      case .inconsistentSegment: "refused: inconsistent segment"
      case .nothingToLoad: "refused: nothing to load"
      case .overlap: "refused: overlapping segments"
      }
    }
  }

  /// The beginnings of files of each compression, up to their compressed data.
  private static let headers: [(Compression, [UInt8])] = [
    (.gzip, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    (.xz, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46]),
    (.lzma, [0x5d, 0, 0, 0x80, 0] + [UInt8](repeating: 0xff, count: 8) + [0]),
    (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 4, 0x58]), (.bzip2, Array("BZh9".utf8)),
    (.lz4, [4, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7]),
    (.lz4Legacy, [2, 0x21, 0x4c, 0x18]),
  ]

  private static func expand(_ generator: inout InputGenerator) -> String? {
    let (compression, header) = headers[generator.below(headers.count)]
    let limit = 1 << 20
    do throws(DecompressionError) {
      let file = GuestFile(header + noise(&generator, 200), name: "fuzz")
      return try compression.expand(file, limit: limit).count <= limit ? "expanded" : nil
    } catch {
      return "refused: \(error.compression)"
    }
  }

  private static func noise(_ generator: inout InputGenerator, _ most: Int) -> [UInt8] {
    (0..<generator.below(most)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// An ELF file with up to four program headers, most of its fields right.
  static func input(_ generator: inout InputGenerator) -> [UInt8] {
    let (isWide, isBig) = (generator.below(2) == 0, generator.below(2) == 0)
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, isWide ? 2 : 1, isBig ? 2 : 1, 1]
    file += [UInt8](repeating: 0, count: 9)
    let append = { (value: UInt64, count: Int) in
      for index in 0..<count {
        let shift = UInt64(8 * (isBig ? count - 1 - index : index))
        file.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    /// The right value, or seldom one at some edge.
    func field(_ right: UInt64) -> UInt64 {
      guard generator.below(24) == 0 else { return right }
      let edges: [UInt64] = [
        0, 1, right &+ 1, right &- 1, 0x7fff_ffff, 0xffff_ffff, 1 << 63, .max, .max - 15,
        generator.next(),
      ]
      return edges[generator.below(edges.count)]
    }
    let word = isWide ? 8 : 4
    let (headerSize, entrySize) = isWide ? (64, 56) : (52, 32)
    let count = generator.below(5)
    let data = headerSize + count * entrySize
    append(field(2), 2)
    append(field(isWide ? 21 : 20), 2)
    append(1, 4)
    append(field(0x20_0000), word)
    append(field(UInt64(headerSize)), word)
    append(0, word)
    append(0, 4)
    append(UInt64(headerSize), 2)
    append(field(UInt64(entrySize)), 2)
    append(field(UInt64(count)), 2)
    for _ in 0..<3 { append(0, 2) }
    for index in 0..<count {
      let address = 0x20_0000 + 0x1000 * UInt64(index)
      append(field(1), 4)
      if isWide { append(7, 4) }
      append(field(UInt64(data)), word)
      append(field(address), word)
      append(field(address), word)
      append(field(16), word)
      append(field(0x1000), word)
      if !isWide { append(7, 4) }
      append(16, word)
    }
    file += [UInt8](repeating: 0x60, count: 16)
    return generator.below(4) == 0 ? generator.mutate(file) : file
  }
}

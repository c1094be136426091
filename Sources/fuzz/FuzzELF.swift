import ArgumentParser
import Machine

/// Program files: headers that are nearly right, in both sizes and byte orders.
struct FuzzELF: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "elf", abstract: "ELF programs, and gzip files around them.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("elf") { generator in
      // A gzip header and noise: inflating costs more than all the rest, so seldom.
      if generator.below(64) == 0 {
        return Self.decompress([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + Self.noise(&generator, 200))
      }
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
      case .truncated: "refused: truncated"
      case .unreadable: nil
      case .inconsistentSegment: "refused: inconsistent segment"
      case .nothingToLoad: "refused: nothing to load"
      }
    }
  }

  private static func decompress(_ file: [UInt8]) -> String? {
    do throws(GzipError) {
      let limit = 1 << 20
      // A chunk of output is taken before the limit is looked at.
      return try Gzip.decompress(file, limit: limit).count <= limit ? "decompressed" : nil
    } catch {
      return switch error {
      case .damaged: "refused: damaged gzip"
      case .tooLarge: "refused: too much in gzip"
      }
    }
  }

  private static func noise(_ generator: inout InputGenerator, _ most: Int) -> [UInt8] {
    (0..<generator.below(most)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// An ELF file with up to four program headers, most of its fields right.
  private static func input(_ generator: inout InputGenerator) -> [UInt8] {
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

internal import HostSupport

/// The code of a program's file.
extension ProgramFile {
  /// Bytes of the file with code, and the address of the first, before relocation.
  package struct Code: Sendable {
    package var address: UInt64
    package var bytes: [UInt8]
  }

  private static let page: UInt64 = 4096
  /// A system maps whole pages of this size at most, so that bytes beyond a segment are there too.
  private static let mappedPage: UInt64 = 65_536

  /// What a process that loads the file can execute of it: the executable segments with the rest of their
  /// pages. Segments that overlap are left out once there is twice as much as the file has.
  func mappedCode() -> [Code] {
    var total: UInt64 = 0
    return segments.filter(\.isExecutable).compactMap { segment in
      let before = min(segment.address & (Self.page - 1), segment.offset)
      let start = segment.offset - before
      guard segment.fileSize <= UInt64(InputLimit.image), start < file.size else { return nil }
      let wanted = before + segment.fileSize
      let whole = (wanted + Self.mappedPage - 1) & ~(Self.mappedPage - 1)
      let count = min(whole, file.size - start)
      guard total + count <= 2 * file.size, let bytes = try? bytes(at: start, count) else {
        return nil
      }
      total += count
      let rest = Int(-Int64(bytes.count) & Int64(Self.page - 1))
      return Code(
        address: segment.address &- before, bytes: bytes + [UInt8](repeating: 0, count: rest))
    }
  }

  /// The sections with instructions; the executable segments of a file without sections.
  package func codeSections() throws(ExecutionError) -> [Code] {
    var parts: [(address: UInt64, offset: UInt64, size: UInt64)] = []
    // Sections of bits with flags of memory and instructions.
    for section in try sectionTable() where section.type == 1 && section.flags & 6 == 6 {
      parts.append((section.address, section.offset, section.size))
    }
    if parts.isEmpty {
      parts = segments.filter(\.isExecutable).map { ($0.address, $0.offset, $0.fileSize) }
    }
    var code: [Code] = []
    var total: UInt64 = 0
    for part in parts {
      guard part.size <= UInt64(InputLimit.image) else {
        throw ExecutionError("\(name): a section of code has more than 1 GiB")
      }
      total += part.size
      guard total <= file.size else {
        throw ExecutionError("\(name): the sections of code have more bytes than the file")
      }
      code.append(Code(address: part.address, bytes: try bytes(at: part.offset, part.size)))
    }
    return code
  }

  /// The places of the file at which these bytes could have been loaded from when they are at an address
  /// in a process: addresses before relocation.
  func places(of code: [UInt8], at address: UInt64) -> [UInt64] {
    places(of: code, at: address, in: mappedCode())
  }

  func places(of code: [UInt8], at address: UInt64, in parts: [Code]) -> [UInt64] {
    guard !code.isEmpty else { return [] }
    var found: [UInt64] = []
    for part in parts where part.bytes.count >= code.count {
      // An address keeps its place in a page.
      var offset = Int((address &- part.address) & (Self.page - 1))
      let last = part.bytes.count - code.count
      if !isRelocatable {
        guard address >= part.address, address - part.address <= UInt64(last) else { continue }
        offset = Int(address - part.address)
      }
      part.bytes.withUnsafeBytes { bytes in
        code.withUnsafeBytes { code in
          while offset <= last {
            let here = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + code.count])
            if here[0] == code[0], here.elementsEqual(code) {
              found.append(part.address &+ UInt64(offset))
            }
            if !isRelocatable { break }
            offset += Int(Self.page)
          }
        }
      }
    }
    return found
  }
}

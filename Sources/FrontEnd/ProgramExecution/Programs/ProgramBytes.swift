package import HostSupport

/// The bytes of a program's file: a file of this host, or what the guest sent.
package struct ProgramBytes: Sendable {
  private enum Source {
    case file(InputFile)
    case bytes([UInt8])
  }

  let name: String
  /// The bytes of all of it.
  let size: UInt64
  private let source: Source

  package init(_ file: InputFile) {
    (name, source) = (file.name, .file(file))
    size = file.size.map { UInt64($0) } ?? 0
  }

  package init(_ bytes: [UInt8], name: String) {
    (self.name, source, size) = (name, .bytes(bytes), UInt64(bytes.count))
  }

  /// A part, which must be there.
  func read(at offset: UInt64, _ count: UInt64) throws(ExecutionError) -> [UInt8] {
    guard offset <= size, count <= size - offset else { throw shortFile }
    switch source {
    case .bytes(let bytes): return Array(bytes[Int(offset)..<Int(offset + count)])
    case .file(let file):
      var bytes = [UInt8](repeating: 0, count: Int(count))
      var (got, failure) = (0, InputError?.none)
      bytes.withUnsafeMutableBytes { buffer in
        do throws(InputError) { got = try file.read(into: buffer, at: Int(offset)) } catch {
          failure = error
        }
      }
      if let failure { throw ExecutionError("\(failure)") }
      guard got == bytes.count else { throw shortFile }
      return bytes
    }
  }

  private var shortFile: ExecutionError {
    ExecutionError("\(name): the file ends before its headers say")
  }
}

/// Integers of a header.
struct FieldReader {
  let bytes: [UInt8]
  let isLittle: Bool

  /// The integer of so many bytes; 0 beyond the end.
  func value(_ offset: Int, _ size: Int) -> UInt64 {
    guard offset >= 0, size <= bytes.count, offset <= bytes.count - size else { return 0 }
    var value: UInt64 = 0
    for index in 0..<size {
      value = value << 8 | UInt64(bytes[isLittle ? offset + size - 1 - index : offset + index])
    }
    return value
  }
}

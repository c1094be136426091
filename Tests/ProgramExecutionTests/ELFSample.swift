import Foundation
import HostSupport

/// Makes small ELF files: headers, a dynamic section, code and a symbol table.
struct ELFSample {
  var is64Bit = true
  var isLittle = true
  var machine = 21
  var type = 3
  var interpreter: String?
  var needed: [String] = []
  var runPath: String?
  var libraryName: String?
  var code: [UInt8] = Array(repeating: 0x60, count: 512)
  /// Address of the code, before relocation.
  var codeAddress = 0x1_0000
  var functions: [(name: String, address: Int, size: Int)] = []

  func integer(_ value: Int, _ size: Int) -> [UInt8] {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isLittle ? bytes : bytes.reversed()
  }

  private func integers(_ values: [(value: Int, size: Int)]) -> [UInt8] {
    values.flatMap { integer($0.value, $0.size) }
  }

  /// The file, of 64 bits.
  var bytes: [UInt8] {
    let word = 8
    var strings: [UInt8] = [0]
    func text(_ name: String) -> Int {
      defer { strings += Array(name.utf8) + [0] }
      return strings.count
    }
    var dynamic: [(Int, Int)] = []
    for name in needed { dynamic.append((1, text(name))) }
    if let runPath { dynamic.append((29, text(runPath))) }
    if let libraryName { dynamic.append((14, text(libraryName))) }
    var places: [(Int, Int, Int)] = []
    for function in functions {
      places.append((text(function.name), function.address, function.size))
    }
    let segments = 2 + (interpreter == nil ? 0 : 1) + (dynamic.isEmpty ? 0 : 1)
    var place = 64 + 56 * segments
    let interpreterBytes: [UInt8] = interpreter.map { Array($0.utf8) + [0] } ?? []
    let interpreterPlace = place
    place += interpreterBytes.count
    let stringPlace = place
    place += strings.count
    dynamic += [(5, 0x2_0000), (10, strings.count), (0, 0)]
    let dynamicBytes = integers(dynamic.flatMap { [($0.0, word), ($0.1, word)] })
    let dynamicPlace = place
    place += dynamicBytes.count
    // Code keeps its place in a page.
    let codePlace = (place + 0xFFF) & ~0xFFF + codeAddress & 0xFFF
    var symbols: [UInt8] = []
    for (name, address, size) in places {
      symbols += integers([(name, 4)]) + [0x12, 0, 1, 0] + integers([(address, 8), (size, 8)])
    }
    let symbolPlace = codePlace + code.count
    let sectionPlace = symbolPlace + symbols.count

    func program(_ type: Int, _ flags: Int, _ offset: Int, _ address: Int, _ size: Int) -> [UInt8] {
      integers([
        (type, 4), (flags, 4), (offset, 8), (address, 8), (address, 8), (size, 8), (size, 8),
        (0x1_0000, 8),
      ])
    }
    func section(_ type: Int, _ offset: Int, _ size: Int, _ link: Int, _ entry: Int) -> [UInt8] {
      integers([
        (0, 4), (type, 4), (0, 8), (0, 8), (offset, 8), (size, 8), (link, 4), (0, 4), (8, 8),
        (entry, 8),
      ])
    }
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, is64Bit ? 2 : 1, isLittle ? 1 : 2, 1]
    file += [UInt8](repeating: 0, count: 9)
    file += integers([
      (type, 2), (machine, 2), (1, 4), (codeAddress, 8), (64, 8), (sectionPlace, 8), (2, 4),
      (64, 2), (56, 2), (segments, 2), (64, 2), (3, 2), (0, 2),
    ])
    file += program(1, 5, codePlace, codeAddress, code.count)
    file += program(1, 6, stringPlace, 0x2_0000, strings.count)
    if interpreter != nil { file += program(3, 4, interpreterPlace, 0, interpreterBytes.count) }
    if segments > (interpreter == nil ? 2 : 3) {
      file += program(2, 6, dynamicPlace, 0, dynamicBytes.count)
    }
    file += interpreterBytes + strings + dynamicBytes
    file += [UInt8](repeating: 0, count: codePlace - file.count)
    file += code + symbols
    file += section(0, 0, 0, 0, 0) + section(2, symbolPlace, symbols.count, 2, 24)
    file += section(3, stringPlace, strings.count, 0, 0)
    return file
  }
}

/// A folder with files, which is removed with its owner.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("execution-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, and makes the folders that lead to it.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let place = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
    return place.path
  }

  func link(_ name: String, to target: String) throws {
    let place = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: place.path, withDestinationPath: target)
  }

  func open(_ name: String) throws -> InputFile {
    try InputFile(opening: url.appendingPathComponent(name).path)
  }
}

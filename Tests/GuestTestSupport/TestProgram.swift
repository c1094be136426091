/// Programs that tests boot: 64-bit, big-endian, loaded as one segment and entered at the first word.
package enum TestProgram {
  /// The ELF file of some instructions and data.
  package static func elf(_ words: [UInt32]) -> [UInt8] {
    elf(code: words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } })
  }

  /// The ELF file of a program's bytes.
  package static func elf(code: [UInt8]) -> [UInt8] {
    // The magic number; 64 bits, big-endian, version 1.
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1] + [UInt8](repeating: 0, count: 9)
    func put<T: FixedWidthInteger>(_ values: T...) {
      for value in values { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
    }
    let size = UInt64(code.count)
    put(2 as UInt16, 21)  // ET_EXEC, EM_PPC64
    put(1 as UInt32)
    put(0 as UInt64, 64, 0)  // entry, program headers, section headers
    put(0 as UInt32)
    put(64 as UInt16, 56, 1, 0, 0, 0)  // sizes and numbers of headers
    put(1 as UInt32, 7)  // PT_LOAD, all accesses
    put(120 as UInt64, 0, 0, size, size, 0x1000)
    return bytes + code
  }
}

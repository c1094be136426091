import Foundation
import HostSupport
import Testing

@testable import ProgramExecution

/// ELF files of programs and libraries.
@Suite struct ProgramFileTests {
  func program(_ sample: ELFSample) throws -> ProgramFile {
    let folder = try TemporaryFolder()
    try folder.write("program", sample.bytes)
    return try ProgramFile(try folder.open("program"))
  }

  @Test(arguments: [true, false])
  func theHeadersAreRead(isLittle: Bool) throws {
    var sample = ELFSample()
    sample.isLittle = isLittle
    sample.interpreter = "/lib64/ld64.so.2"
    sample.needed = ["libm.so.6", "libc.so.6"]
    sample.runPath = "$ORIGIN/../lib:/opt/lib"
    sample.libraryName = "libown.so.1"
    let program = try program(sample)
    #expect(program.byteOrder == (isLittle ? .little : .big))
    #expect(program.is64Bit && program.isRelocatable)
    #expect(program.interpreter == "/lib64/ld64.so.2")
    #expect(program.needed == ["libm.so.6", "libc.so.6"])
    #expect(program.searchPaths == ["$ORIGIN/../lib", "/opt/lib"])
    #expect(program.libraryName == "libown.so.1")
  }

  @Test func aStaticProgramNeedsNothing() throws {
    var sample = ELFSample()
    sample.type = 2
    let program = try program(sample)
    #expect(!program.isRelocatable && program.interpreter == nil && program.needed.isEmpty)
  }

  @Test func otherMachinesAreNamed() throws {
    var sample = ELFSample()
    sample.machine = 62
    let sampleOfX86 = sample
    let error = #expect(throws: ExecutionError.self) { try program(sampleOfX86) }
    #expect(error?.description.hasSuffix("a program for x86-64, not for PowerPC") == true)
  }

  @Test func functionsAreFoundByAddress() throws {
    var sample = ELFSample()
    sample.functions = [
      ("first", 0x1_0000, 0x40), ("second", 0x1_0040, 0x80), ("label", 0x1_0100, 0),
    ]
    let program = try program(sample)
    #expect(program.function(at: 0x1_003C)?.name == "first")
    #expect(program.function(at: 0x1_0040)?.name == "second")
    #expect(program.function(at: 0x1_00C0) == nil)
    #expect(program.function(at: 0x1_0104)?.name == "label")
    #expect(program.function(at: 0xFFFC) == nil)
  }

  /// A library is found where it was relocated to, as long as the place in a page agrees.
  @Test func codeIsRecognised() throws {
    var sample = ELFSample()
    sample.code = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 5) }
    let library = try program(sample)
    let block = Array(sample.code[0x1200..<0x1300])
    #expect(library.places(of: block, at: 0x7FFF_9001_1200) == [0x1_1200])
    #expect(library.places(of: block, at: 0x7FFF_9001_1300).isEmpty)
    sample.type = 2
    let program = try program(sample)
    #expect(program.places(of: block, at: 0x1_1200) == [0x1_1200])
    #expect(program.places(of: block, at: 0x9_1200).isEmpty)
    #expect(program.places(of: [], at: 0x1_1200).isEmpty)
  }

  /// A guest may send such a file.
  @Test func segmentsThatOverlapAreBounded() throws {
    var sample = ELFSample()
    sample.code = [UInt8](repeating: 1, count: 8192)
    var bytes = sample.bytes
    let header = Array(bytes[64..<120])
    bytes.replaceSubrange(32..<40, with: sample.integer(bytes.count, 8))
    bytes.replaceSubrange(56..<58, with: sample.integer(1000, 2))
    for _ in 0..<1000 { bytes += header }
    let program = try ProgramFile(ProgramBytes(bytes, name: "program"))
    #expect(program.mappedCode().count > 1)
    #expect(program.mappedCode().reduce(0) { $0 + $1.bytes.count } <= 2 * bytes.count + 1000 * 4096)
    #expect(program.mappedCode().count < 100)
    #expect(throws: ExecutionError.self) { try program.codeSections() }
  }

  /// Whatever the bytes are: an error or a program, and no trap.
  @Test func damagedFilesAreRefusedOrRead() throws {
    var sample = ELFSample()
    sample.interpreter = "/lib64/ld64.so.2"
    sample.needed = ["libc.so.6"]
    sample.functions = [("first", 0x1_0000, 0x40)]
    let sound = sample.bytes
    var generator = SplitMix64(state: 7)
    let folder = try TemporaryFolder()
    let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]
    // Headers, program headers and dynamic section; then the sections at the end.
    let places = Array(0..<min(640, sound.count)) + Array(sound.count - 192..<sound.count)
    for _ in 0..<1000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let place = places[Int.random(in: 0..<places.count, using: &generator)]
        bytes[place] =
          Bool.random(using: &generator)
          ? values[Int.random(in: 0..<values.count, using: &generator)]
          : UInt8.random(in: .min ... .max, using: &generator)
      }
      if Int.random(in: 0..<4, using: &generator) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      try folder.write("program", bytes)
      guard let program = try? ProgramFile(try folder.open("program")) else { continue }
      _ = program.function(at: 0x1_0010)
      _ = program.places(of: Array(sample.code[0..<256]), at: 0x7FFF_0000_0000)
    }
  }
}

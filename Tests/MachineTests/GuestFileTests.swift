import Glibc
import HostSupport
import MachineDescription
import PowerISA
import Testing

@testable import Machine

@Suite struct GuestFileTests {
  private final class TemporaryFile {
    let path: String
    let descriptor: Int32

    init(_ bytes: [UInt8]) {
      var template = Array("/tmp/guest-file.XXXXXX".utf8CString)
      descriptor = mkstemp(&template)
      path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    deinit {
      close(descriptor)
      unlink(path)
    }
  }

  @Test func partsAreThoseOfTheFile() throws {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    let temporary = TemporaryFile(bytes)
    let opened = try GuestFile(InputFile(opening: temporary.path))
    for file in [opened, GuestFile(bytes, name: "bytes")] {
      #expect(file.size == 300)
      #expect(try file.bytes(300, at: 0) == bytes)
      #expect(try file.bytes(7, at: 251) == Array(bytes[251..<258]))
      #expect(try file.bytes(0, at: 300) == [])
      for (count, offset) in [(1, 300), (301, 0), (2, 299), (1, .max), (.max, 1), (1, -1)] {
        #expect(throws: GuestFileError.ends(offset: 300)) { try file.bytes(count, at: offset) }
      }
    }
  }

  @Test func aFileThatShrinksIsRefused() throws {
    let temporary = TemporaryFile([UInt8](repeating: 7, count: 300))
    let file = try GuestFile(InputFile(opening: temporary.path))
    #expect(ftruncate(temporary.descriptor, 100) == 0)
    #expect(throws: GuestFileError.ends(offset: 100)) { try file.bytes(20, at: 90) }
    #expect(throws: GuestFileError.ends(offset: 200)) { try file.bytes(20, at: 200) }
  }

  @Test func aKernelThatShrinksWhileItIsLoadedNamesThePlace() throws {
    let kernel = ELFImageTests.file(wide: true, big: true)
    let temporary = TemporaryFile(kernel)
    let file = try GuestFile(InputFile(opening: temporary.path))
    #expect(ftruncate(temporary.descriptor, off_t(kernel.count - 1)) == 0)
    var configuration = MachineConfiguration(
      description: MachineDescription(
        processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20),
      program: .file(file))
    configuration.isDeterministic = true
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    #expect {
      try machine.powerOn()
    } throws: {
      "\($0)" == "\(temporary.path): the file ends at offset 0x7b"
    }
  }
}

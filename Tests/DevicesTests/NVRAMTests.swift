import Synchronization
import Testing

@testable import Devices

@Suite struct NVRAMTests {
  @Test func `a new one holds a chain of two sound partitions`() throws {
    let nvram = NVRAM()
    #expect(nvram.count == 65536)
    let partitions = try #require(NVRAM.partitions(in: nvram.contents))
    #expect(partitions.map(\.signature) == [.common, .free])
    #expect(partitions.map(\.length).reduce(0, +) == 65536)
    #expect(partitions[0].name == Array("common".utf8) + [0, 0, 0, 0, 0, 0])
    #expect(partitions[1].name == [UInt8](repeating: 0x77, count: 12))
  }

  @Test func `checksums agree with the folding sum that Linux makes`() {
    for length in [16, 4096, 0xFFFF * 16] {
      for name in ["common", "lnx,oops-log", "", "\u{7f}\u{7f}"] {
        let header = NVRAMPartitionHeader(signature: .common, length: length, name: name).bytes
        var sum = Int(header[0]) + (Int(header[2]) | Int(header[3]) << 8)
        for index in stride(from: 4, to: 16, by: 2) {
          sum += Int(header[index]) | Int(header[index + 1]) << 8
        }
        sum = (sum & 0xFFFF + sum >> 16) & 0xFFFF
        let folded = ((sum + (sum >> 8 + sum << 8)) >> 8) & 0xFF
        #expect(Int(header[1]) == folded, "\(length) \(name)")
      }
    }
  }

  @Test func `changes are passed on in their order, and damage is found`() {
    let nvram = NVRAM()
    let changes = Mutex<[[UInt8]]>([])
    nvram.connect { bytes, offset in changes.withLock { $0.append([UInt8(offset)] + bytes) } }
    let areStored = nvram.write([1, 2], at: 100) && nvram.write([3], at: 7)
    let isRefused = !nvram.write([1, 2], at: 65535)
    #expect(areStored && isRefused)
    #expect(changes.withLock { $0 } == [[100, 1, 2], [7, 3]])
    #expect(NVRAM.damage(in: NVRAM().contents) == nil)
    var damaged = NVRAM().contents
    damaged[4096] ^= 1
    #expect(NVRAM.damage(in: damaged) == 4096)
  }

  @Test func `saved contents come back, damaged ones do not`() {
    let nvram = NVRAM()
    let isStored = nvram.write([1, 2, 3], at: 100)
    #expect(isStored && nvram.isModified)
    #expect(NVRAM(contents: nvram.contents).contents == nvram.contents)
    var damaged = nvram.contents
    damaged[0] ^= 1
    #expect(NVRAM(contents: damaged).contents == NVRAM().contents)
    #expect(NVRAM(contents: []).contents == NVRAM().contents)
    #expect(NVRAM(contents: [1, 2, 3]).count == NVRAM.sizes.lowerBound)
  }

  @Test func `accesses outside are refused`() {
    let nvram = NVRAM()
    #expect(nvram.read(1, at: 65536) == nil)
    #expect(nvram.read(0, at: 65536) == [])
    #expect(nvram.read(65536, at: 0)?.count == 65536)
    #expect(nvram.read(65537, at: 0) == nil)
    #expect(nvram.read(-1, at: 0) == nil)
    #expect(nvram.read(1, at: -1) == nil)
    #expect(nvram.read(.max, at: 1) == nil)
    let isStored = nvram.write([1, 2], at: 65535)
    #expect(!isStored && !nvram.isModified)
  }
}

import Foundation
import GuestMemory
import PowerISA
import Testing

@testable import InstructionComparison

/// The recorded executions of `Tests/Vectors`, replayed without QEMU.
struct VectorTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Vectors").standardizedFileURL

  static let chapters = (try? VectorFiles.read(folder)) ?? [:]

  @Test(arguments: chapters.keys.sorted())
  func replays(_ chapter: String) throws {
    var replays: [String: VectorReplay] = [:]
    for vector in try #require(Self.chapters[chapter]) {
      let key = "\(vector.processor) \(vector.order)"
      let replay =
        try replays[key] ?? VectorReplay(processor: vector.processor, order: vector.order)
      replays[key] = replay
      let differences = replay.run(vector)
      #expect(differences.isEmpty, "\(vector.text): \(differences.joined(separator: "; "))")
    }
  }

  @Test func everyRowThatIsExecutedHasVectors() {
    var counts: [String: Int] = [:]
    for vector in Self.chapters.values.joined() { counts[vector.mnemonic, default: 0] += 1 }
    for (row, part) in zip(InstructionRow.all, ComparisonPlan.overall()) {
      guard let part, part.isExecuted else { continue }
      #expect(counts[row.mnemonic] != nil, "\(row.mnemonic) has no vector")
    }
  }

  @Test func aWrongVectorIsTold() throws {
    let line = "add power10 big 7c642a14 r4=1 r5=2 -> r3="
    let replay = try VectorReplay(processor: "power10", order: .big)
    #expect(replay.run(try #require(TestVector(line + "3"))).isEmpty)
    #expect(replay.run(try #require(TestVector(line + "4"))) == ["r3: ours 3, recorded 4"])
    // Nothing of one vector is left for the next.
    #expect(replay.run(try #require(TestVector(line + "3"))).isEmpty)
  }

  @Test func storageAndSignals() throws {
    let replay = try VectorReplay(processor: "power8", order: .little)
    let storage = String(
      StateLayout.address(ofState: 3) + UInt64(StateLayout.storage) + 8, radix: 16)
    let load = "lwz power8 little 80640000 r4=\(storage) @\(storage)=78563412 -> r3=12345678"
    #expect(replay.run(try #require(TestVector(load))).isEmpty)
    let trap = "tw power8 little 7fe00008 -> nia=91010 signal=5"
    #expect(replay.run(try #require(TestVector(trap))).isEmpty)
  }
}

struct TestVectorTextTests {
  @Test(arguments: [
    "addi power10 little 38c19b54 r1=b174b03 -> r6=b16e657",
    "plbz power10 big 06000000,88640000 r4=102600 @102600=ff -> r3=ff",
    "xxlor power7 big f0000490 vs0=1 vs1=10000000000000001 -> vs0=0",
    "b power9 big 48000001 -> lr=91014 nia=1",
  ])
  func readsWhatItWrites(_ line: String) throws {
    #expect(try #require(TestVector(line)).text == line)
  }

  @Test(arguments: [
    "", "add power10 big 7c642a14", "add power10 middle 7c642a14 -> r3=1",
    "add power10 big xyz -> r3=1", "add power10 big 7c642a14 r32=1 -> r3=1",
    "add power10 big 7c642a14 @100=1 -> r3=1", "add power10 big 7c642a14 r3 -> r3=1",
  ])
  func rejectsOthers(_ line: String) { #expect(TestVector(line) == nil) }
}

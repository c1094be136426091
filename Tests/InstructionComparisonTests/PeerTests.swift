import Foundation
import GuestMemory
import PowerISA
import Testing

@testable import InstructionComparison

/// Versions of QEMU, extensions of hosts, and what a disagreement counts for.
struct PeerTests {
  @Test(arguments: [
    ("qemu-ppc64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", QEMUVersion(7, 2)),
    ("qemu-ppc64 version 10.0.13", QEMUVersion(10, 0)), ("qemu-ppc64 version 11", nil),
    ("", nil),
  ])
  func versions(_ banner: String, _ version: QEMUVersion?) {
    #expect(QEMUVersion(banner) == version)
  }

  @Test func versionsAreOrderedByNumber() {
    #expect(QEMUVersion(7, 2) < QEMUVersion(10, 0))
    #expect(QEMUVersion(10, 0) < QEMUVersion(10, 1))
  }

  @Test(arguments: [
    ("flags\t\t: fpu avx2 avx512f avx512bw avx512vl\n", [HostFeature.avx512]),
    ("processor\t: 0\nflags\t\t: fpu avx512f avx512dq\n", []), ("", []),
  ])
  func features(_ text: String, _ expected: [HostFeature]) {
    #expect(HostFeature.features(processorInformation: text) == Set(expected))
  }

  /// A peer that hangs does not hang the comparison.
  @Test func aProcessThatHangsIsKilled() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["1000"]
    try process.run(atMost: 0.1)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGKILL)
  }

  /// The exception for hosts with AVX-512 applies only there.
  @Test func exceptionsOfOtherHosts() throws {
    let exception = try #require(
      ComparisonExceptions.list.first { $0.review.hostFeature == .avx512 })
    let banner = "qemu-ppc64 version 7.2.22"
    #expect(
      exception.applies(
        on: QEMUPeer(banner: banner, processorInformation: "flags : avx512f avx512bw avx512vl")))
    #expect(!exception.applies(on: QEMUPeer(banner: banner, processorInformation: "flags : avx2")))
  }

  private func disagreements(_ mnemonic: String) throws -> Disagreements {
    let row = try #require(InstructionRow.all.first { $0.mnemonic == mnemonic })
    let environment = try #require(ComparisonEnvironment.all.last)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: StateLayout.size, alignment: 16)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.size)
    defer { bytes.deallocate() }
    let state = StateView(base: bytes, isBigEndian: false)
    let i = Instruction(rawValue: row.value)
    var result = Disagreements()
    result.add(
      ResultDifference(
        row: row, i: i, sequence: [i], environment: environment, before: state, ours: state,
        theirs: state), 0x1000, round: 0)
    return result
  }

  /// A disagreement counts against QEMU only where the row's recorded vectors replay.
  @Test func recordedVectorsDecide() throws {
    let add = "add power10 big 7c642a14 r4=1 r5=2 -> r3="
    let right = DisagreementJudge(["a": [try #require(TestVector(add + "3"))]])
    let wrong = DisagreementJudge(["a": [try #require(TestVector(add + "4"))]])
    let found = try disagreements("add")
    #expect(found.total == 1)
    #expect(try right.findings(in: found) == ["add"])
    #expect(try wrong.findings(in: found) == [])
    #expect(try DisagreementJudge([:]).findings(in: found) == [])
  }

  /// QEMU that does not start, as an older or a newer one for a processor, leaves its environment out.
  @Test func anEnvironmentThatDoesNotRun() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    signal(SIGPIPE, SIG_IGN)
    var comparison = QEMUComparison()
    comparison.rows = ["add"]
    comparison.environments = [ComparisonEnvironment(processor: .power8, order: .big)]
    let outcome = try comparison.run(RunnerProgram(built: folder))
    #expect(outcome.leftOut.keys.sorted() == ["power8 big-endian"])
    #expect(outcome.executions == 0 && outcome.disagreements.total == 0)
  }
}

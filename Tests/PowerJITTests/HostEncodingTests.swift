import CAsmJit
import HostSupport
import Testing

@testable import PowerJITx86

/// Code without text is encoded by this package as far as it is of frequent forms; code with text is all
/// AsmJit's. Both must be the same bytes.
@Suite("Encoding of host instructions")
struct HostEncodingTests {
  private static let origin: UInt = 1 << 28
  private var random = SplitMix64(state: 1)

  private mutating func below(_ limit: Int) -> Int {
    Int(random.next() % UInt64(limit))
  }

  /// One instruction with any operands.
  private struct Sample {
    var instruction: CAsmInstruction
    var form: Int
    var sizes: (Int32, Int32)
    var registers: [Int32]
    var place: HostMemory
    var value: Int64
    var address: UInt

    func emit(_ a: HostAssembler) {
      let (i, size) = (instruction, sizes.0)
      let (t, s, u) = (general(0), general(1), general(2))
      switch form {
      case 0: a.emit(i)
      case 1: a.emit(i, size, t)
      case 2: a.emit(i, size, place)
      case 3: a.emit(i, size, t, s)
      case 4: a.extend(i, size, t, from: sizes.1, s)
      case 5: a.extend(i, size, t, from: sizes.1, place)
      case 6: a.emit(i, size, t, place)
      case 7: a.emit(i, size, place, s)
      case 8: a.emit(i, size, t, value)
      case 9: a.emit(i, size, place, value)
      case 10: a.emit(i, size, t, s, value)
      case 11: a.emit(i, size, t, place, value)
      case 12: a.emit(i, size, t, s, u)
      case 13: a.shiftByCL(i, size, t)
      case 14: a.jump(i, to: address)
      case 15: a.emit(i, vector(0), vector(1))
      case 16: a.emit(i, vector(0), place)
      case 17: a.emit(i, place, vector(1))
      default: a.emit(i, vector(0), vector(1), vector(2))
      }
    }

    static let formCount = 19

    private func general(_ index: Int) -> HostRegister { HostRegister(number: registers[index]) }
    private func vector(_ index: Int) -> HostVector { HostVector(number: registers[index]) }
  }

  private mutating func sample(_ number: Int) -> Sample {
    let sizes: [Int32] = [1, 2, 4, 8]
    let registers = (0..<3).map { _ in Int32(below(16)) }
    let base = HostRegister(number: Int32(below(16)))
    let displacement = [0, below(256) - 128, below(1 << 20) - 1 << 19][below(3)]
    // RSP is no index.
    let index = HostRegister(number: [5, 1, 8, 15][below(4)])
    let place =
      switch below(3) {
      case 0: HostMemory(base, displacement)
      case 1: HostMemory(base, index, shift: below(4), displacement)
      default: HostMemory(index: index, shift: below(4))
      }
    let any = random.next()
    let value = [
      Int64(Int8(truncatingIfNeeded: any)), Int64(Int32(truncatingIfNeeded: any)),
      Int64(UInt32(truncatingIfNeeded: any)), 1, 0, Int64(bitPattern: any),
    ][below(6)]
    return Sample(
      instruction: CAsmInstruction(UInt32(number)), form: below(Sample.formCount),
      sizes: (sizes[below(4)], sizes[below(4)]), registers: registers, place: place,
      value: value, address: Self.origin + UInt(below(2) == 0 ? below(300) : below(1 << 24)))
  }

  /// The bytes that something is assembled to; nil when it is refused.
  private func bytes(_ a: HostAssembler, isText: Bool, _ body: (HostAssembler) -> Void) -> [UInt8]?
  {
    a.keepText(isText)
    a.begin(at: Self.origin)
    body(a)
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let capacity = bytes.count
    let size = bytes.withUnsafeMutableBytes { room in
      room.baseAddress.flatMap { a.finish($0, capacity: capacity) }
    }
    return size.map { Array(bytes[..<$0]) }
  }

  @Test("is that of AsmJit")
  mutating func instructions() throws {
    let assembler = try #require(HostAssembler())
    var compared = 0
    for round in 0..<200 {
      for number in 0..<Int(CAsmInstructionCount.rawValue) {
        let sample = sample(number)
        guard let expected = bytes(assembler, isText: true, sample.emit) else { continue }
        compared += 1
        guard bytes(assembler, isText: false, sample.emit) != expected else { continue }
        Issue.record("round \(round): \(sample), expected \(expected)")
      }
    }
    #expect(compared > 10_000)
  }

  @Test("of jumps and of what is at labels is that of AsmJit")
  mutating func labels() throws {
    let assembler = try #require(HostAssembler())
    let jumps = [CAsmJmp, CAsmCall, CAsmJe, CAsmJae, CAsmJno, CAsmJp]
    for _ in 0..<300 {
      let steps = (0..<40).map { _ in (kind: below(6), label: below(6), count: below(40)) }
      let emit = { (a: HostAssembler) in
        let labels = (0..<6).map { _ in a.label() }
        var bound: Set<Int> = []
        for (kind, number, count) in steps {
          switch kind {
          case 0...2: a.jump(jumps[count % jumps.count], labels[number])
          case 3: a.emit(CAsmVpshufb, .xmm1, .xmm2, at: labels[number])
          case 4: if bound.insert(number).inserted { a.bind(labels[number]) }
          default: for _ in 0..<count { a.emit(CAsmMov, 8, .rax, .r15) }
          }
        }
        for number in 0..<6 where !bound.contains(number) {
          if number % 2 == 0 { a.bind(labels[number]) } else { a.data(labels[number], 0x1234) }
        }
      }
      let expected = try #require(bytes(assembler, isText: true, emit))
      #expect(bytes(assembler, isText: false, emit) == expected)
    }
  }

  @Test("is refused where a label is not bound, or a jump is too far")
  func refused() throws {
    let assembler = try #require(HostAssembler())
    for isText in [false, true] {
      #expect(bytes(assembler, isText: isText) { $0.jump(CAsmJmp, $0.label()) } == nil)
      #expect(bytes(assembler, isText: isText) { $0.jump(CAsmJne, to: 1 << 40) } == nil)
      #expect(bytes(assembler, isText: isText) { $0.emit(CAsmRet) } == [0xC3])
    }
  }
}

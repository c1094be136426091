public import GuestMemory
import PowerArithmetic
import PowerISA

extension TestVector {
  /// Takes what is in a state after an execution: every part that is not as it was in `old`; with
  /// no `old`, every part that is not zero.
  static func parts(of s: StateView, at address: UInt64, since old: StateView?) -> [Part] {
    var parts: [Part] = []
    for n in 0..<32 where s[gpr: n] != old?[gpr: n] ?? 0 { parts.append(.gpr(n, s[gpr: n])) }
    for n in 0..<64 where s[vsr: n] != old?[vsr: n] ?? .zero {
      parts.append(.vsr(n, s[vsr: n].doubleword0, s[vsr: n].doubleword1))
    }
    for (name, offset) in StateView.doublewords where s[offset] != old?[offset] ?? 0 {
      parts.append(.register(name, s[offset]))
    }
    var run: [UInt8] = []
    let base = address + UInt64(StateLayout.storage)
    for n in 0...StateLayout.storageSize {
      let isPart =
        n < StateLayout.storageSize && s.storage[n] != (old?.storage[n] ?? 0)
      if isPart {
        run.append(s.storage[n])
      } else if !run.isEmpty {
        parts.append(.storage(base + UInt64(n - run.count), run))
        run = []
      }
    }
    return parts
  }

  /// Puts parts into a state at an address.
  static func apply(_ parts: [Part], to s: StateView, at address: UInt64) {
    for part in parts {
      switch part {
      case .gpr(let n, let value): s[gpr: n] = value
      case .vsr(let n, let first, let second): s[vsr: n] = Vector(first, second)
      case .register(let name, let value):
        if let offset = StateView.doublewords.first(where: { $0.name == name })?.offset {
          s[offset] = value
        }
      case .storage(let place, let bytes):
        let offset = place &- address &- UInt64(StateLayout.storage)
        guard offset <= UInt64(StateLayout.storageSize - bytes.count) else { continue }
        for (n, byte) in bytes.enumerated() { s.storage[Int(offset) + n] = byte }
      }
    }
  }
}

/// Executes vectors in our interpreter, without QEMU.
public final class VectorReplay {
  private let side: InterpreterSide
  private let code: UnsafeMutableRawPointer
  // Safety: both allocated and freed with this object.
  private let expected: UnsafeMutableRawPointer
  private let order: Endianness

  /// Makes a processor of that name, in that byte order, for many vectors.
  public init(processor: String, order: Endianness) throws {
    guard let model = ProcessorModel.named(processor) else {
      throw InstructionComparisonError.unknown("no processor is called '\(processor)'")
    }
    side = try InterpreterSide(ComparisonEnvironment(processor: model, order: order))
    self.order = order
    code = .allocate(byteCount: StateLayout.codeSize, alignment: 4096)
    code.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.codeSize)
    expected = .allocate(byteCount: StateLayout.size, alignment: 16)
    expected.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.size)
  }

  deinit {
    code.deallocate()
    expected.deallocate()
  }

  /// Executes a vector.
  /// - Returns: what is not as recorded, a line each.
  public func run(_ vector: TestVector) -> [String] {
    for (n, word) in vector.words.enumerated() {
      code.storeBytes(
        of: order == .big ? word.bigEndian : word, toByteOffset: 16 + 4 * n, as: UInt32.self)
    }
    side.setCode(code)
    let index = vector.stateIndex
    let address = StateLayout.address(ofState: index)
    let state = side.state(index)
    TestVector.apply(vector.before, to: state, at: address)
    let expectation = StateView(base: expected, isBigEndian: order == .big)
    expectation.copy(from: state)
    TestVector.apply(vector.after, to: expectation, at: address)
    let end = TestVector.address + UInt64(4 * vector.words.count)
    side.run(TestVector.address, end, on: index)
    defer { state.base.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.size) }
    return StateText.differences(state, expectation, "recorded")
  }
}

extension TestVector {
  /// The state of the buffer in whose storage the vector's addresses lie.
  var stateIndex: Int {
    for case .storage(let address, _) in before + after {
      let offset = Int(address &- StateLayout.address(ofState: 0))
      return min(max(offset / StateLayout.size, 0), StateLayout.stateLimit - 1)
    }
    return 0
  }
}

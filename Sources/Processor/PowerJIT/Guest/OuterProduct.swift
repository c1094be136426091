package import PowerISA

/// What an outer product of the matrix-multiply assist computes (Book I 7.6): rows of an accumulator from
/// elements of A and all of B.
package struct OuterProduct {
  package enum Element {
    case single, double
    /// Two in a word, whose products are added.
    case half, bfloat16, halfword
    /// Signed bytes of A and unsigned ones of B, four in a word.
    case byte
    /// Signed nibbles, eight in a word.
    case nibble
  }

  /// What is added to the products, or nothing.
  package struct Accumulation {
    package let negatesProduct: Bool
    package let negatesAccumulator: Bool
  }

  package let element: Element
  package let accumulation: Accumulation?
  package var saturates = false

  /// Whether some operands are left to the semantics function.
  package var mayFail: Bool {
    switch element {
    case .byte, .nibble: false
    case .halfword: saturates
    default: true
    }
  }

  /// Products of an element of a row, as PMSK has bits.
  private var products: Int {
    switch element {
    case .single, .double: 0
    case .half, .bfloat16, .halfword: 2
    case .byte: 4
    case .nibble: 8
    }
  }

  package static let all: [InstructionID: OuterProduct] = {
    var all: [InstructionID: OuterProduct] = [:]
    // Without an accumulator, then pp, pn, np and nn.
    let floats: [(Element, [InstructionID])] = [
      (.single, [.xvf32ger, .xvf32gerpp, .xvf32gerpn, .xvf32gernp, .xvf32gernn]),
      (.single, [.pmxvf32ger, .pmxvf32gerpp, .pmxvf32gerpn, .pmxvf32gernp, .pmxvf32gernn]),
      (.double, [.xvf64ger, .xvf64gerpp, .xvf64gerpn, .xvf64gernp, .xvf64gernn]),
      (.double, [.pmxvf64ger, .pmxvf64gerpp, .pmxvf64gerpn, .pmxvf64gernp, .pmxvf64gernn]),
      (.half, [.xvf16ger2, .xvf16ger2pp, .xvf16ger2pn, .xvf16ger2np, .xvf16ger2nn]),
      (.half, [.pmxvf16ger2, .pmxvf16ger2pp, .pmxvf16ger2pn, .pmxvf16ger2np, .pmxvf16ger2nn]),
      (.bfloat16, [.xvbf16ger2, .xvbf16ger2pp, .xvbf16ger2pn, .xvbf16ger2np, .xvbf16ger2nn]),
      (
        .bfloat16,
        [.pmxvbf16ger2, .pmxvbf16ger2pp, .pmxvbf16ger2pn, .pmxvbf16ger2np, .pmxvbf16ger2nn]
      ),
    ]
    for (element, instructions) in floats {
      for (number, instruction) in instructions.enumerated() {
        all[instruction] = OuterProduct(
          element: element,
          accumulation: number == 0
            ? nil
            : Accumulation(
              negatesProduct: number > 2, negatesAccumulator: number & 1 == 0))
      }
    }
    // Without an accumulator, with one, and both with saturation.
    let integers: [(Element, [InstructionID?])] = [
      (.halfword, [.xvi16ger2, .xvi16ger2pp, .xvi16ger2s, .xvi16ger2spp]),
      (.halfword, [.pmxvi16ger2, .pmxvi16ger2pp, .pmxvi16ger2s, .pmxvi16ger2spp]),
      (.byte, [.xvi8ger4, .xvi8ger4pp, nil, .xvi8ger4spp]),
      (.byte, [.pmxvi8ger4, .pmxvi8ger4pp, nil, .pmxvi8ger4spp]),
      (.nibble, [.xvi4ger8, .xvi4ger8pp]),
      (.nibble, [.pmxvi4ger8, .pmxvi4ger8pp]),
    ]
    for (element, instructions) in integers {
      for (number, instruction) in instructions.enumerated() {
        guard let instruction else { continue }
        all[instruction] = OuterProduct(
          element: element,
          accumulation: number & 1 == 0
            ? nil : Accumulation(negatesProduct: false, negatesAccumulator: false),
          saturates: number >= 2)
      }
    }
    return all
  }()

  // MARK: what a prefix leaves out

  /// The rows that are computed; the others become zero.
  package func rows(_ i: Instruction) -> [Int] {
    guard i.isPrefixed else { return Array(0..<4) }
    return (0..<4).filter { i.prefixBits(24, 27) >> UInt64(3 - $0) & 1 != 0 }
  }

  /// Ones where the elements of a row are computed; nil for all.
  package func columnMask(_ i: Instruction) -> UInt128? {
    let (count, width) = element == .double ? (2, 64) : (4, 32)
    guard i.isPrefixed else { return nil }
    return Self.mask(i.prefixBits(28, 27 + count), count, width)
  }

  /// Ones in each word where its products are computed; nil for all.
  package func productMask(_ i: Instruction) -> UInt128? {
    guard i.isPrefixed, products > 0 else { return nil }
    return Self.mask(i.prefixBits(16, 15 + products), products, 32 / products)
      .map { $0 &* 0x1_0000_0001_0000_0001_0000_0001 }
  }

  /// Each bit as many times as an element is wide.
  private static func mask(_ bits: UInt64, _ count: Int, _ width: Int) -> UInt128? {
    guard bits != 1 << count - 1 else { return nil }
    let element: UInt128 = (1 << width) - 1
    var mask: UInt128 = 0
    for place in 0..<count where bits >> place & 1 != 0 { mask |= element << (width * place) }
    return mask
  }
}

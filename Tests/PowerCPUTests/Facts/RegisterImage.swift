import PowerArithmetic
import PowerISA

@testable import PowerCPU

/// A place that an instruction may read or change.
enum Place: Hashable, CustomStringConvertible {
  case gpr(Int)
  /// Half a vector-scalar register: number, doubleword.
  case vsr(Int, Int)
  /// By the books' numbers, 0 to 31.
  case crBit(Int)
  case status(Status)
  /// A special-purpose register that is not one of those.
  case spr(Int)
  /// A word of the processor's state that is none of the others, by its offset.
  case rest(Int)
  /// Whether the copy buffer is full, and what it has.
  case copyBuffer
  case nextInstruction

  enum Status: CaseIterable {
    case carry, overflow, summaryOverflow, byteCount, fpscr, vscr, lr, ctr, tar, msr
  }

  var description: String {
    switch self {
    case .gpr(let number): "r\(number)"
    case .vsr(let number, let half): "vs\(number).\(half)"
    case .crBit(let number): "CR bit \(number)"
    case .status(let status): "\(status)"
    case .spr(let number): SPR.byNumber[number]?.name ?? "SPR \(number)"
    case .rest(let offset): "state at \(offset)"
    case .copyBuffer: "copy buffer"
    case .nextInstruction: "next instruction"
    }
  }
}

/// All that an instruction may read or change but storage, as numbers.
struct RegisterImage {
  private(set) var values: [UInt64]

  /// The places of ``values``, in their order.
  static let places: [Place] = {
    var places: [Place] = (0..<32).map { .gpr($0) }
    places += (0..<128).map { .vsr($0 / 2, $0 % 2) }
    places += (0..<32).map { .crBit($0) }
    places += Place.Status.allCases.map { .status($0) }
    places += sprs.map { .spr($0) }
    places += restOffsets.map { .rest($0) }
    return places + [.copyBuffer, .nextInstruction]
  }()

  static let index = Dictionary(uniqueKeysWithValues: zip(places, places.indices))

  private static let sprs = [
    SPR.ppr, .dscr, .vrsave, .bescr, .ebbrr, .mmcr0, .sprg0, .hashkeyr, .dexcr,
  ].map(\.number)

  /// Words of the state that are no registers of the list, and that semantics functions may use.
  private static let restOffsets: [Int] = [
    \ProcessorState.cfar, \.reservationHigh, \.reservationLow, \.srr0, \.srr1, \.dar, \.dsisr,
    \.lpcr, \.fscr, \.amr, \.iamr, \.uamor, \.pid, \.addressMask,
  ].compactMap { (path: PartialKeyPath<ProcessorState>) in
    MemoryLayout<ProcessorState>.offset(of: path)
  }

  /// The number of a place in ``places``; the tests name only those that are there.
  static func number(_ place: Place) -> Int { index[place] ?? 0 }

  static let msr = number(.status(.msr))
  static let fpscr = number(.status(.fpscr))
  static let byteCount = number(.status(.byteCount))
  static let nextInstruction = number(.nextInstruction)
  private static let firstCRBit = number(.crBit(0))
  private static let firstStatus = number(.status(.carry))

  subscript(number: Int) -> UInt64 {
    get { values[number] }
    set { values[number] = newValue }
  }

  /// The numbers of the places that differ. A loop without generic calls: the test is built without
  /// optimization, and this is its innermost.
  func differences(from other: RegisterImage) -> [Int] {
    var result: [Int] = []
    values.withUnsafeBufferPointer { mine in
      other.values.withUnsafeBufferPointer { others in
        var place = 0
        while place < mine.count {
          if mine[place] != others[place] { result.append(place) }
          place += 1
        }
      }
    }
    return result
  }

  func gpr(_ number: Int) -> UInt64 { values[number] }
  mutating func setGPR(_ number: Int, _ value: UInt64) { values[number] = value }

  init(_ cpu: VirtualProcessor) {
    let s = cpu.state
    values = []
    values.reserveCapacity(Self.places.count)
    for n in 0..<32 { values.append(s.pointee.gpr[n]) }
    for n in 0..<64 {
      values.append(s.pointee.vsr[n].doubleword0)
      values.append(s.pointee.vsr[n].doubleword1)
    }
    let cr = s.pointee.cr
    var bit: UInt32 = 32
    while bit > 0 {
      bit -= 1
      values.append(UInt64(cr >> bit & 1))
    }
    let xer = s.pointee.xer
    values += [
      xer & (XER.ca | XER.ca32), xer & (XER.ov | XER.ov32), xer & XER.so, xer & 0x7F,
      s.pointee.fpscr, UInt64(s.pointee.vscr), s.pointee.lr, s.pointee.ctr, s.pointee.tar,
      s.pointee.msr,
    ]
    for number in Self.sprs { values.append(cpu.read(number: number)) }
    for offset in Self.restOffsets {
      values.append((UnsafeRawPointer(s) + offset).load(as: UInt64.self))
    }
    values.append(
      cpu.copyBuffer.isFull ? cpu.copyBuffer.block.reduce(1) { $0 &* 31 &+ UInt64($1) } : 0)
    values.append(s.pointee.nia)
  }

  /// Puts the registers into a processor; the copy buffer and the rest of the state stay.
  func apply(to cpu: VirtualProcessor) {
    let s = cpu.state
    for n in 0..<32 { s.pointee.gpr[n] = values[n] }
    for n in 0..<64 { s.pointee.vsr[n] = Vector(values[32 + 2 * n], values[33 + 2 * n]) }
    var cr: UInt32 = 0
    for n in 0..<32 where values[Self.firstCRBit + n] & 1 != 0 { cr |= 1 << UInt32(31 - n) }
    s.pointee.cr = cr
    // In the order of ``Place/Status``.
    let status = values[Self.firstStatus..<Self.firstStatus + Place.Status.allCases.count]
    let first = status.startIndex
    s.pointee.xer =
      status[first] & (XER.ca | XER.ca32) | status[first + 1] & (XER.ov | XER.ov32)
      | status[first + 2] & XER.so | status[first + 3] & 0x7F
    s.pointee.fpscr = FPSCR.summarized(status[first + 4] & FPSCR.implemented)
    s.pointee.vscr = UInt32(truncatingIfNeeded: status[first + 5] & 0x1_0001)
    s.pointee.lr = status[first + 6]
    s.pointee.ctr = status[first + 7]
    s.pointee.tar = status[first + 8]
    s.pointee.msr = status[first + 9]
  }
}

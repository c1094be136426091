import HostSupport
import PowerISA

/// The effective address of an instruction's storage access, made and computed from the row's operands.
struct OperandAddress {
  private let row: InstructionRow
  private let access: StorageOperand
  private let displacement: InstructionOperand?
  /// Whether RB is part of the address, rather than a length.
  private let isIndexed: Bool
  private let base: InstructionOperand?
  private let length: InstructionOperand?
  private let hasZero: Bool

  init?(_ row: InstructionRow) {
    guard let access = row.storage else { return nil }
    self.row = row
    self.access = access
    displacement = access.displacement.map { row.operands[$0] }
    isIndexed = access.index != nil
    base = access.base.map { row.operands[$0] }
    length = access.length.map { row.operands[$0] }
    hasZero = base?.kind == .gprOrZero
  }

  private func base(_ i: Instruction, _ image: RegisterImage) -> UInt64 {
    if i.isPrefixed, i.r_11 { return InstructionTrial.code }
    return hasZero && i.ra.number == 0 ? 0 : image.gpr(i.ra.number)
  }

  /// The first byte of the access.
  func address(_ i: Instruction, _ image: RegisterImage) -> UInt64 {
    var ea = base(i, image)
    if let displacement {
      ea &+= UInt64(bitPattern: displacement.value(in: i))
    } else if isIndexed {
      ea &+= image.gpr(i.rb.number)
    }
    let isAligned = !access.forms.isDisjoint(with: [.aligned, .element])
    return isAligned ? ea & ~UInt64(access.bytes - 1) : ea
  }

  /// Bytes that it accesses, from ``address(_:_:)``; below it as many as the second number for atomic
  /// operations, which may compare with a neighbour.
  func extent(_ i: Instruction, _ image: RegisterImage) -> (above: Int, below: Int) {
    if access.kind == .atomic { return (2 * access.bytes, access.bytes) }
    if access.forms.contains(.multiple) { return (access.bytes * (32 - i.rt.number), 0) }
    guard access.forms.contains(.counted) else { return (access.bytes, 0) }
    guard let length else { return (Int(image[RegisterImage.byteCount] & 0x7F), 0) }
    let value = Int(length.value(in: i))
    return (length.kind == .byteCount ? value : min(Int(image.gpr(value) >> 56), 16), 0)
  }

  /// Makes the address one within storage.
  /// - Returns: nil when the instruction cannot have one.
  func place(
    _ i: Instruction, _ image: inout RegisterImage, _ random: inout SplitMix64
  ) -> Instruction? {
    var ea =
      InstructionTrial.data.lowerBound
      + random.next() % UInt64(InstructionTrial.data.count)
    if random.next() & 3 != 0 { ea &= access.bytes == 128 ? ~127 : ~15 }
    var i = i
    let isRelative = i.isPrefixed && i.r_11
    if isRelative { i = base?.replacing(in: i, with: 0) ?? i }
    let isZero = hasZero && i.ra.number == 0
    if let displacement {
      let limit: Int64 = displacement.width > 10 ? 0x1000 : 0
      let wanted =
        isRelative
        ? Int64(ea) - Int64(InstructionTrial.code)
        : isZero ? Int64(ea) : Int64(random.next() % 0x2000) - limit
      // Some displacements are multiples of 4, 8 or 16; that of hashst is negative.
      guard
        let placed = [wanted, wanted & ~15, -8 * (1 + wanted & 63)].lazy
          .compactMap({ displacement.replacing(in: i, with: $0) }).first
      else { return nil }
      i = placed
      if isRelative { return i }
      // With RA 0 the displacement is the address, far from here mostly; register 0 must not matter.
      // Whether it is zero for the hash instructions too is open: binutils says so, their semantics not.
      if isZero, access.bytes == 8, displacement.width == 10 { return nil }
      image.setGPR(i.ra.number, ea &- UInt64(bitPattern: displacement.value(in: i)))
      return i
    }
    if let length, length.kind == .gpr {
      image.setGPR(i.rb.number, random.next() % 20 << 56)
    }
    guard isIndexed else {
      guard !isZero, !(i.ra == i.rb && access.forms.contains(.counted)) else { return nil }
      image.setGPR(i.ra.number, ea)
      return i
    }
    if isZero {
      image.setGPR(i.rb.number, ea)
    } else if i.ra == i.rb {
      image.setGPR(i.ra.number, ea / 2)
    } else {
      let offset = random.next() & 0xFFFF
      image.setGPR(i.ra.number, offset)
      image.setGPR(i.rb.number, ea &- offset)
    }
    return i
  }
}

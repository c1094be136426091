import PowerArithmetic
import PowerISA

// Book I 6.8.7 and 6.8.8: extract and insert elements at a byte position.

extension Semantics {
  // MARK: extract to a vector

  static func vextractub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(p[i.vrb].bytes(from: Int(i.uim_11 & 15), size: 1), 0)
  }

  static func vextractuh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(p[i.vrb].bytes(from: Int(i.uim_11 & 15), size: 2), 0)
  }

  static func vextractuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(p[i.vrb].bytes(from: Int(i.uim_11 & 15), size: 4), 0)
  }

  static func vextractd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(p[i.vrb].bytes(from: Int(i.uim_11 & 15), size: 8), 0)
  }

  static func vextdubvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 1, fromRight: false)
  }

  static func vextdubvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 1, fromRight: true)
  }

  static func vextduhvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 2, fromRight: false)
  }

  static func vextduhvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 2, fromRight: true)
  }

  static func vextduwvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 4, fromRight: false)
  }

  static func vextduwvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 4, fromRight: true)
  }

  static func vextddvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 8, fromRight: false)
  }

  static func vextddvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = doubleVectorElement(p, i, size: 8, fromRight: true)
  }

  /// The element of VRA||VRB at the byte index in RC, counted from the left or the right. One
  /// that is not wholly inside is undefined; zero, as in QEMU.
  private static func doubleVectorElement(
    _ p: Processor, _ i: Instruction, size: Int, fromRight: Bool
  ) -> Vector {
    let index = Int(p[i.registerC] & 31)
    guard index + size <= 32 else { return .zero }
    let first = fromRight ? 32 - size - index : index
    return Vector(p[i.vra].bytes(from: first, size: size, followedBy: p[i.vrb]), 0)
  }

  // MARK: extract to a general register

  static func vextublx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: Int(p[i.ra] & 15), size: 1)
  }

  static func vextubrx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: 15 - Int(p[i.ra] & 15), size: 1)
  }

  static func vextuhlx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: Int(p[i.ra] & 15), size: 2)
  }

  static func vextuhrx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: 14 - Int(p[i.ra] & 15), size: 2)
  }

  static func vextuwlx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: Int(p[i.ra] & 15), size: 4)
  }

  static func vextuwrx(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].bytes(from: 12 - Int(p[i.ra] & 15), size: 4)
  }

  // MARK: insert

  static func vinsertb(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][byte: 7]), at: Int(i.uim_11 & 15), size: 1)
  }

  static func vinserth(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][halfword: 3]), at: Int(i.uim_11 & 15), size: 2)
  }

  static func vinsertw(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][word: 1]), at: Int(i.uim_11 & 15), size: 4)
  }

  static func vinsertd(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.vrb].doubleword0, at: Int(i.uim_11 & 15), size: 8)
  }

  static func vinsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(i.uim_11 & 15), size: 4)
  }

  static func vinsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(i.uim_11 & 15), size: 8)
  }

  static func vinsblx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(p[i.ra] & 15), size: 1)
  }

  static func vinsbrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: 15 - Int(p[i.ra] & 15), size: 1)
  }

  static func vinshlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(p[i.ra] & 15), size: 2)
  }

  static func vinshrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: 14 - Int(p[i.ra] & 15), size: 2)
  }

  static func vinswlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(p[i.ra] & 15), size: 4)
  }

  static func vinswrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: 12 - Int(p[i.ra] & 15), size: 4)
  }

  static func vinsdlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: Int(p[i.ra] & 15), size: 8)
  }

  static func vinsdrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(p[i.rb], at: 8 - Int(p[i.ra] & 15), size: 8)
  }

  static func vinsbvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][byte: 7]), at: Int(p[i.ra] & 15), size: 1)
  }

  static func vinsbvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][byte: 7]), at: 15 - Int(p[i.ra] & 15), size: 1)
  }

  static func vinshvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][halfword: 3]), at: Int(p[i.ra] & 15), size: 2)
  }

  static func vinshvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][halfword: 3]), at: 14 - Int(p[i.ra] & 15), size: 2)
  }

  static func vinswvlx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][word: 1]), at: Int(p[i.ra] & 15), size: 4)
  }

  static func vinswvrx(_ p: Processor, _ i: Instruction) {
    p[i.vrt].insert(UInt64(p[i.vrb][word: 1]), at: 12 - Int(p[i.ra] & 15), size: 4)
  }
}

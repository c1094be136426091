import PowerArithmetic
import PowerISA

// Book I 6.7: vector storage access.

extension Semantics {
  // MARK: quadword

  @inline(__always)
  static func lvx(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb) & ~15) else { return }
    p[i.vrt] = Vector(quadword: value)
  }

  @inline(__always)
  static func lvxl(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb) & ~15) else { return }
    p[i.vrt] = Vector(quadword: value)
  }

  @inline(__always)
  static func stvx(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p[i.vrs].quadword, p.ea(i.ra, i.rb) & ~15)
  }

  @inline(__always)
  static func stvxl(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p[i.vrs].quadword, p.ea(i.ra, i.rb) & ~15)
  }

  // MARK: element, at its place in the quadword

  static func lvebx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb)
    guard let value = p.load(UInt8.self, ea) else { return }
    // The other elements are undefined; QEMU keeps them.
    p[i.vrt][p.element(of: UInt8.self, at: ea), UInt8.self] = value
  }

  static func stvebx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb)
    _ = p.store(p[i.vrs][p.element(of: UInt8.self, at: ea), UInt8.self], ea)
  }

  static func lvehx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb) & ~1
    guard let value = p.load(UInt16.self, ea) else { return }
    // The other elements are undefined; QEMU keeps them.
    p[i.vrt][p.element(of: UInt16.self, at: ea), UInt16.self] = value
  }

  static func stvehx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb) & ~1
    _ = p.store(p[i.vrs][p.element(of: UInt16.self, at: ea), UInt16.self], ea)
  }

  static func lvewx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb) & ~3
    guard let value = p.load(UInt32.self, ea) else { return }
    // The other elements are undefined; QEMU keeps them.
    p[i.vrt][p.element(of: UInt32.self, at: ea), UInt32.self] = value
  }

  static func stvewx(_ p: Processor, _ i: Instruction) {
    let ea = p.ea(i.ra, i.rb) & ~3
    _ = p.store(p[i.vrs][p.element(of: UInt32.self, at: ea), UInt32.self], ea)
  }

  // MARK: permute control

  static func lvsl(_ p: Processor, _ i: Instruction) {
    let first = UInt8(truncatingIfNeeded: p.ea(i.ra, i.rb) & 15)
    p[i.vrt] = Vector.generate(UInt8.self) { first + UInt8($0) }
  }

  static func lvsr(_ p: Processor, _ i: Instruction) {
    let first = UInt8(truncatingIfNeeded: 16 - p.ea(i.ra, i.rb) & 15)
    p[i.vrt] = Vector.generate(UInt8.self) { first + UInt8($0) }
  }
}

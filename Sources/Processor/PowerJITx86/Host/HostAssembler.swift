internal import CAsmJit
internal import PowerCPU
internal import PowerJIT

/// A general register of the host.
struct HostRegister: Hashable {
  let number: Int32

  static let rax = HostRegister(number: 0)
  static let rcx = HostRegister(number: 1)
  static let rdx = HostRegister(number: 2)
  static let rbx = HostRegister(number: 3)
  static let rsp = HostRegister(number: 4)
  static let rbp = HostRegister(number: 5)
  static let rsi = HostRegister(number: 6)
  static let rdi = HostRegister(number: 7)
  static let r15 = HostRegister(number: 15)
}

/// A vector register of the host.
struct HostVector: Equatable {
  let number: Int32

  static let xmm0 = HostVector(number: 0)
  static let xmm1 = HostVector(number: 1)
  static let xmm2 = HostVector(number: 2)
  static let xmm3 = HostVector(number: 3)
}

/// `[base + index << shift + displacement]`.
struct HostMemory {
  var raw: CAsmMemory

  init(_ base: HostRegister, _ displacement: Int) {
    raw = CAsmMemory(
      base: Int8(truncatingIfNeeded: base.number), index: -1, shift: 0,
      displacement: Int32(truncatingIfNeeded: displacement))
  }

  init(_ base: HostRegister, _ index: HostRegister, shift: Int = 0, _ displacement: Int = 0) {
    raw = CAsmMemory(
      base: Int8(truncatingIfNeeded: base.number), index: Int8(truncatingIfNeeded: index.number),
      shift: Int8(truncatingIfNeeded: shift), displacement: Int32(truncatingIfNeeded: displacement))
  }
}

extension HostMemory {
  /// The place some bytes after it.
  func advanced(by bytes: Int) -> HostMemory {
    var place = self
    place.raw.displacement += Int32(truncatingIfNeeded: bytes)
    return place
  }

  /// RBX's offset in the state: the general registers, the most frequent operands, are within a
  /// one-byte displacement.
  static let stateOrigin = StateOffset.gpr + 128

  /// A part of the state: a ``StateOffset``.
  static func state(_ offset: Int) -> HostMemory { HostMemory(.rbx, offset - stateOrigin) }

  /// RBP's offset from the data translations: the first slots are within a one-byte displacement.
  static let tlbOrigin = AccessCacheLayout.first + 128

  /// A part of a slot, from ``AccessCacheLayout``.
  static func accessCache(_ number: Int, _ part: Int) -> HostMemory {
    HostMemory(
      .rbp, AccessCacheLayout.first + AccessCacheLayout.stride * number + part - tlbOrigin)
  }
}

/// Where the parts are that nearly all code uses. Each is looked up once for a region: the offsets that the processor
/// declares are worked out when they are first used, which must be checked each time.
struct FrequentPlaces {
  let cfar = HostMemory.state(StateOffset.cfar)
  let codePage = HostMemory.state(StateOffset.codePage)
  let entryCache = HostMemory.state(StateOffset.entryCache)
  private let lr = HostMemory.state(StateOffset.lr)
  private let ctr = HostMemory.state(StateOffset.ctr)
  private let gpr = HostMemory.state(StateOffset.gpr)
  private let saved = HostMemory.state(StateOffset.savedOperands)
  private let fields = HostMemory.state(StateOffset.crFields)
  private let conditions = HostMemory.state(StateOffset.conditions)
  private let start = HostMemory.accessCache(0, AccessCacheLayout.start)
  private let limit = HostMemory.accessCache(0, AccessCacheLayout.limit)
  private let addend = HostMemory.accessCache(0, AccessCacheLayout.addend)
  private let stride = AccessCacheLayout.stride

  func slot(_ register: GuestRegister) -> HostMemory {
    switch register.number {
    case GuestRegister.lr.number: lr
    case GuestRegister.ctr.number: ctr
    case let number where number >= GuestRegister.firstSaved:
      saved.advanced(by: 8 * (number - GuestRegister.firstSaved))
    case let number: gpr.advanced(by: 8 * number)
    }
  }

  func field(_ number: Int) -> HostMemory { fields.advanced(by: number) }
  func condition(_ index: Int) -> HostMemory { conditions.advanced(by: 4 * index) }

  // The parts of a slot of the access cache.
  func start(_ number: Int) -> HostMemory { start.advanced(by: stride * number) }
  func limit(_ number: Int) -> HostMemory { limit.advanced(by: stride * number) }
  func addend(_ number: Int) -> HostMemory { addend.advanced(by: stride * number) }
}

/// A place in the code being assembled.
struct HostLabel {
  let number: UInt32
}

/// Assembles one piece of host code. Errors are recorded, and ``finish`` reports them.
final class HostAssembler {
  // Safety: made and destroyed with this object.
  private let code: OpaquePointer

  /// - Returns: nil when the host has no memory.
  init?() {
    guard let code = casm_create() else { return nil }
    self.code = code
  }

  deinit { casm_destroy(code) }

  /// Begins code that will run at an address.
  func begin(at address: UInt) {
    heldCarry = nil
    relocations.removeAll(keepingCapacity: true)
    _ = casm_begin(code, UInt64(address))
  }

  /// Where the code contains addresses of this process.
  @exclusivity(unchecked) private(set) var relocations: [HostRelocation] = []

  /// Notes that the last instruction ends with something of this process.
  func noteRelocation(_ kind: HostRelocation.Kind) {
    relocations.append(HostRelocation(kind: kind, end: size))
  }

  var size: Int { casm_size(code) }

  /// Whether code is also kept as ``text`` from now on.
  func keepText(_ isKept: Bool) { casm_log(code, isKept ? 1 : 0) }
  /// A line for each instruction, with its bytes after a semicolon, and for each label.
  var text: String { String(cString: casm_text(code)) }
  /// Marks the beginning of a guest instruction's code in the text.
  func note(word: Int) { casm_comment(code, UInt32(word)) }

  /// Copies the code to its destination.
  /// - Returns: its size; nil when assembly failed or it does not fit.
  func finish(_ destination: UnsafeMutableRawPointer, capacity: Int) -> Int? {
    let size = casm_finish(code, destination, capacity)
    return size == 0 ? nil : size
  }

  /// The reason for which ``finish(_:capacity:)`` failed.
  var error: String { String(cString: casm_error(code)) }

  func label() -> HostLabel { HostLabel(number: casm_label(code)) }
  func bind(_ label: HostLabel) {
    storeCarry()
    casm_bind(code, label.number)
  }
  func offset(of label: HostLabel) -> Int { Int(casm_label_offset(code, label.number)) }

  /// How often an instruction that may change RCX was emitted.
  @exclusivity(unchecked) private(set) var changesOfRCX = 0

  /// Whether an instruction has used XMM3, in debug builds.
  var usesXMM3 = false

  @inline(__always)
  private func note(
    _ a: HostVector, _ b: HostVector? = nil, _ c: HostVector? = nil, _ d: HostVector? = nil
  ) {
    #if DEBUG
      if a == .xmm3 || b == .xmm3 || c == .xmm3 || d == .xmm3 { usesXMM3 = true }
    #endif
  }

  private func note(target: HostRegister) {
    if target == .rcx { changesOfRCX += 1 }
  }

  // MARK: the carry

  @exclusivity(unchecked) private var heldCarry: HeldCarry?

  /// Leaves a carry in the host's carry flag, which the last instruction has set.
  func holdCarry(in place: HostMemory, isInverted: Bool) {
    heldCarry = HeldCarry(place: place, isInverted: isInverted)
  }

  /// The carry is going to be set again.
  func dropCarry() { heldCarry = nil }

  /// Takes the carry over, which is going to be set again.
  /// - Returns: whether the host's flag is its complement; nil if it has been stored.
  func takeCarry() -> Bool? {
    defer { heldCarry = nil }
    return heldCarry?.isInverted
  }

  private func storeCarry() {
    guard let carry = heldCarry else { return }
    heldCarry = nil
    casm_m(code, carry.isInverted ? CAsmSetae : CAsmSetb, 1, carry.place.raw)
  }

  /// Must be called before an instruction is emitted.
  @inline(__always)
  private func settle(_ i: CAsmInstruction) {
    if heldCarry != nil, !i.keepsFlags { storeCarry() }
  }

  // MARK: instructions; sizes are bytes

  func emit(_ i: CAsmInstruction) {
    settle(i)
    casm_none(code, i)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ r: HostRegister) {
    note(target: r)
    settle(i)
    casm_r(code, i, size, r.number)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ m: HostMemory) {
    settle(i)
    casm_m(code, i, size, m.raw)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ s: HostRegister) {
    note(target: t)
    settle(i)
    casm_rr(code, i, size, t.number, s.number)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ m: HostMemory) {
    note(target: t)
    settle(i)
    casm_rm(code, i, size, t.number, size, m.raw)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ m: HostMemory, _ s: HostRegister) {
    settle(i)
    casm_mr(code, i, size, m.raw, s.number)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ value: Int64) {
    note(target: t)
    settle(i)
    casm_ri(code, i, size, t.number, value)
  }
  func emit(_ i: CAsmInstruction, _ size: Int32, _ m: HostMemory, _ value: Int64) {
    settle(i)
    casm_mi(code, i, size, m.raw, value)
  }
  func emit(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ s: HostRegister, _ value: Int64
  ) {
    note(target: t)
    settle(i)
    casm_rri(code, i, size, t.number, s.number, value)
  }
  func emit(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ m: HostMemory, _ value: Int64
  ) {
    note(target: t)
    settle(i)
    casm_rmi(code, i, size, t.number, m.raw, value)
  }
  func emit(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, _ a: HostRegister, _ b: HostRegister
  ) {
    note(target: t)
    settle(i)
    casm_rrr(code, i, size, t.number, a.number, b.number)
  }

  /// A source of another size: `movzx`, `movsx`, `movsxd`.
  func extend(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, from: Int32, _ s: HostRegister
  ) {
    note(target: t)
    settle(i)
    casm_rr2(code, i, size, t.number, from, s.number)
  }
  func extend(
    _ i: CAsmInstruction, _ size: Int32, _ t: HostRegister, from: Int32, _ m: HostMemory
  ) {
    note(target: t)
    settle(i)
    casm_rm(code, i, size, t.number, from, m.raw)
  }

  /// A shift or rotation by CL.
  func shiftByCL(_ i: CAsmInstruction, _ size: Int32, _ t: HostRegister) {
    note(target: t)
    settle(i)
    casm_rr2(code, i, size, t.number, 1, HostRegister.rcx.number)
  }

  // MARK: vector registers

  func emit(_ i: CAsmInstruction, _ t: HostVector, _ s: HostVector) {
    note(t, s)
    settle(i)
    casm_xx(code, i, t.number, s.number)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ m: HostMemory, size: Int32 = 16) {
    note(t)
    settle(i)
    casm_xm(code, i, t.number, size, m.raw)
  }
  func emit(_ i: CAsmInstruction, _ m: HostMemory, _ s: HostVector, size: Int32 = 16) {
    note(s)
    settle(i)
    casm_mx(code, i, size, m.raw, s.number)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ s: HostRegister, size: Int32) {
    note(t)
    settle(i)
    casm_xr(code, i, t.number, size, s.number)
  }
  func emit(_ i: CAsmInstruction, _ t: HostRegister, _ s: HostVector, size: Int32) {
    note(s)
    note(target: t)
    settle(i)
    casm_rx(code, i, size, t.number, s.number)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ value: Int64) {
    note(t)
    settle(i)
    casm_xi(code, i, t.number, value)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ s: HostVector, _ value: Int64) {
    note(t, s)
    settle(i)
    casm_xxi(code, i, t.number, s.number, value)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ a: HostVector, _ b: HostVector) {
    note(t, a, b)
    settle(i)
    casm_xxx(code, i, t.number, a.number, b.number)
  }

  func emit(_ i: CAsmInstruction, _ t: HostVector, _ m: HostMemory, _ value: Int64) {
    note(t)
    settle(i)
    casm_xmi(code, i, t.number, m.raw, value)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ a: HostVector, _ m: HostMemory) {
    note(t, a)
    settle(i)
    casm_xxm(code, i, t.number, a.number, m.raw)
  }
  func emit(
    _ i: CAsmInstruction, _ t: HostVector, _ a: HostVector, _ b: HostVector, _ c: HostVector
  ) {
    note(t, a, b, c)
    settle(i)
    casm_xxxx(code, i, t.number, a.number, b.number, c.number)
  }
  func emit(
    _ i: CAsmInstruction, _ t: HostVector, _ a: HostVector, _ b: HostVector, _ value: Int64
  ) {
    note(t, a, b)
    settle(i)
    casm_xxxi(code, i, t.number, a.number, b.number, value)
  }
  /// The sixteen bytes at a label.
  func emit(_ i: CAsmInstruction, _ t: HostVector, at label: HostLabel) {
    note(t)
    settle(i)
    casm_xl(code, i, t.number, label.number)
  }
  func emit(_ i: CAsmInstruction, _ t: HostVector, _ s: HostVector, at label: HostLabel) {
    note(t, s)
    settle(i)
    casm_xxl(code, i, t.number, s.number, label.number)
  }

  /// Binds a label to sixteen bytes of data, aligned.
  func data(_ label: HostLabel, _ value: UInt128) {
    casm_data(
      code, label.number, UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64)
    )
  }

  func jump(_ i: CAsmInstruction, _ label: HostLabel) {
    if i == CAsmCall { changesOfRCX += 1 }
    settle(i)
    casm_to_label(code, i, label.number)
  }
  func jump(_ i: CAsmInstruction, to address: UInt) {
    if i == CAsmCall { changesOfRCX += 1 }
    settle(i)
    casm_to_address(code, i, UInt64(address))
    noteRelocation(.trampoline)
  }

  /// Moves a constant, in the shortest form that preserves the flags.
  func move(_ t: HostRegister, constant value: UInt64) {
    if value <= 0xFFFF_FFFF {
      emit(CAsmMov, 4, t, Int64(value))
    } else {
      emit(CAsmMov, 8, t, Int64(bitPattern: value))
    }
  }
}

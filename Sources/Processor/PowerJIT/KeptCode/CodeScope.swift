internal import HostSupport
internal import PowerCPU
internal import PowerISA

/// What a region's code depends on besides the instruction words, in terms that mean the same in another process.
struct CodeScope: Equatable {
  /// The processor, its instruction set in this context, and the features of the host.
  let environment: UInt64
  /// ``RegionContext/msr``.
  let msr: UInt64
  /// Effective address of the page; all ones for code that is for any.
  let page: UInt64
  /// Bit 0: ``RegionContext/summaryOverflow``; bit 1: ``CodePage/Key/isLasting``.
  let flags: UInt64

  init(_ key: CodePage.Key, environment: UInt64) {
    self.environment = environment
    msr = key.context.msr
    page = key.page ?? ~0
    flags = (key.context.summaryOverflow ? 1 : 0) | (key.isLasting ? 2 : 0)
  }

  init?(_ bytes: inout KeptBytes) {
    guard let environment = bytes.take(UInt64.self), let msr = bytes.take(UInt64.self),
      let page = bytes.take(UInt64.self), let flags = bytes.take(UInt64.self)
    else { return nil }
    (self.environment, self.msr, self.page, self.flags) = (environment, msr, page, flags)
  }

  func write(to bytes: inout KeptBytes) {
    for part in [environment, msr, page, flags] { bytes.append(part) }
  }

  /// What code is found by: a number for the scope, a word of the page, and what is there: many functions begin with
  /// the same instruction.
  func key(word: Int, _ storage: StoredPage) -> UInt64 {
    let scope = [msr, page, flags, UInt64(word)].reduce(environment) { SplitMix64.mixed($0 ^ $1) }
    return (word..<min(word + 4, 1024)).reduce(scope) {
      SplitMix64.mixed($0 ^ UInt64(storage.word($1)))
    }
  }
}

/// Little-endian bytes that are written, or read from the beginning.
struct KeptBytes {
  private(set) var all: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8] = []) { all = bytes }

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { all.append(contentsOf: $0) }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) { all.append(contentsOf: bytes) }

  /// - Returns: nil at the end.
  mutating func take<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    let size = MemoryLayout<Value>.size
    guard all.count - place >= size else { return nil }
    defer { place += size }
    return all.withUnsafeBytes {
      Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self))
    }
  }

  /// A number of elements, each of which needs some bytes; nil if they cannot be there.
  mutating func takeCount(elementSize: Int) -> Int? {
    guard let count = take(UInt32.self), Int(count) <= (all.count - place) / elementSize else {
      return nil
    }
    return Int(count)
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard all.count - place >= count else { return nil }
    defer { place += count }
    return all[place..<place + count]
  }

  var isAtEnd: Bool { place == all.count }
}

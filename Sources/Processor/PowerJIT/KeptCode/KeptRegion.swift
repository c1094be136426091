internal import PowerCPU

/// The host code of a region, with everything that another process needs to use it.
struct KeptRegion {
  struct Entry {
    /// Of the page.
    var word: Int
    /// Offset of its host code.
    var offset: Int
  }

  var scope: CodeScope
  /// The words of its instructions, and the contents of these words, as they are in storage.
  var words: PageWords
  var contents: [UInt32]
  /// The words at which its blocks begin.
  var starts: PageWords
  /// ``CodePage/setCode(_:atWord:facilities:)``.
  var facilities: Int
  var entries: [Entry]
  /// The entry from which the region was made, and the words at which it would continue.
  var first: Int
  var missing: [Int]
  var instructionCount: Int
  /// Their handlers are distances from ``ProgramImage/base``.
  var helperCalls: [HelperCall]
  var relocations: [CodeRelocation]
  var code: [UInt8]

  /// The longest encoded region.
  static let sizeLimit = 4 << 20

  func encoded() -> KeptBytes {
    var bytes = KeptBytes()
    scope.write(to: &bytes)
    for part in words.parts { bytes.append(part) }
    for word in contents { bytes.append(word) }
    for part in starts.parts { bytes.append(part) }
    bytes.append(UInt16(facilities))
    bytes.append(UInt16(first))
    bytes.append(UInt32(instructionCount))
    bytes.append(UInt32(entries.count))
    for entry in entries {
      bytes.append(UInt32(entry.word))
      bytes.append(UInt32(entry.offset))
    }
    bytes.append(UInt32(missing.count))
    for word in missing { bytes.append(UInt32(word)) }
    bytes.append(UInt32(helperCalls.count))
    for helperCall in helperCalls {
      bytes.append(UInt64(helperCall.handler))
      bytes.append(helperCall.effectiveAddress)
      bytes.append(helperCall.word)
      bytes.append(helperCall.remainingCount)
      bytes.append(helperCall.pageMask)
      bytes.append(helperCall.operands)
      bytes.append(helperCall.reason.rawValue)
      bytes.append(UInt8(helperCall.isProblemState ? 1 : 0))
    }
    bytes.append(UInt32(relocations.count))
    for relocation in relocations {
      bytes.append(relocation.kind)
      bytes.append(UInt32(relocation.start))
      bytes.append(UInt32(relocation.index))
    }
    bytes.append(UInt32(code.count))
    code.withUnsafeBytes { bytes.append($0) }
    return bytes
  }

  /// Whether it was made of the same code, to be entered at the same places.
  func isOfSameCode(as other: KeptRegion) -> Bool {
    scope == other.scope && words == other.words && contents == other.contents
      && facilities == other.facilities && entries.map(\.word) == other.entries.map(\.word)
  }
}

extension KeptRegion {
  /// - Returns: nil for bytes that are no region's.
  init?(_ encoded: [UInt8]) {
    var bytes = KeptBytes(encoded)
    guard let scope = CodeScope(&bytes) else { return nil }
    self.scope = scope
    guard let words = Self.takeWords(&bytes) else { return nil }
    self.words = words
    contents = []
    for _ in 0..<words.count {
      guard let word = bytes.take(UInt32.self) else { return nil }
      contents.append(word)
    }
    guard let starts = Self.takeWords(&bytes) else { return nil }
    self.starts = starts
    guard let facilities = bytes.take(UInt16.self), facilities <= 8,
      let first = bytes.take(UInt16.self), first < 1024,
      let instructionCount = bytes.take(UInt32.self)
    else { return nil }
    (self.facilities, self.first) = (Int(facilities), Int(first))
    self.instructionCount = Int(instructionCount)
    (entries, missing, helperCalls, relocations, code) = ([], [], [], [], [])
    guard readEntries(&bytes), readHelperCalls(&bytes), readCode(&bytes), bytes.isAtEnd else {
      return nil
    }
  }

  private static func takeWords(_ bytes: inout KeptBytes) -> PageWords? {
    let parts = (0..<16).compactMap { _ in bytes.take(UInt64.self) }
    return parts.count == 16 ? PageWords(parts: parts) : nil
  }

  private mutating func readEntries(_ bytes: inout KeptBytes) -> Bool {
    guard let entryCount = bytes.takeCount(elementSize: 8), entryCount > 0 else { return false }
    for _ in 0..<entryCount {
      guard let word = bytes.take(UInt32.self), word < 1024, let offset = bytes.take(UInt32.self)
      else { return false }
      entries.append(Entry(word: Int(word), offset: Int(offset)))
    }
    guard let missingCount = bytes.takeCount(elementSize: 4) else { return false }
    for _ in 0..<missingCount {
      guard let word = bytes.take(UInt32.self), word < 1024 else { return false }
      missing.append(Int(word))
    }
    return true
  }

  private mutating func readHelperCalls(_ bytes: inout KeptBytes) -> Bool {
    guard let count = bytes.takeCount(elementSize: 46) else { return false }
    for _ in 0..<count {
      guard let handler = bytes.take(UInt64.self), let address = bytes.take(UInt64.self),
        let word = bytes.take(UInt64.self), let remaining = bytes.take(Int64.self),
        let pageMask = bytes.take(UInt64.self), let operands = bytes.take(UInt32.self),
        let reason = bytes.take(UInt8.self).flatMap(HelperCallCount.Reason.init),
        let isProblemState = bytes.take(UInt8.self)
      else { return false }
      helperCalls.append(
        HelperCall(
          handler: UInt(handler), effectiveAddress: address, word: word, remainingCount: remaining,
          operands: operands, reason: reason, isProblemState: isProblemState != 0,
          pageMask: pageMask))
    }
    return true
  }

  private mutating func readCode(_ bytes: inout KeptBytes) -> Bool {
    guard let count = bytes.takeCount(elementSize: 9) else { return false }
    for _ in 0..<count {
      guard let kind = bytes.take(UInt8.self), let start = bytes.take(UInt32.self),
        let index = bytes.take(UInt32.self)
      else { return false }
      relocations.append(CodeRelocation(kind: kind, start: Int(start), index: Int(index)))
    }
    guard let size = bytes.takeCount(elementSize: 1), let all = bytes.take(size) else {
      return false
    }
    code = Array(all)
    return entries.allSatisfy { $0.offset < size }
      && relocations.allSatisfy { $0.start < size }
  }
}

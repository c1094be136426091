internal import GuestMemory
internal import HostSupport
internal import PowerCPU
internal import PowerISA

// Code of earlier runs.
extension Translator {
  /// What code depends on besides its page and context.
  private var codeEnvironment: UInt64 {
    let context = state.pointee.codeContext
    if let known = codeEnvironments[context] { return known }
    let number = makeCodeEnvironment()
    codeEnvironments[context] = number
    return number
  }

  private func makeCodeEnvironment() -> UInt64 {
    let subset = processor.currentInstructions
    let model = processor.hardware
    let name = model.name.utf8.reduce(UInt64(model.isa.rawValue)) {
      SplitMix64.mixed($0 ^ UInt64($1))
    }
    return [UInt64(subset.level.rawValue), UInt64(subset.absent.rawValue), features.bits].reduce(
      name
    ) { SplitMix64.mixed($0 ^ $1) }
  }

  // MARK: using

  /// Looks for code of an earlier run that can be entered at a word of the current page, and makes it part of the
  /// page's code.
  /// - Returns: the host address; 0 if there is none.
  func keptCode(atWord word: Int, _ page: CodePage, facilities: Int) -> UInt {
    guard let keptCode, !madeAgain.contains(page.real), pageBytes < pageBytesLimit,
      let storage = StoredPage(processor.memory, at: page.real)
    else { return 0 }
    let scope = CodeScope(page.key, environment: codeEnvironment)
    let region = keptCode.region(scope.key(word: word, storage)) {
      $0.scope == scope && ($0.facilities == 0 || $0.facilities == facilities)
        && $0.entries.contains { $0.word == word }
        && zip($0.words, $0.contents).allSatisfy { storage.word($0) == $1 }
    }
    guard let region, let base = install(region) else { return 0 }
    let before = page.bytes
    for entry in region.entries
    where entry.word == word || page.code(atWord: entry.word, facilities: facilities) == 0 {
      page.setCode(base + UInt(entry.offset), atWord: entry.word, facilities: region.facilities)
      visits.reset(Self.visitKey(page.key.decoded, UInt64(4 * entry.word)))
    }
    page.add(
      region.words, instructionCount: region.instructionCount,
      code: base..<base + UInt(region.code.count))
    page.setMissing(region.missing, from: region.first, facilities: region.facilities)
    page.isKept = true
    pageBytes += page.bytes - before
    counts.keptRegions += 1
    counts.keptInstructions += region.instructionCount
    return page.code(atWord: word, facilities: facilities)
  }

  /// Copies a region's code to the code memory, with the addresses of this process.
  /// - Returns: its host address; nil if an address is too far away.
  private func install(_ region: KeptRegion) -> UInt? {
    makeRoom()
    let base = memory.next
    let (destination, capacity) = memory.free
    let calls = region.helperCalls
    guard region.code.count <= capacity, helperCalls.hasRoom(for: calls.count) else { return nil }
    let targets = trampolines.targets
    let first = helperCalls.next
    let firstStatus = helperCalls.number(of: first)
    UnsafeMutableRawBufferPointer(start: destination, count: capacity).copyBytes(from: region.code)
    // Until the code is committed, nothing uses what is written here.
    for relocation in region.relocations {
      let (place, index) = (destination + relocation.start, relocation.index)
      switch relocation.kind {
      case .trampoline:
        let end = Int(base) + relocation.start + relocation.kind.size
        guard index < targets.count, let distance = Int32(exactly: Int(targets[index]) - end)
        else { return nil }
        place.storeBytes(of: distance, as: Int32.self)
      case .helperCall:
        guard index < calls.count else { return nil }
        place.storeBytes(of: first + UInt(index * HelperCall.stride), as: UInt.self)
      case .statusNumber:
        guard index < calls.count else { return nil }
        place.storeBytes(of: Int32(firstStatus + index), as: Int32.self)
      case .specialRegister:
        guard index < 8 * 1024 else { return nil }
        place.storeBytes(of: specialRegisters + UInt(index), as: UInt.self)
      }
    }
    for var helperCall in calls {
      helperCall.handler &+= ProgramImage.current.base
      _ = helperCalls.add(helperCall)
    }
    memory.commit(region.code.count)
    return base
  }

  // MARK: keeping

  /// Keeps the code of a region that has just been made.
  /// - Parameters:
  ///   - firstCall: the address of its first helper call.
  ///   - first: the word from which it was made.
  func keep(
    _ region: Region, _ page: CodePage, _ made: Made, firstCall: UInt, first: Int, facilities: Int
  ) {
    guard let keptCode, keptCode.hasRoom, processor.hasSeenCodeWrites,
      let storage = StoredPage(processor.memory, at: page.real)
    else { return }
    // Safety: the code has just been written there.
    let code = Array(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: made.base), count: made.size))
    guard let relocations = relocations(of: code, at: made.base, firstCall) else {
      return assertionFailure("code with unknown addresses")
    }
    let words = region.words
    let kept = KeptRegion(
      scope: CodeScope(page.key, environment: codeEnvironment), words: words,
      contents: words.map { storage.word($0) }, facilities: facilities,
      entries: made.entries.map {
        KeptRegion.Entry(word: $0.word, offset: Int($0.code - made.base))
      },
      first: first, missing: region.missing,
      instructionCount: region.instructionCount,
      helperCalls: helperCalls.all(from: firstCall).map {
        var helperCall = $0
        helperCall.handler &-= ProgramImage.current.base
        helperCall.takenCount = 0
        return helperCall
      }, relocations: relocations, code: code)
    let keys = kept.entries.map { kept.scope.key(word: $0.word, storage) }
    // What was translated in another way replaces what is there.
    let isKnown =
      !madeAgain.contains(page.real)
      && keptCode.region(keys[0]) { $0.isOfSameCode(as: kept) } != nil
    if !isKnown { keptCode.add(kept, keys: keys) }
  }

  /// What must be replaced in code.
  /// - Returns: nil when it contains something else than expected.
  private func relocations(
    of code: [UInt8], at base: UInt, _ firstCall: UInt
  ) -> [KeptRegion.Relocation]? {
    let targets = trampolines.targets
    let firstStatus = helperCalls.number(of: firstCall)
    let callCount = helperCalls.all(from: firstCall).count
    var relocations: [KeptRegion.Relocation] = []
    for relocation in assembler.relocations {
      guard relocation.start >= 0, relocation.end <= code.count else { return nil }
      let bytes = code[relocation.start..<relocation.end]
      var index: Int?
      switch relocation.kind {
      case .trampoline:
        let target = Int(base) + relocation.end + Int(Int32(littleEndianBytes: bytes))
        index = targets.firstIndex(of: UInt(bitPattern: target))
      case .helperCall:
        let distance = Int(
          truncatingIfNeeded: UInt64(littleEndianBytes: bytes) &- UInt64(firstCall))
        index = distance % HelperCall.stride == 0 ? distance / HelperCall.stride : nil
      case .statusNumber: index = Int(Int32(littleEndianBytes: bytes)) - firstStatus
      case .specialRegister:
        let distance = UInt64(littleEndianBytes: bytes) &- UInt64(specialRegisters)
        index = distance < 8 * 1024 ? Int(distance) : nil
      }
      let isCall = relocation.kind == .helperCall || relocation.kind == .statusNumber
      guard let index, !isCall || 0..<callCount ~= index else { return nil }
      relocations.append(
        KeptRegion.Relocation(kind: relocation.kind, start: relocation.start, index: index))
    }
    return relocations
  }
}

/// The contents of a page of storage.
struct StoredPage {
  private let words: UnsafeRawPointer

  /// - Parameter real: its real address.
  init?(_ memory: GuestMemory, at real: UInt64) {
    guard memory.contains(real, count: 4096) else { return nil }
    words = UnsafeRawPointer(memory.base + Int(real))
  }

  func word(_ index: Int) -> UInt32 {
    // Safety: the page is in guest memory, which outlives the processor.
    words.loadUnaligned(fromByteOffset: 4 * (index & 1023), as: UInt32.self)
  }
}

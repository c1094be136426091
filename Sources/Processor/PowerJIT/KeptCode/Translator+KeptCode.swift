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
    return [UInt64(subset.level.rawValue), UInt64(subset.absent.rawValue), backEnd.features.bits]
      .reduce(
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
      region.words, starts: region.starts, instructionCount: region.instructionCount,
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
    guard
      let base = backEnd.install(
        region.code, region.relocations, callCount: region.helperCalls.count)
    else { return nil }
    for var helperCall in region.helperCalls {
      helperCall.handler &+= ProgramImage.current.base
      _ = helperCalls.add(helperCall)
    }
    return base
  }

  // MARK: keeping

  /// Keeps the code of a region that has just been made.
  /// - Parameters:
  ///   - firstCall: the address of its first helper call.
  ///   - first: the word from which it was made.
  func keep(
    _ region: Region, _ page: CodePage, _ made: MadeCode, firstCall: UInt, first: Int,
    facilities: Int
  ) {
    guard let keptCode, keptCode.hasRoom, processor.hasSeenCodeWrites,
      let storage = StoredPage(processor.memory, at: page.real)
    else { return }
    guard let relocations = backEnd.relocations(of: made, firstCall: firstCall) else { return }
    // Safety: the code has just been written there.
    let code = Array(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: made.base), count: made.size))
    let words = region.words
    let kept = KeptRegion(
      scope: CodeScope(page.key, environment: codeEnvironment), words: words,
      contents: words.map { storage.word($0) }, starts: region.starts, facilities: facilities,
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

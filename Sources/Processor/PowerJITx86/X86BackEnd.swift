internal import HostSupport
public import PowerCPU
public import PowerJIT

/// The back end for x86-64, with AsmJit.
final class X86BackEnd: BackEnd {
  /// Bytes of host code for each description of a helper call.
  private static let helperCallShare = 128
  /// The most bytes of host code for an instruction, and the most helper calls, on average of a region.
  private static let operationBytes = 1024
  private static let operationCalls = 8

  let rows = HostCode.table
  private(set) var features = HostFeatures()
  let helperCalls: HelperCallArena
  let assembler: HostAssembler
  let memory: CodeMemory
  let trampolines: Trampolines
  let accessSlots = AccessSlotNumbers()
  /// Address of the special-purpose registers that are not in the state, by number.
  private let specialRegisters: UInt
  private let state: UnsafeMutablePointer<ProcessorState>
  // Safety: allocated and freed with this object.
  private let deferred: UnsafeMutablePointer<DeferredStatus>

  /// - Parameter codeCapacity: bytes of host code to keep.
  /// - Returns: nil when the host does not permit executable memory.
  init?(_ processor: VirtualProcessor, codeCapacity: Int) {
    guard let assembler = HostAssembler(),
      let memory = CodeMemory(capacity: codeCapacity),
      let helperCalls = HelperCallArena(
        capacity: memory.capacity / Self.helperCallShare, segments: memory.segmentCount),
      case let deferred = UnsafeMutablePointer<DeferredStatus>.allocate(capacity: 1)
    else { return nil }
    deferred.initialize(to: DeferredStatus(state: processor.state, helperCalls: helperCalls.base))
    guard let trampolines = Trampolines.make(assembler, memory, deferred: deferred) else {
      deferred.deallocate()
      return nil
    }
    self.assembler = assembler
    self.memory = memory
    self.helperCalls = helperCalls
    self.trampolines = trampolines
    self.deferred = deferred
    state = processor.state
    specialRegisters = UInt(bitPattern: processor.specialPurposeRegisters.baseAddress)
  }

  deinit { deferred.deallocate() }

  func mask(features names: Set<String>) { features.mask(names) }

  // MARK: making code

  func makeRoom() -> Range<UInt>? {
    let needed = RegionBuilder.operationLimit
    if memory.free.capacity >= needed * Self.operationBytes,
      helperCalls.hasRoom(for: Self.operationCalls * needed)
    {
      return nil
    }
    let forgotten = memory.nextSegment()
    helperCalls.begin(segment: memory.segment)
    return forgotten
  }

  func make(_ region: Region, _ facts: RegionFacts) -> MadeCode? {
    let base = memory.next
    assembler.begin(at: base)
    let emitter = RegionEmitter(
      assembler, region, trampolines, features, helperCalls,
      specialRegisters: specialRegisters, accessSlots: accessSlots, facts)
    emitter.emit()
    assert(emitter.violations.isEmpty, "\(emitter.violations)")
    let (destination, capacity) = memory.free
    guard let size = assembler.finish(destination, capacity: capacity) else { return nil }
    memory.commit(size)
    let entries = zip(region.entries, emitter.entryLabels).map { entry, label in
      (region.blocks[entry].start, base + UInt(assembler.offset(of: label)))
    }
    return MadeCode(base: base, size: size, entries: entries)
  }

  // MARK: executing code

  func enter(_ code: UInt) -> UInt32 {
    state.pointee.deferredStatus.cleared = DeferredFloatStatus.clearedMXCSR
    let reason = trampolines.enter(UnsafeMutableRawPointer(state), code)
    if state.pointee.deferredStatus.isPending {
      DeferredStatus.resolve(UnsafeMutableRawPointer(deferred))
      // A semantics function has left translated code.
      state.pointee.deferredStatus.watch = 0
    }
    return reason
  }

  // MARK: keeping code

  func relocations(of made: MadeCode, firstCall: UInt) -> [CodeRelocation]? {
    // Safety: the code has just been written there.
    let code = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: made.base), count: made.size)
    let targets = trampolines.targets
    let firstStatus = helperCalls.number(of: firstCall)
    let callCount = helperCalls.all(from: firstCall).count
    var relocations: [CodeRelocation] = []
    for relocation in assembler.relocations {
      guard relocation.start >= 0, relocation.end <= code.count else { return nil }
      let bytes = code[relocation.start..<relocation.end]
      var index: Int?
      switch relocation.kind {
      case .trampoline:
        let target = Int(made.base) + relocation.end + Int(Int32(littleEndianBytes: bytes))
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
      guard let index, !isCall || 0..<callCount ~= index else {
        assertionFailure("code with unknown addresses")
        return nil
      }
      relocations.append(
        CodeRelocation(kind: relocation.kind.rawValue, start: relocation.start, index: index))
    }
    return relocations
  }

  func install(_ code: [UInt8], _ relocations: [CodeRelocation], callCount: Int) -> UInt? {
    let base = memory.next
    let (destination, capacity) = memory.free
    guard code.count <= capacity, helperCalls.hasRoom(for: callCount) else { return nil }
    let targets = trampolines.targets
    let first = helperCalls.next
    let firstStatus = helperCalls.number(of: first)
    UnsafeMutableRawBufferPointer(start: destination, count: capacity).copyBytes(from: code)
    // Until the code is committed, nothing uses what is written here.
    for relocation in relocations {
      guard let kind = HostRelocation.Kind(rawValue: relocation.kind),
        relocation.start + kind.size <= code.count
      else { return nil }
      let (place, index) = (destination + relocation.start, relocation.index)
      switch kind {
      case .trampoline:
        let end = Int(base) + relocation.start + kind.size
        guard index < targets.count, let distance = Int32(exactly: Int(targets[index]) - end)
        else { return nil }
        place.storeBytes(of: distance, as: Int32.self)
      case .helperCall:
        guard index < callCount else { return nil }
        place.storeBytes(of: first + UInt(index * HelperCall.stride), as: UInt.self)
      case .statusNumber:
        guard index < callCount else { return nil }
        place.storeBytes(of: Int32(firstStatus + index), as: Int32.self)
      case .specialRegister:
        guard index < 8 * 1024 else { return nil }
        place.storeBytes(of: specialRegisters + UInt(index), as: UInt.self)
      }
    }
    memory.commit(code.count)
    return base
  }

  // MARK: observing code

  var isListing = false {
    didSet { assembler.keepText(isListing) }
  }

  func listing(of made: MadeCode) -> [ListedCode] {
    var address = made.base
    return assembler.text.split(separator: "\n").map { line in
      if line.first == "@", let word = Int(line.dropFirst()) { return .instruction(word: word) }
      guard let bytes = line.split(separator: ";").last, bytes.count < line.count else {
        return .host("\(line)")
      }
      defer { address += UInt(bytes.filter { $0.isHexDigit || $0 == "." }.count / 2) }
      return .host("\(address.hexDigits()): \(line)")
    }
  }
}

extension Translator {
  /// A translator to x86-64.
  /// - Parameters:
  ///   - processor: the processor to execute; ``attach()`` makes it use this engine.
  ///   - threshold: visits after which code is translated, at most 255.
  ///   - codeCapacity: bytes of host code to keep; at least 1 MiB.
  /// - Returns: nil when the host does not permit executable memory.
  public convenience init?(
    _ processor: VirtualProcessor, threshold: UInt32 = Translator.threshold,
    codeCapacity: Int = Translator.codeCapacity
  ) {
    let capacity = max(codeCapacity, 1 << 20)
    guard let backEnd = X86BackEnd(processor, codeCapacity: capacity) else { return nil }
    self.init(processor, backEnd, threshold: threshold, codeCapacity: capacity)
  }
}

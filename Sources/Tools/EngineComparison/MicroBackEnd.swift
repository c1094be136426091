internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// A back end without host code, as the reference for others: it executes the micro-ops of regions, and every
/// instruction that is not lowered to micro-ops by its semantics function.
///
/// Branches are such instructions, so that blocks are left at each. The translator, its regions and the passes are those
/// of every back end.
final class MicroBackEnd: BackEnd {
  /// The code of a block.
  private final class Code {
    let region: Region
    let index: Int
    let ops: [MicroOp]

    init(_ region: Region, _ index: Int, _ ops: [MicroOp]) {
      (self.region, self.index, self.ops) = (region, index, ops)
    }

    var block: Region.Block { region.blocks[index] }
  }

  let rows = RowTable(HostCode.allLowered, FormCodes())
  let features = HostFeatures(bits: 0, microOps: .all)
  let helperCalls: HelperCallArena
  var isListing = false

  /// The blocks of all regions. A block is entered by its place, to which ``first`` is added.
  private var blocks: [Code] = []
  private var first: UInt = 1
  private static let blockLimit = 1 << 8

  private var middle = Middle()
  private var interpreter = MicroInterpreter()
  private let state: UnsafeMutablePointer<ProcessorState>

  /// - Returns: nil when the host has no memory.
  init?(_ processor: VirtualProcessor) {
    guard let helperCalls = HelperCallArena(capacity: 1, segments: 1) else { return nil }
    self.helperCalls = helperCalls
    state = processor.state
  }

  func mask(features names: Set<String>) {}

  // MARK: making code

  func makeRoom() -> Range<UInt>? {
    guard blocks.count >= Self.blockLimit else { return nil }
    let forgotten = first..<first + UInt(blocks.count)
    first = forgotten.upperBound
    blocks = []
    return forgotten
  }

  func make(_ region: Region, _ facts: RegionFacts) -> MadeCode? {
    let base = first + UInt(blocks.count)
    for (index, block) in region.blocks.enumerated() {
      middle.make(
        block, page: region.isRelocatable ? nil : region.page, region.context, fast: 0,
        observe: { facts.observe(block, $0, $1) })
      blocks.append(Code(region, index, middle.ops))
    }
    return MadeCode(
      base: base, size: region.blocks.count,
      entries: region.entries.map { (region.blocks[$0].start, base + UInt($0)) })
  }

  func listing(of made: MadeCode) -> [ListedCode] {
    let place = Int(made.base - first)
    return blocks[place..<place + made.size].flatMap { code in
      code.block.operations.map { .instruction(word: $0.word) }
    }
  }

  // Nothing is kept: the code is no bytes.
  func relocations(of made: MadeCode, firstCall: UInt) -> [CodeRelocation]? { nil }

  func install(_ code: [UInt8], _ relocations: [CodeRelocation], callCount: Int) -> UInt? { nil }

  // MARK: executing code

  func enter(_ code: UInt) -> UInt32 {
    // The block that is entered is at NIA.
    let page = state.pointee.nia & ~0xFFF
    var place = Int(code - first)
    while true {
      let code = blocks[place]
      let (region, block) = (code.region, code.block)
      func address(ofWord word: Int) -> UInt64 {
        region.context.effective(page &+ UInt64(4 * word))
      }
      let budget = state.pointee.budget - Int64(block.operations.count)
      guard budget >= 0 else {
        state.pointee.nia = address(ofWord: block.start)
        return LeavingReason.budget
      }
      (interpreter.page, interpreter.summaryOverflow) = (page, region.context.summaryOverflow)
      take(&interpreter)
      let isComplete = interpreter.run(code.ops) { micro, position in
        let operation = block.operations[position]
        put(micro)
        state.pointee.cia = address(ofWord: operation.word)
        state.pointee.nia = state.pointee.cia &+ 4
        state.pointee.budget = budget + Int64(block.operations.count - position - 1)
        execute(operation)
        take(&micro)
        return !operation.leaves && state.pointee.fetchTag == ProcessorState.isTranslated
      }
      // The semantics function that has left the block has set NIA.
      guard isComplete else { return LeavingReason.next }
      put(interpreter)
      state.pointee.budget = budget
      guard let next = region.block(atWord: block.end) else {
        state.pointee.nia = address(ofWord: block.end)
        return LeavingReason.next
      }
      place += next - code.index
    }
  }

  private func execute(_ operation: Operation) {
    // Safety: the decoded entry of the instruction has a function of this type.
    let handler = unsafeBitCast(
      operation.handler, to: (@convention(c) (UnsafeMutableRawPointer, UInt64) -> Void).self)
    handler(UnsafeMutableRawPointer(state), operation.instruction.rawValue)
  }

  /// A part of the state.
  private func part<Value>(_ offset: Int, as _: Value.Type) -> UnsafeMutablePointer<Value> {
    // Safety: offsets are those of the state's fields.
    (UnsafeMutableRawPointer(state) + offset).assumingMemoryBound(to: Value.self)
  }

  /// Loads the registers of micro-ops from the state.
  private func take(_ micro: inout MicroInterpreter) {
    let gpr = part(StateOffset.gpr, as: UInt64.self)
    for number in 0..<32 { micro.registers[number] = gpr[number] }
    micro.registers[GuestRegister.lr.number] = state.pointee.lr
    micro.registers[GuestRegister.ctr.number] = state.pointee.ctr
    let fields = part(StateOffset.crFields, as: UInt8.self)
    for number in 0..<8 { micro.fields[number] = fields[number] }
  }

  /// Stores them into the state.
  private func put(_ micro: MicroInterpreter) {
    let gpr = part(StateOffset.gpr, as: UInt64.self)
    for number in 0..<32 { gpr[number] = micro.registers[number] }
    state.pointee.lr = micro.registers[GuestRegister.lr.number]
    state.pointee.ctr = micro.registers[GuestRegister.ctr.number]
    let fields = part(StateOffset.crFields, as: UInt8.self)
    for number in 0..<8 { fields[number] = micro.fields[number] }
  }
}

internal import HostSupport
public import PowerCPU
internal import PowerISA

/// Guest code with its host code.
public struct TranslatedListing: Sendable {
  /// For each guest instruction its effective address, its disassembly, and its operation; then its micro-ops before
  /// and after the passes; then the host instructions with addresses and bytes. Rarely executed code is at the end.
  public let lines: [String]

  /// The lines, with a line feed between.
  public var text: String { lines.joined(separator: "\n") }
}

/// The micro-ops of the region that is made, for its listing.
struct ListedMicroOps {
  /// By word, before and after the passes.
  private var lowered: [Int: [MicroOp]] = [:]
  private var reduced: [Int: [MicroOp]] = [:]

  /// Notes the micro-ops of a block after a stage.
  mutating func note(_ block: Region.Block, _ stage: Middle.Stage, _ ops: [MicroOp]) {
    guard stage == .lowering || stage == .deadCode else { return }
    let byWord = Dictionary(grouping: ops.filter { $0.code != .none }) {
      block.operations[Int($0.position)].word
    }
    for operation in block.operations {
      let ops = byWord[operation.word]
      if stage == .lowering { lowered[operation.word] = ops } else { reduced[operation.word] = ops }
    }
  }

  func lines(ofWord word: Int) -> [String] {
    [("lowered", lowered[word]), ("reduced", reduced[word])].flatMap { name, ops in
      (ops ?? []).isEmpty ? ["    \(name): nothing"] : (ops ?? []).map { "    \(name): \($0)" }
    }
  }
}

extension Operation {
  /// The operation: how it is executed, and its registers.
  var text: String {
    let names = { (set: RegisterSet) in
      set.members.map { register in
        switch register {
        case .lr: "lr"
        case .ctr: "ctr"
        default: register.number < 32 ? "r\(register.number)" : "vs\(register.number & 63)"
        }
      }.joined(separator: " ")
    }
    if code === HostCode.helperCall { return "helper call" }
    if leaves { return "helper call, then leave" }
    let changed = changes.isEmpty ? "" : ", changes \(names(changes))"
    return uses.isEmpty ? "\(kind)" : "\(kind) of \(names(uses))\(changed)"
  }
}

extension Translator {
  /// Whether this host permits executable memory.
  public static var isAvailable: Bool { CodeMemory(capacity: 1 << 16) != nil }

  /// The helper calls that were made, most frequent rows first.
  public var helperCallsTaken: [HelperCallCount] {
    let table = InstructionTable.table(for: hardwareInstructions)
    // By what is the same in all of a row's, as a count of none.
    var counts: [HelperCallCount: UInt64] = [:]
    for (origin, count) in helperCalls.taken() {
      let instruction = Instruction(rawValue: origin.word)
      let row = table.row(of: instruction).map { InstructionRow.all[$0] }
      // The register of a move of a special-purpose register determines how it is executed.
      let register =
        switch row?.instructionID {
        case .mfspr, .mtspr: instruction.spr
        default: 0
        }
      let name = (row?.mnemonic ?? "illegal") + (register == 0 ? "" : " \(register)")
      let kind = HelperCallCount(
        name, origin.reason == .operands && row?.storage != nil ? .access : origin.reason,
        isProblemState: origin.isProblemState, 0)
      counts[kind, default: 0] += count
    }
    return counts.map { kind, count in
      HelperCallCount(kind.instruction, kind.reason, isProblemState: kind.isProblemState, count)
    }.sorted { ($0.count, $1.instruction) > ($1.count, $0.instruction) }
  }

  /// The listing of a new region.
  func listing(_ region: Region, _ made: MadeCode) -> TranslatedListing {
    let table = InstructionTable.table(for: hardwareInstructions)
    var guest: [Int: String] = [:]
    for operation in region.blocks.flatMap(\.operations) {
      let address = region.address(ofWord: operation.word)
      let text = table.text(of: operation.instruction, at: address, style: .extended)
      guest[operation.word] = "\(address.hexDigits()): \(text)  [\(operation.text)]"
    }
    var lines = ["region of \(region.blocks.count) blocks, \(region.entries.count) entries"]
    for line in backEnd.listing(of: made) {
      switch line {
      case .instruction(let word):
        lines.append(guest[word] ?? "@\(word)")
        lines += microOps.lines(ofWord: word)
      case .host(let text): lines.append("  \(text)")
      }
    }
    return TranslatedListing(lines: lines)
  }

  /// A line of the file in which Linux perf looks up names of generated code.
  static func mapLine(_ host: UInt, _ size: Int, _ address: UInt64) -> String {
    "\(host.hexDigits()) \(size.hexDigits()) guest_\(address.hexDigits())\n"
  }
}

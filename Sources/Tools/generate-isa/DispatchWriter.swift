/// Writes what `PowerCPU` executes by: one thunk a row, in the order of the rows.
struct DispatchWriter {
  let source: InstructionSource

  /// The chapter's name as a Swift member.
  static func member(_ chapter: String) -> String {
    let capitals = chapter.prefix { $0.isUppercase }
    // VSXScalar: all capitals but the last begin the word.
    let count = capitals.count > 1 ? capitals.count - 1 : 1
    return chapter.prefix(count).lowercased() + chapter.dropFirst(count)
  }

  /// The condition a gate adds before the call; nil when it adds none.
  private static func condition(_ gate: Gate, _ row: Row) -> String? {
    let register = row.fields["TX"] ?? row.fields["SX"]
    let bit = "instruction >> \(register?.shift ?? 0) & 1"
    switch gate {
    case .fp: return "p.permitsFloatingPoint()"
    case .vec: return "p.permitsVector()"
    case .vsx, .mma: return "p.permitsVSX()"
    case .tx: return "p.permitsVSX(VSR((\(bit)) << 5))"
    case .fx: return "(\(bit) == 0 ? p.permitsFloatingPoint() : p.permitsVector())"
    case .tm: return "p.permitsTransactionalMemory()"
    case .privileged: return "p.permitsPrivileged()"
    case .hypervisor: return "p.permitsHypervisor()"
    case .tar: return "p.permits(.tar)"
    case .ebb: return "p.permits(.eventBasedBranch)"
    case .bhrb: return "p.permitsBranchHistory()"
    case .prefix: return "p.fetchesSuffix()"
    }
  }

  /// The body of a row's function.
  private static func body(_ row: Row) -> String {
    // The suffix first: interrupts of the other gates report that the instruction has one.
    let gates = row.gates.filter { $0 == .prefix } + row.gates.filter { $0 != .prefix }
    let conditions = gates.compactMap { condition($0, row) }
    let check =
      conditions.isEmpty
      ? "" : "  guard \(conditions.joined(separator: ", ")) else { return }\n"
    return """
        let p = Processor(state)
      \(check)  Semantics.\(row.semantics)(p, Instruction(rawValue: instruction))
      """
  }

  func chapter(_ chapter: InstructionSource.Chapter) -> String {
    var text = """
      \(TableWriter.notice)

      import PowerISA

      extension Dispatch {
        /// In the order of \(chapter.name).decode.
        static let \(Self.member(chapter.name)): [InstructionHandler] = [

      """
    // Named functions, because the compiler inlines them into the C function pointer and leaves
    // closures a jump away. Rows that differ in what decodes to them only share one.
    var functions: [String: String] = [:]
    var definitions = ""
    for row in chapter.rows {
      // Nothing lies behind this gate.
      guard !row.gates.contains(.hypervisor) else {
        text += "    { state, _ in _ = Processor(state).permitsHypervisor() },\n"
        continue
      }
      let body = Self.body(row)
      var name = "run_\(row.semantics)"
      while let other = functions[name], other != body { name += "_" }
      text += "    \(name),\n"
      guard functions.updateValue(body, forKey: name) == nil else { continue }
      definitions += """

        @inline(__always)
        private func \(name)(_ state: UnsafeMutableRawPointer, _ instruction: UInt64) {
        \(body)
        }

        """
    }
    return text + "  ]\n}\n" + definitions
  }

  func table() -> String {
    let parts = source.chapters.map { "      \(Self.member($0.name))," }
    return """
      \(TableWriter.notice)

      /// What executes each row of the instruction table, behind the row's gates.
      enum Dispatch {
        /// By row number.
        static let handlers: [InstructionHandler] =
          [
      \(parts.joined(separator: "\n"))
          ].flatMap { $0 }
      }

      """
  }

  /// Every file: name and text.
  func files() -> [(name: String, text: String)] {
    var result = [("Dispatch.swift", table())]
    for chapter in source.chapters {
      result.append(("Dispatch+\(chapter.name).swift", self.chapter(chapter)))
    }
    return result
  }
}

import CommandTestSupport
import Foundation
import Testing

/// The generator's answers to .decode files that are right, stale and wrong.
@Suite struct GeneratorTests {
  /// Runs generate-isa and answers its exit status and what it said.
  static func run(_ arguments: [String]) throws -> (status: Int32, message: String) {
    let outcome = try BuiltCommand("generate-isa").run(arguments)
    return (outcome.status, outcome.text + outcome.errors)
  }

  /// What is checked in under Generated is what generate-isa makes of the .decode files.
  @Test func generatedFilesAreFresh() throws {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let (status, message) = try Self.run(["--root", root.path, "--check"])
    #expect(status == 0, "\(message)")
  }

  static let fields = """
    field RT 5
    field RA 5
    field D 16
    field Rc 1
    field FRT 5
    operand RT gpr w RT
    operand RS gpr r RT
    operand RA gpr r RA
    operand FRT fpr w FRT
    operand D disp - D
    """

  /// Runs the generator on a package of one chapter.
  private static func generate(
    _ row: String, fields: String = fields
  ) throws -> (status: Int32, message: String) {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("generate-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appendingPathComponent("Sources/Architecture/PowerISA/Instructions")
    for path in [
      "Sources/Architecture/PowerISA/Instructions", "Sources/Architecture/PowerISA/Generated",
      "Sources/Processor/PowerCPU/Generated",
    ] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(path), withIntermediateDirectories: true)
    }
    try fields.write(
      to: folder.appendingPathComponent("Fields.decode"), atomically: true, encoding: .utf8)
    try "# One row.\n\(row)\n".write(
      to: folder.appendingPathComponent("Loads.decode"), atomically: true, encoding: .utf8)
    return try run(["--root", root.path])
  }

  @Test func aRightRowPasses() throws {
    let row = "lwz 100000 RT RA D | RT,D(RA:rw) | 2.00 - - | load.4"
    let (status, message) = try Self.generate(row)
    #expect(status == 0, "\(message)")
  }

  @Test(arguments: [
    ("lwz 100000 RT RA D", "expected 'mnemonic bits | operands | since until gate | effects'"),
    ("lwz 10000 RT RA D | RT,D(RA) | 2.00 - - | load.4", "lwz has 31 bits, not 32"),
    ("lwz 100000 RT RX D | RT,D(RA) | 2.00 - - | load.4", "'RX' is neither bits"),
    ("lwz 100000 RT RT D | RT,D(RA) | 2.00 - - | load.4", "field RT occurs twice"),
    (
      "lwz 100000 RT RA D | RT,SI(RA) | 2.00 - - | load.4",
      "operand SI needs field SI, which lwz lacks"
    ),
    ("lwz 100000 RT RA D | RT,RA | 2.00 - - | load.4", "field D of lwz is in no operand"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2 - - | load.4", "'2' is not an ISA version"),
    (
      "lwz 100000 RT RA D | RT,D(RA) | 2.06 2.05 - | load.4",
      "lwz vanishes at 2.05, before it comes"
    ),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - vex | load.4", "'vex' is not a gate: fp, vec"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - | load.4", "expected 'since until gate"),
    (
      "lwz 100000 RT RA D | RT,[D](RA) | 2.00 - - | load.4",
      "an operand in [] is before one that is not"
    ),
    // Facts that are none, or contradict each other or the row.
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - |", "expected effects, or -, after the gate"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | loads", "'loads' is neither an access"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | load.3", "load.3 has no width"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | load.4,f32,f32", "f32 occurs twice"),
    ("Numbers f31", "expected 'Numbers FORMAT' once, before the rows: f16"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | load.4.big", "'big' of load.4.big is not a form"),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | load.4,store.4", "two accesses to storage"),
    ("stw 100100 RT RA D | RS,D(RA) | 2.00 - - | store.4.signed", "store cannot be signed"),
    ("stw 100100 RT RA D | RT,D(RA) | 2.00 - - | store.4", "stw stores, but writes RT"),
    (
      "stw 100100 RT RA D | RS,D(RA) | 2.00 - - | store.4.conditional",
      "stw stores conditionally, but"
    ),
    ("lwz 100000 RT RA D | RT,D(RA) | 2.00 - - | -", "lwz has a displacement, but says neither"),
    ("lwz 100000 RT RA D | RT:w,D(RA) | 2.00 - - | load.4", "RT is :w without saying so"),
    ("lwz 100000 RT RA D | RT,D:r(RA) | 2.00 - - | load.4", "'D:r' is not a register operand"),
    ("add 011111 RT RA 000000000000000 Rc | RT,RA | 2.00 - - | -", "add has Rc, but its file has"),
    ("add. 011111 RT RA 0000000000000000 | RT,RA | 2.00 - - | -", "add. ends with a dot, but"),
    ("add 011111 RT RA 0000000000000000 | RT,RA | 2.00 - - | CA", "'CA' is neither an access"),
    ("add 011111 RT RA 0000000000000000 | RT,RA | 2.00 - - | CA:r,CA:w", "CA occurs twice"),
    (
      "fadd 111111 FRT RA 0000000000000000 | FRT,RA | 2.00 - - | FPSCR:rw",
      "fadd uses FPSCR, but has none"
    ),
  ])
  func aWrongRowIsNamed(row: String, message: String) throws {
    let (status, said) = try Self.generate(row)
    #expect(status == 1)
    #expect(said.contains("Loads.decode:2: \(message)"), "\(said)")
  }

  @Test(arguments: [
    ("field RT", "expected 'field NAME WIDTH'"), ("field RT 40", "'40' is not a field width"),
    ("field RT 5\nfield RT 5", "field RT is declared twice"),
    ("operand RT reg w RT", "'reg' is not an operand kind: gpr"),
    ("operand RT gpr - RT", "'-' is not an access of a register: r, w, rw"),
    ("operand SI s r SI", "SI is no register, so that its access is -"),
  ])
  func aWrongFieldIsNamed(fields: String, message: String) throws {
    let (status, said) = try Self.generate("", fields: fields)
    let line = fields.split(separator: "\n").count
    #expect(status == 1)
    #expect(said.contains("Fields.decode:\(line): \(message)"), "\(said)")
  }
}

import Foundation

// generate-isa: reads Sources/Architecture/PowerISA/Instructions/*.decode, writes Generated/*.swift.
//
//   generate-isa [--root PACKAGE]           write
//   generate-isa [--root PACKAGE] --check   fail when what is there is stale

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("generate-isa: \(message)\n".utf8))
  exit(1)
}

func read(_ folder: URL) throws -> (source: InstructionSource, mnemonics: ExtendedWriter) {
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    .filter { $0.hasSuffix(".decode") }.sorted()
  func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }
  var parser = Parser()
  let fields = "Fields.decode"
  try parser.readFields(try text(fields), file: fields)
  var source = InstructionSource()
  for name in names where name != fields && name != ExtendedWriter.file {
    let rows = try parser.readRows(try text(name), file: name)
    source.chapters.append(.init(name: String(name.dropLast(".decode".count)), rows: rows))
  }
  let extended = names.contains(ExtendedWriter.file) ? try text(ExtendedWriter.file) : ""
  return (source, try ExtendedWriter(extended, source: source))
}

var root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
var isCheck = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--root":
    guard let path = arguments.popFirst() else { fail("--root needs the package's folder") }
    root = URL(fileURLWithPath: path)
  case "--check": isCheck = true
  default: fail("unknown option '\(argument)'; there are --root and --check")
  }
}

do {
  let (source, mnemonics) = try read(
    root.appendingPathComponent("Sources/Architecture/PowerISA/Instructions"))
  let tables = TableWriter(source: source)
  let facts = FactWriter(source: source)
  let fields = FieldWriter(source: source)
  let generated = "Sources/Architecture/PowerISA/Generated"
  var files: [(path: String, text: String)] = [
    ("\(generated)/GeneratedMnemonics.swift", mnemonics.mnemonics()),
    ("\(generated)/GeneratedRows.swift", tables.rows()),
    ("\(generated)/InstructionChapter.swift", facts.chapters()),
    ("\(generated)/InstructionFacts.swift", facts.optionSets()),
    ("\(generated)/InstructionFields.swift", fields.fields()),
    ("\(generated)/InstructionID.swift", facts.identifiers()),
  ]
  for (name, text) in DispatchWriter(source: source).files() {
    files.append(("Sources/Processor/PowerCPU/Generated/\(name)", text))
  }
  var stale: [String] = []
  for (path, text) in files {
    let url = root.appendingPathComponent(path)
    let old = try? String(contentsOf: url, encoding: .utf8)
    guard old != text else { continue }
    stale.append(path)
    if !isCheck { try text.write(to: url, atomically: true, encoding: .utf8) }
  }
  // A chapter that was renamed leaves its file behind.
  for folder in ["Sources/Architecture/PowerISA/Generated", "Sources/Processor/PowerCPU/Generated"]
  {
    let url = root.appendingPathComponent(folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    where name.hasSuffix(".swift") && !files.contains(where: { $0.path == "\(folder)/\(name)" }) {
      stale.append("\(folder)/\(name)")
      if !isCheck { try FileManager.default.removeItem(at: url.appendingPathComponent(name)) }
    }
  }
  if isCheck, !stale.isEmpty { fail("stale, run make generate: \(stale.joined(separator: " "))") }
} catch {
  fail("\(error)")
}

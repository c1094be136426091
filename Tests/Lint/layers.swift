// Draws the targets of the manifest by layers: replaces the Mermaid chart of a Markdown file, or with --check
// fails when the file has another chart.
//
//   swift package dump-package | swift Tests/Lint/layers.swift FILE [--check]
//
// An arrow that follows from others is left out: what is drawn is the transitive reduction. So are the
// C modules, which are listed.
import Foundation

struct Manifest: Decodable {
  struct Target: Decodable {
    struct Dependency: Decodable {
      /// A name, and the condition under which the dependency holds.
      var byName: [String?]?
      var target: [String?]?

      var name: String? { (byName ?? target)?.first ?? nil }
    }

    var name: String
    var type: String
    var path: String?
    var dependencies: [Dependency]
  }

  var targets: [Target]
}

func fail(_ reason: String) -> Never {
  FileHandle.standardError.write(Data("layers: \(reason)\n".utf8))
  exit(1)
}

let manifest: Manifest
do {
  manifest = try JSONDecoder().decode(
    Manifest.self, from: FileHandle.standardInput.readDataToEndOfFile())
} catch {
  fail("standard input is not what 'swift package dump-package' prints: \(error)")
}

/// The targets of each layer, in the manifest's order.
var layers: [(name: String, targets: [String])] = []
var dependencies: [String: Set<String>] = [:]
for target in manifest.targets {
  let folders = (target.path ?? "").split(separator: "/")
  // Those that have no path are C modules of the first layer, or tests.
  guard folders.first == "Sources", folders.count == 3 else { continue }
  let layer = String(folders[1])
  if layers.last?.name != layer { layers.append((layer, [])) }
  layers[layers.count - 1].targets.append(target.name)
  dependencies[target.name] = Set(target.dependencies.compactMap(\.name))
}

/// Every target that is reached from one, by any number of arrows.
func reached(from target: String) -> Set<String> {
  var all: Set<String> = []
  var rest = Array(dependencies[target] ?? [])
  while let next = rest.popLast() {
    if all.insert(next).inserted { rest += dependencies[next] ?? [] }
  }
  return all
}

let modules = Set(layers.first { $0.name == "System" }?.targets ?? [])
var chart = ["```mermaid", "flowchart TD"]
for layer in layers where layer.name != "System" {
  // A layer has the name of one of its targets.
  chart.append("  subgraph layer-\(layer.name)[\"\(layer.name)\"]")
  chart += layer.targets.map { "    \($0)" } + ["  end"]
}
for target in layers.flatMap(\.targets) {
  let direct = dependencies[target, default: []].subtracting(modules)
  let indirect = direct.reduce(into: Set()) { $0.formUnion(reached(from: $1)) }
  chart += direct.subtracting(indirect).sorted().map { "  \(target) --> \($0)" }
}
chart.append("```")

guard let file = CommandLine.arguments.dropFirst().first else { fail("no file was named") }
do {
  let text = try String(contentsOfFile: file, encoding: .utf8)
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  guard let start = lines.firstIndex(of: chart[0]),
    let end = lines[start...].firstIndex(of: "```")
  else { fail("\(file) has no Mermaid chart") }
  let drawn = (lines[..<start] + chart + lines[(end + 1)...]).joined(separator: "\n")
  if CommandLine.arguments.contains("--check") {
    guard drawn == text else {
      fail("\(file) differs from the manifest; 'make layers' draws it again")
    }
  } else {
    try drawn.write(toFile: file, atomically: true, encoding: .utf8)
  }
} catch {
  fail("\(error)")
}

import ArgumentParser
import DeviceTree

/// The reader of device tree source, and what is made of what it read.
struct FuzzSource: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "source", abstract: "Device tree source: random and mutated texts.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let seeds = try Self.seeds()
    try options.run("source") { generator in
      Self.exercise(Self.input(seeds, &generator), symbols: generator.below(2) == 0)
    }
  }

  /// A text: mutated, or of random words.
  static func input(_ seeds: [[UInt8]], _ generator: inout InputGenerator) -> [UInt8] {
    switch generator.below(4) {
    case 0:
      var text = "/dts-v1/;"
      if generator.below(2) == 0 { text += "/ {" }
      for _ in 0..<generator.below(60) { text += " " + words[generator.below(words.count)] }
      return Array(text.utf8)
    case 1:
      // Words put into a text that is one.
      var bytes = seeds[generator.below(seeds.count)]
      for _ in 0...generator.below(4) {
        bytes.insert(
          contentsOf: words[generator.below(words.count)].utf8, at: generator.below(bytes.count))
      }
      return bytes
    default: return generator.mutate(seeds[generator.below(seeds.count)])
    }
  }

  private static let words = [
    "/", "{", "}", "};", ";", "a", "b@1", "l:", "m:", "&l", "&m", "&{/a}", "&{/}", "=", "<", ">",
    "<1>",
    "(1 + 2)", "(", ")", "[", "]", "[0a]", "\"x\"", "\"", ",", "/bits/ 64", "/bits/ 8 <1>",
    "a = <&l>;",
    "a { };", "/delete-node/", "/delete-property/", "/memreserve/ 1 2;", "/incbin/(\"f\")",
    "/include/", "/plugin/;", "/omit-if-no-ref/", "/*", "*/", "//", "\n", "phandle = <1>;",
    "#define",
    "'x'", "0x", "\\", "?", ":", "-", "~", "/dts-v1/;", "\u{0}", "\u{e9}",
  ]

  static func seeds() throws -> [[UInt8]] {
    let trees = try FuzzTree.seeds().map { Array(try DeviceTree(blob: $0).sourceText().utf8) }
    let text = """
      /dts-v1/;
      /memreserve/ 0x1000 (1 << 12);
      / {
        l: a { x = <1 &m>, "s\\x41", [0a 0B]; y = &l; };
        cpus { cpu@8 { reg = <8>; }; };
        m: b@1 { phandle = <7>; d = /bits/ 16 <1 (-2)>, /incbin/("f", 1, 2); };
      };
      &l { /delete-property/ x; n: c { q = <&{/b@1} &n>; }; };
      /delete-node/ &m;

      """
    return trees + [Array(text.utf8)]
  }

  /// Compiles a text; nil when the result is inconsistent.
  static func exercise(_ text: [UInt8], symbols: Bool) -> String? {
    do throws(DeviceTreeSourceError) {
      let (tree, labels) = try DeviceTree.compiled(text, symbols: symbols) { _ in [1, 2, 3, 4] }
      guard labels.values.allSatisfy({ tree[$0] != nil }) else { return nil }
      // What is compiled can be read, and what is printed compiled again.
      guard let blob = try? tree.blob(), let read = try? DeviceTree(blob: blob), read == tree else {
        return nil
      }
      guard
        let again = try? DeviceTree(source: Array(tree.sourceText().utf8), reading: { _ in [] }),
        again.root == tree.root
      else { return nil }
      return "a tree"
    } catch {
      switch error.reason {
      case .syntax: return "refused: syntax"
      case .unsupported: return "refused: unsupported"
      default: return "refused: meaning"
      }
    }
  }
}

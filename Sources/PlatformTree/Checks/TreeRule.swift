public import DeviceTree

/// Something a tree must hold to.
public struct TreeRule: Sendable {
  /// What a finding is called.
  public let name: String
  /// What must be, in one line.
  public let summary: String
  /// Where that is specified.
  public let reference: String
  let check: @Sendable (CheckedTree) -> [Violation]

  /// A place where a rule is broken.
  struct Violation {
    var path: String
    var message: String

    init(_ path: String, _ message: String) {
      self.path = path
      self.message = message
    }
  }

  init(
    _ name: String, _ summary: String, _ reference: String,
    check: @escaping @Sendable (CheckedTree) -> [Violation]
  ) {
    self.name = name
    self.summary = summary
    self.reference = reference
    self.check = check
  }

  /// Every rule, by subject.
  public static let all: [TreeRule] =
    structure + root + processors + levels + memory + dynamicReconfiguration + calls + devices

  /// What is wrong with a tree, by rule.
  public static func findings(in tree: DeviceTree) -> [Finding] {
    let checked = CheckedTree(tree)
    return all.flatMap { rule in
      rule.check(checked).map { violation in
        Finding(
          rule: rule.name, path: violation.path, message: violation.message,
          reference: rule.reference)
      }
    }
  }
}

/// A broken rule at a place.
public struct Finding: Hashable, Sendable {
  public var rule: String
  public var path: String
  public var message: String
  public var reference: String
}

extension Finding: CustomStringConvertible {
  public var description: String { "\(rule): \(path): \(message) [\(reference)]".printable }
}

/// A tree with what rules ask for again and again.
struct CheckedTree {
  let tree: DeviceTree
  /// Every node with its path, parents first.
  let nodes: [(path: String, node: Node)]
  let processors: [(path: String, node: Node)]

  init(_ tree: DeviceTree) {
    self.tree = tree
    var nodes: [(path: String, node: Node)] = []
    func walk(_ node: Node, _ path: String) {
      nodes.append((path.isEmpty ? "/" : path, node))
      for child in node.children { walk(child, path + "/" + child.name) }
    }
    walk(tree.root, "")
    self.nodes = nodes
    processors = tree.processors.map { ("/cpus/" + $0.name, $0) }
  }

  var root: Node { tree.root }
  var rtas: Node? { root.child(named: "rtas") }

  /// The first processor, which stands for all; another rule compares them.
  var processor: (path: String, node: Node)? { processors.first }

  /// `#address-cells` and `#size-cells` of the root.
  var addressCells: Int { Int(root["#address-cells"]?.cell ?? 2) }
  var sizeCells: Int { Int(root["#size-cells"]?.cell ?? 1) }

  /// A number in so many cells, from the front of `cells`.
  static func take(_ count: Int, from cells: inout ArraySlice<UInt32>) -> UInt64? {
    guard count >= 0, cells.count >= count else { return nil }
    var number: UInt64 = 0
    for _ in 0..<count {
      guard let cell = cells.popFirst() else { return nil }
      number = number << 32 | UInt64(cell)
    }
    return number
  }
}

func hex(_ number: some BinaryInteger) -> String { "0x" + String(number, radix: 16) }

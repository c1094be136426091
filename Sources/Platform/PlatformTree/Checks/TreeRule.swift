internal import HostSupport
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
    structure + names + values + interrupts + buses + root + processors + levels + memory
    + dynamicReconfiguration + calls + devices

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
  /// The rule's name, as `mkfdt check` lists it.
  public var rule: String
  /// The path of the node.
  public var path: String
  /// What is wrong there.
  public var message: String
  /// The chapter or table of the specification that has the rule.
  public var reference: String
}

extension Finding: CustomStringConvertible {
  /// `RULE: PATH: MESSAGE [REFERENCE]`, with what is not printable escaped.
  public var description: String { "\(rule): \(path): \(message) [\(reference)]".printable }
}

/// A tree with what rules ask for again and again.
struct CheckedTree {
  let tree: DeviceTree
  /// Every node with its path, parents first.
  let nodes: [(path: String, node: Node)]
  /// The index in ``nodes`` of each node's parent; nil for the root.
  let parents: [Int?]
  let processors: [(path: String, node: Node)]
  let rtas: Node?
  /// The names of the properties of `/rtas`.
  let rtasNames: Set<String>
  /// The strings of `ibm,hypertas-functions`, and the different ones among them.
  let functionSets: [String]
  let functionSetNames: Set<String>
  private let index: IndexedNode

  init(_ tree: DeviceTree) {
    self.tree = tree
    var nodes: [(path: String, node: Node)] = []
    var parents: [Int?] = []
    func walk(_ node: Node, _ path: String, _ parent: Int?) {
      let index = nodes.count
      nodes.append((path.isEmpty ? "/" : path, node))
      parents.append(parent)
      for child in node.children { walk(child, path + "/" + child.name, index) }
    }
    walk(tree.root, "", nil)
    self.nodes = nodes
    self.parents = parents
    processors = tree.processors.map { ("/cpus/" + $0.name, $0) }
    rtas = tree.root.child(named: "rtas")
    rtasNames = Set(rtas?.properties.map(\.name) ?? [])
    functionSets = rtas?["ibm,hypertas-functions"]?.strings ?? []
    functionSetNames = Set(functionSets)
    index = IndexedNode(root: tree.root)
  }

  var root: Node { tree.root }

  /// Whether a path leads to a node.
  func hasNode(at path: String) -> Bool { index.node(at: path) != nil }

  /// Every node but the root with its parent.
  var children: [(path: String, node: Node, parent: Node)] {
    zip(nodes, parents).compactMap { entry, parent in
      parent.map { (entry.path, entry.node, nodes[$0].node) }
    }
  }

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

import Glibc
import HostSupport
import PowerISA
import SystemPackage

/// Reads a suite file. Paths in it are relative to its own folder.
public struct SuiteReader {
  private let file: String
  private let folder: FilePath
  private var deadline = 120.0
  private var options: [String] = []
  private var engines: [String] = []
  private var guests: [String: Guest] = [:]
  /// The values of a level's name: `power8: {hwcap: dc0065c2, isa: "2.07"}`.
  private var levels: [String: [String: String]] = [:]

  private init(file: String) {
    self.file = file
    folder = FilePath(file).removingLastComponent()
  }

  /// Reads a suite file and the tables that it names.
  public static func read(_ file: String) throws(SuiteError) -> Suite {
    let text: String
    do throws(InputError) { text = try TextFile.read(file) } catch {
      throw SuiteError(file, nil, "cannot be read: \(error.explanation)")
    }
    return try parse(text, file: file)
  }

  /// Reads the text of a suite file; paths in it are relative to the folder of `file`.
  public static func parse(_ text: String, file: String) throws(SuiteError) -> Suite {
    var reader = SuiteReader(file: file)
    return try reader.suite(SuiteNode(text: text, file: file))
  }

  // MARK: file

  private mutating func suite(_ node: SuiteNode) throws(SuiteError) -> Suite {
    let fields = try node.fields(.suite)
    if let seconds = fields["deadline"] { deadline = try seconds.seconds() }
    if let list = fields["options"] { options = try list.texts() }
    if let list = fields["engines"] { engines = try self.engines(list) }
    if let names = fields["levels"] { try readLevels(names) }
    for (name, guest) in try fields.required("guests").members() {
      self.guests[name] = try self.guest(guest, name: name)
    }
    var cells: [Cell] = []
    for (name, test) in try fields.required("tests").members() {
      cells += try self.cells(test, name: name)
    }
    let name = try fields["suite"]?.text() ?? FilePath(file).stem ?? file
    return Suite(name: name, file: file, cells: cells)
  }

  private mutating func readLevels(_ node: SuiteNode) throws(SuiteError) {
    for (name, level) in try node.members() {
      var values: [String: String] = [:]
      for (key, value) in try level.members() { values[key] = try value.text() }
      levels[name] = values
    }
  }

  private func guest(_ node: SuiteNode, name: String) throws(SuiteError) -> Guest {
    let fields = try node.fields(.guest)
    return Guest(
      name: name,
      kernel: try fields["kernel"].map(firstThere),
      initrd: try fields["initrd"].map(firstThere),
      disk: try fields["disk"].map(disk),
      commandLine: try fields["append"]?.text(),
      remedy: try fields["missing"]?.text())
  }

  /// The path of a disk, or a mapping with what else `--disk` takes.
  private func disk(_ node: SuiteNode) throws(SuiteError) -> Guest.Disk {
    guard node.isMapping else { return Guest.Disk(file: try firstThere(node)) }
    let fields = try node.fields(.disk)
    return Guest.Disk(
      file: try firstThere(fields.required("file")), bus: try fields["bus"]?.text(),
      format: try fields["format"]?.text(),
      isReadOnly: try fields["read-only"]?.boolean() ?? false)
  }

  /// The first path of a list that exists, otherwise the last.
  private func firstThere(_ node: SuiteNode) throws(SuiteError) -> String {
    guard node.isList else { return try path(node) }
    var path: String?
    for item in try node.items() {
      let candidate = try self.path(item)
      if access(candidate, F_OK) == 0 { return candidate }
      path = candidate
    }
    guard let path else { throw node.error("the list is empty") }
    return path
  }

  private func path(_ node: SuiteNode) throws(SuiteError) -> String {
    folder.pushing(FilePath(try node.text())).lexicallyNormalized().string
  }

  // MARK: a test

  private func cells(_ node: SuiteNode, name: String) throws(SuiteError) -> [Cell] {
    let fields = try node.fields(.test)
    let guestNode = fields.required("guest")
    let guestName = try guestNode.text()
    guard var guest = guests[guestName] else {
      let known = guests.keys.sorted().joined(separator: ", ")
      throw guestNode.error("no guest '\(guestName)'; there are \(known)")
    }
    if let words = try fields["append"]?.text() {
      guest.commandLine = [guest.commandLine, words].compactMap(\.self).joined(separator: " ")
    }
    let engines = try fields["engines"].map(self.engines) ?? engines
    var cells: [Cell] = []
    for (processor, compatibilities) in try fields.required("matrix").members() {
      guard let model = ProcessorModel.named(processor.lowercased()) else {
        let known = ProcessorModel.all.map(\.name).joined(separator: ", ")
        throw compatibilities.error("no such processor; there are \(known)")
      }
      for (compatibility, level) in try compatibilities.members() {
        try check(compatibility, of: model, level)
        let levelName = try level.text()
        guard let values = levels[levelName] ?? (levels.isEmpty ? [:] : nil) else {
          let known = levels.keys.sorted().joined(separator: ", ")
          throw level.error("no level '\(levelName)'; there are \(known)")
        }
        var cell = Cell(
          test: name, processor: processor, compatibility: compatibility, level: levelName,
          guest: guest, options: options, deadline: deadline)
        cell.place = level.place
        var variables = values
        variables["cpu"] = processor
        variables["compat"] = compatibility
        variables["level"] = levelName
        variables["today"] = Clock.today
        try fill(&cell, fields, Variables(values: variables))
        cells += Cell.under(engines, [cell])
      }
    }
    return cells
  }

  /// A level that the processor does not have would be found only when the cell runs.
  private func check(
    _ compatibility: String, of processor: ProcessorModel, _ node: SuiteNode
  ) throws(SuiteError) {
    let name = compatibility.lowercased()
    if name == "none" { return }
    guard let level = CompatibilityLevel(name: name) else {
      let known = CompatibilityLevel.allCases.map(\.name).joined(separator: ", ")
      throw node.error("no such level; there are none, \(known)")
    }
    guard processor.levels?.contains(level) == true else {
      throw node.error("\(processor.name) does not have this level")
    }
  }

  private func fill(
    _ cell: inout Cell, _ fields: SuiteFields, _ variables: Variables
  ) throws(SuiteError) {
    if let list = fields["options"] { cell.options += try variables.texts(list) }
    if let list = fields["expect"] { cell.expected = try patterns(list, variables) }
    if let list = fields["forbid"] { cell.forbidden = try patterns(list, variables) }
    if let list = fields["allow"] { cell.allowed = try patterns(list, variables) }
    if let mapping = fields["features"] { cell.features = try features(mapping, variables) }
    if let table = fields["probes"] { cell.probes = try probes(table, variables) }
    if let list = fields["script"] { cell.script = try script(list, variables) }
    if let rejected = fields["refused"] { cell.rejected = try rejections(rejected, variables) }
    if let status = try fields.integer("exit") { cell.exitStatus = Int32(status) }
    if let word = fields["done"] { cell.completion = try word.word(RunEnd.self) }
    if let seconds = fields["deadline"] { cell.deadline = try seconds.seconds() }
    if let runs = try fields.integer("identical-runs") { cell.identicalRuns = runs }
    if let list = fields["identical-engines"] {
      guard cell.identicalRuns == 1 else {
        throw list.error("'identical-engines' does not go with 'identical-runs'")
      }
      cell.identicalEngines = try engines(list)
    }
    if let word = fields["done"], cell.completion == .expected {
      guard !cell.expected.isEmpty, cell.runs == 1, fields["saves"] == nil, fields["exit"] == nil
      else {
        throw word.error(
          "'expected' needs 'expect', and does not go with 'exit', 'saves', 'identical-runs', "
            + "'identical-engines'")
      }
    }
    if let saves = fields["saves"] { try fill(&cell, saves: saves, variables) }
  }

  private func fill(
    _ cell: inout Cell, saves: SuiteNode, _ variables: Variables
  ) throws(SuiteError) {
    guard cell.script.isEmpty, cell.runs == 1 else {
      throw saves.error("'saves' does not go with 'script', 'identical-runs', 'identical-engines'")
    }
    let fields = try saves.fields(.saves)
    if let points = try fields.integer("points") { cell.saves = points }
    if let list = fields["on"] { cell.destinations = try variables.texts(list) }
    if let list = fields["varies"] { cell.varying = try patterns(list, variables) }
    if let list = fields["engines"] { cell.passageEngines = try engines(list) }
  }

  private func engines(_ node: SuiteNode) throws(SuiteError) -> [String] {
    var engines: [String] = []
    for item in try node.items() {
      let name = try item.text()
      guard Cell.engineNames.contains(name) else {
        let known = Cell.engineNames.joined(separator: ", ")
        throw item.error("no engine '\(name)'; there are \(known)")
      }
      engines.append(name)
    }
    return engines
  }

  private func patterns(
    _ node: SuiteNode, _ variables: Variables
  ) throws(SuiteError) -> [Pattern] {
    var patterns: [Pattern] = []
    for item in try node.items() { patterns.append(try pattern(item, variables)) }
    return patterns
  }

  private func pattern(_ node: SuiteNode, _ variables: Variables) throws(SuiteError) -> Pattern {
    let text = try variables.text(node)
    if text.isEmpty { throw node.error("an empty text is everywhere") }
    do {
      return try Pattern(text)
    } catch {
      throw node.error("\(error)")
    }
  }

  private func features(
    _ node: SuiteNode, _ variables: Variables
  ) throws(SuiteError) -> [ExpectedFeature] {
    var features: [ExpectedFeature] = []
    for (name, value) in try node.members() {
      guard let feature = Feature(rawValue: name) else {
        let known = Feature.allCases.map(\.rawValue).joined(separator: ", ")
        throw value.error("no such feature; there are \(known)")
      }
      features.append(ExpectedFeature(feature: feature, value: try variables.text(value)))
    }
    return features
  }

  private func probes(_ node: SuiteNode, _ variables: Variables) throws(SuiteError) -> ProbeTable {
    let file = try path(node)
    guard let version = variables.values["isa"].flatMap({ ISAVersion($0) }) else {
      throw node.error("the level '\(variables.values["level"] ?? "")' has no 'isa: \"2.07\"'")
    }
    let text: String
    do throws(InputError) { text = try TextFile.read(file) } catch {
      throw node.error("\(error)")
    }
    return try ProbeTable(
      text: text, file: file, level: variables.values["level"] ?? "", version: version)
  }

  /// One rejection, or a list of them.
  private func rejections(
    _ node: SuiteNode, _ variables: Variables
  ) throws(SuiteError) -> [ExpectedRejection] {
    var rejections: [ExpectedRejection] = []
    for item in node.isList ? try node.items() : [node] {
      let fields = try item.fields(.rejection)
      var rejection = ExpectedRejection(
        instruction: try variables.text(fields.required("instruction")))
      if let level = fields["level"] { rejection.level = try variables.text(level) }
      if let level = fields["in-force"] { rejection.inForce = try variables.text(level) }
      if let program = fields["program"] { rejection.program = try variables.text(program) }
      rejections.append(rejection)
    }
    return rejections
  }

  private func script(_ node: SuiteNode, _ variables: Variables) throws(SuiteError) -> [Step] {
    var steps: [Step] = []
    for item in try node.items() {
      let fields = try item.fields(.step)
      if fields.isEmpty { throw item.error("a step waits, pauses, sends or has a control command") }
      var step = Step()
      if let wait = fields["wait"] { step.wait = try pattern(wait, variables) }
      if let pause = fields["pause"] { step.pause = try pause.seconds() }
      if let send = fields["send"] { step.send = try variables.text(send) }
      if let command = fields["control"] { step.control = try variables.text(command) }
      steps.append(step)
    }
    return steps
  }
}

/// The `${names}` that a test's texts may use: the level's values, and `cpu`, `compat`, `level` and
/// `today`.
private struct Variables {
  let values: [String: String]

  func text(_ node: SuiteNode) throws(SuiteError) -> String {
    var rest = Substring(try node.text())
    var result = ""
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw node.error("'${' without '}'")
      }
      let name = String(rest[start.upperBound..<end])
      guard let value = values[name] else {
        let known = values.keys.sorted().joined(separator: ", ")
        throw node.error("no value '${\(name)}' at the level; there are \(known)")
      }
      result += value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  func texts(_ node: SuiteNode) throws(SuiteError) -> [String] {
    var texts: [String] = []
    for item in try node.items() { texts.append(try text(item)) }
    return texts
  }
}

internal import HostSupport
internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import JSON
internal import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerISA

struct NegotiateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "negotiate",
    abstract: "Run the negotiation of ibm,client-architecture-support on a saved vector.",
    discussion: """
      Prints every step, the result, and what changes in the tree. The vector is the structure a \
      guest passes, as `pseries --dump-vector FILE` writes it.

      Exit status: 0 negotiated, 1 the guest would not boot or the vector is malformed, 2 wrong usage.

      Example:
        mkfdt negotiate linux.vec --cpu power10 --max-compat power9
      """)

  @Argument(help: "The vector; - for standard input.") var file: String?

  @Option(help: ArgumentHelp("The vector, as an option.", valueName: "file"))
  var vector: String?

  @OptionGroup var answer: AnswerOptions

  @OptionGroup(title: "Machine") var machine: MachineOptions

  func run() throws {
    guard let vector = file ?? vector, file == nil || self.vector == nil else {
      throw CommandError.usage(
        "negotiate: one FILE, or --vector FILE, as pseries --dump-vector writes it")
    }
    let bytes = try Files.read(vector, limit: InputLimit.text)
    let sent: ArchitectureVector
    do throws(ArchitectureVectorError) {
      sent = try ArchitectureVector(bytes)
    } catch {
      throw CommandError("\(vector): \(error)")
    }
    do {
      try negotiate(sent)
    } catch let error as MachineDescriptionError {
      throw CommandError.usage("\(error)")
    }
  }

  private func negotiate(_ sent: ArchitectureVector) throws {
    let description = try machine.description()
    try description.validate()
    let served = ServedCalls(for: description)
    let negotiation = Negotiation(sent, description.platformOffer(served: served))
    var text = "\(negotiation)\n"
    var changes: [String] = []
    if case .success(let negotiated) = negotiation.outcome {
      let before = try PlatformTree.build(description, served: served)
      let after = try PlatformTree.build(description, served: served, negotiated: negotiated)
      changes = before.differences(to: after).map { "\($0)" }
      text += "tree:\n" + changes.map { "  \($0)\n" }.joined()
    }
    if answer.isJSON { text = json(negotiation, changes).text() }
    try Files.writeToStandardOutput(Array(text.utf8))
    if case .failure = negotiation.outcome { throw ExitCode(1) }
  }

  private func json(_ negotiation: Negotiation, _ changes: [String]) -> JSONValue {
    let steps = JSONValue.array(negotiation.steps.map { .string($0.description) })
    switch negotiation.outcome {
    case .failure(let failure):
      return ["outcome": "failure", "reason": "\(failure)", "steps": steps]
    case .success(let negotiated):
      return [
        "outcome": "success",
        "level": negotiated.level.map { .string($0.name) } ?? .null,
        "cpu-version": .hexadecimal(UInt64(negotiated.processorVersion)),
        "pcr": .hexadecimal(negotiated.pcr.rawValue),
        "translation": .string(negotiated.translation.rawValue),
        "interrupts": .string(negotiated.interrupts.rawValue),
        "steps": steps,
        "tree": .array(changes.map { .string($0) }),
      ]
    }
  }
}

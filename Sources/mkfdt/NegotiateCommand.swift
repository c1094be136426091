internal import HostSupport
internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import OpenFirmware
internal import PlatformTree

struct NegotiateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "negotiate",
    abstract: "Run the negotiation of ibm,client-architecture-support on a saved vector.",
    discussion: """
      Prints every step, the result, and what changes in the tree. The vector is the structure a
      guest passes, as `pseries --dump-vector FILE` writes it.
      Exit status: 0 negotiated, 1 the guest would not boot or the vector is malformed, 2 wrong usage.

      Example:
        mkfdt negotiate --vector linux.vec --cpu power10 --max-compat power9
      """)

  @Option(help: ArgumentHelp("The vector; - for standard input.", valueName: "file"))
  var vector: String

  @OptionGroup(title: "Machine") var machine: MachineOptions

  func run() throws {
    let bytes = try Files.read(vector, limit: InputLimit.text)
    let sent: ArchitectureVector
    do throws(ArchitectureVectorError) {
      sent = try ArchitectureVector(bytes)
    } catch {
      throw Failure("\(vector): \(error)")
    }
    do {
      try negotiate(sent)
    } catch let error as MachineDescriptionError {
      throw Failure.usage("\(error)")
    }
  }

  private func negotiate(_ sent: ArchitectureVector) throws {
    let description = try machine.description()
    try description.validate()
    let served = ServedCalls(for: description)
    let negotiation = Negotiation(sent, description.platformOffer(served: served))
    var text = "\(negotiation)\n"
    switch negotiation.outcome {
    case .failure:
      try Files.writeToStandardOutput(Array(text.utf8))
      throw ExitStatus(code: 1)
    case .success(let negotiated):
      let before = try PlatformTree.build(description, served: served)
      let after = try PlatformTree.build(description, served: served, negotiated: negotiated)
      text += "tree:\n"
      text += before.differences(to: after).map { "  \($0)\n" }.joined()
      try Files.writeToStandardOutput(Array(text.utf8))
    }
  }
}

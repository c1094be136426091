package import Devices
internal import Glibc
internal import GuestMemory
internal import HostSupport
package import Machine
internal import MachineDescription
internal import MigrationCompatibility
package import PowerCPU
internal import SavedState
internal import Synchronization

/// Runs the guest: once to make it ready and save it, and from then on from what was saved.
package enum GuestRun {
  /// The last lines of the kernel's console, for a guest that fails.
  package final class ConsoleTail: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private static let most = 16_384

    package init() {}

    func append(_ more: [UInt8]) {
      bytes.withLock {
        $0 += more
        if $0.count > 2 * Self.most { $0.removeFirst($0.count - Self.most) }
      }
    }

    /// Up to `count` lines that are not empty.
    package func lines(_ count: Int) -> [String] {
      let text = bytes.withLock { String(decoding: $0.suffix(Self.most), as: UTF8.self) }
      return text.split(whereSeparator: \.isNewline).map(String.init).suffix(count)
    }
  }

  /// Boots the guest until the agent is ready.
  /// - Parameter confine: called before the guest's first instruction.
  /// - Returns: the machine, which can be saved, and whether its guest can share folders.
  package static func boot(
    _ guest: GuestMachine, kernel: GuestFile, archive: InitialArchive, codeCache: CodeCache?,
    console: ConsoleTail, confine: () throws -> Void
  ) throws -> (machine: PowerMachine, sharesFolders: Bool) {
    var configuration = MachineConfiguration(
      description: try guest.description(), program: .file(kernel))
    configuration.initrd = GuestFile(archive.contents, name: "the agent's RAM disk")
    let agent = AgentHost()
    apply(agent, console, codeCache, to: &configuration)
    configuration.endingSignal = { Interruption.signal ?? (Interruption.isOverdue ? SIGALRM : nil) }
    // No folder is used before there is a job.
    for device in configuration.description.devices.pci {
      configuration.shares[device.place] = NoFolder()
    }
    let machine = try PowerMachine(configuration)
    try machine.powerOn()
    try confine()
    let outcome = run(machine, agent)
    guard agent.isReady else {
      if case .failed(let reason)? = agent.ending { throw ExecutionError("the guest: \(reason)") }
      throw ExecutionError(failure(outcome, console))
    }
    return (machine, agent.sharesFolders)
  }

  /// Makes a machine that continues from what was saved.
  /// - Parameter audit: what is counted of the instructions of problem state.
  package static func restore(
    _ saved: SavedMachine, memory: Int32, agent: AgentHost, folders: [any ShareServer],
    codeCache: CodeCache?, console: ConsoleTail, audit: ISAAudit.Options? = nil
  ) throws -> PowerMachine {
    var configuration = MachineConfiguration(
      description: try saved.head.destination(processor: nil, limit: nil))
    apply(agent, console, codeCache, to: &configuration)
    configuration.audit = audit
    let devices = configuration.description.devices.pci
    for (number, device) in devices.enumerated() {
      configuration.shares[device.place] = number < folders.count ? folders[number] : NoFolder()
    }
    let machine = try PowerMachine(configuration)
    try machine.restore(saved)
    try machine.memory.replace(byFile: memory)
    return machine
  }

  /// Runs the guest until its program has ended.
  package static func run(_ machine: PowerMachine, _ agent: AgentHost) -> MachineOutcome {
    machine.service = agent
    defer { machine.service = nil }
    return machine.run()
  }

  /// The reason for the end of a guest whose agent reported none.
  package static func failure(_ outcome: MachineOutcome, _ console: ConsoleTail) -> String {
    let lines = console.lines(4)
    let said = lines.isEmpty ? "" : "; its console ends with: \(lines.joined(separator: " | "))"
    return "the guest failed: \(outcome)\(said)"
  }

  private static func apply(
    _ agent: AgentHost, _ console: ConsoleTail, _ codeCache: CodeCache?,
    to configuration: inout MachineConfiguration
  ) {
    configuration.agentService = agent
    configuration.engine = .auto
    configuration.codeCache = codeCache
    configuration.allowsRestart = false
    configuration.terminalOutputs[0] = { console.append($0) }
    configuration.endingSignal = { Interruption.isOverdue ? SIGALRM : nil }
  }
}

/// The server of a folder that is not there.
private struct NoFolder: ShareServer {
  func serve(_ requests: [ShareRequest], queue: Int) -> [UInt32] { requests.map { _ in 0 } }
  func takeFailure() -> ShareServerError? { nil }
  func reset() {}
  func save() throws(ShareServerError) -> [UInt8] { [] }
  func restore(_ state: [UInt8]) throws(ShareServerError) {}
}

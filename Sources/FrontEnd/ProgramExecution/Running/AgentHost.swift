internal import Glibc
internal import HostSupport
package import Machine
internal import Synchronization

/// The host's end of the agent in the guest: it gives the job and the input, takes the output, and notes how
/// the program ended.
///
/// The machine's thread calls, by ``serve(_:)`` and between the turns of the guest.
package final class AgentHost: AgentService, MachineService, @unchecked Sendable {
  // Safety: used by the machine's thread only.

  /// What the agent asks for; `Firmware/program-agent/agent.h` has the same numbers.
  private enum Operation: UInt64 {
    case ready = 0
    case job, output, input, signal, exit, failure, wantsCode, codeFile, code
  }

  /// How the run ended, as far as the agent has said.
  package enum Ending: Equatable {
    /// The program ended with the status of `wait`.
    case ended(status: Int32)
    /// The agent could not do a part of its job.
    case failed(String)
  }

  /// A file of the guest with code.
  package struct CodeFile: Equatable, Sendable {
    /// Its path in the guest, or `[vdso]`.
    package var path: String
    package var bytes: [UInt8] = []
  }

  private var job: JobStream?
  private let standardInput: Int32
  private let outputs: [UInt64: ProgramOutput]
  /// The number by which the agent proves itself; a program that makes the call does not know it.
  private var key: Int64?
  /// Whether the guest waits to be saved.
  package private(set) var isReady = false
  /// Whether its kernel has what shared folders need.
  package private(set) var sharesFolders = false
  package private(set) var ending: Ending?

  /// The files with code that the program and its children opened, as far as they were wanted.
  package private(set) var codeFiles: [CodeFile] = []
  /// Whether these are wanted, at the end of the program.
  package var wantsCode: () -> Bool = { false }
  /// The most bytes of a file, and of all.
  private static let mostCodeBytes = 256 << 20
  private static let mostBytesOfAllCode = 1 << 30
  private static let mostCodeFiles = 1024

  /// Input that the agent has not taken.
  private var input: [UInt8] = []
  private var inputEnded: Bool
  /// Whether the last answer to the agent was that there is none at present.
  private var inputIsAwaited = false
  private var signals: [Int32] = []
  private var seenSignal: Int32?
  private var mustRing = false

  /// Bytes of input that are read at once.
  private static let inputPiece = 65_536
  private static let inputOpen: Int64 = -Int64(EAGAIN)

  /// - Parameters:
  ///   - job: what the agent does; nil for a guest that is only made ready.
  ///   - input: the descriptor of the program's input, negative for none.
  ///   - output: where its output goes.
  ///   - error: where its errors go.
  package init(
    job: Job? = nil, input: Int32 = -1, output: ProgramOutput = .nowhere,
    error: ProgramOutput = .nowhere
  ) {
    self.job = job.map(JobStream.init)
    standardInput = input
    inputEnded = input < 0
    outputs = [1: output, 2: error]
  }

  // MARK: calls

  package func serve(_ call: AgentCall) -> Int64 {
    guard let operation = Operation(rawValue: call.operation) else { return -Int64(EINVAL) }
    switch operation {
    case .ready:
      guard key == nil else { return -Int64(EPERM) }
      isReady = true
      sharesFolders = call.other == 1
      return 0
    case .job where key == nil:
      let key = Int64.random(in: 1 ... .max)
      self.key = key
      return key
    // What the agent could not do before there is a job.
    case .failure where key == nil: return serve(operation, call)
    default:
      guard let key, call.key == UInt64(bitPattern: key) else { return -Int64(EPERM) }
      return serve(operation, call)
    }
  }

  private func serve(_ operation: Operation, _ call: AgentCall) -> Int64 {
    switch operation {
    case .ready: return -Int64(EPERM)
    case .job: return giveJob(call)
    case .output: return takeOutput(call)
    case .input: return giveInput(call)
    case .signal: return signals.isEmpty ? 0 : Int64(signals.removeFirst())
    case .wantsCode: return wantsCode() ? 1 : 0
    case .codeFile: return beginCodeFile(call)
    case .code: return takeCode(call)
    case .exit: ending = .ended(status: Int32(truncatingIfNeeded: call.address))
    case .failure:
      let text = String(decoding: call.read() ?? [], as: UTF8.self)
      let number = Int32(truncatingIfNeeded: call.other)
      ending = .failed(number > 0 ? "\(text): \(HostError.text(number))" : text)
    }
    return 0
  }

  private func giveJob(_ call: AgentCall) -> Int64 {
    do throws(InputError) {
      let bytes = try job?.next(Int(min(call.count, UInt64(AgentCall.mostBytes)))) ?? []
      return call.write(bytes[...]) ? Int64(bytes.count) : -Int64(EFAULT)
    } catch {
      ending = .failed("\(error)")
      return -Int64(EIO)
    }
  }

  private func takeOutput(_ call: AgentCall) -> Int64 {
    guard let bytes = call.read(), let output = outputs[call.other] else { return -Int64(EFAULT) }
    return output.write(bytes) ? Int64(bytes.count) : -Int64(EPIPE)
  }

  private func beginCodeFile(_ call: AgentCall) -> Int64 {
    guard wantsCode() else { return -Int64(EPERM) }
    guard call.count <= UInt64(PATH_MAX), let path = call.read() else { return -Int64(EFAULT) }
    let total = codeFiles.reduce(0) { $0 + $1.bytes.count }
    guard total < Self.mostBytesOfAllCode, codeFiles.count < Self.mostCodeFiles else {
      return -Int64(ENOSPC)
    }
    codeFiles.append(CodeFile(path: String(decoding: path, as: UTF8.self)))
    return 0
  }

  private func takeCode(_ call: AgentCall) -> Int64 {
    guard !codeFiles.isEmpty, let bytes = call.read() else { return -Int64(EFAULT) }
    let last = codeFiles.count - 1
    guard codeFiles[last].bytes.count + bytes.count <= Self.mostCodeBytes else {
      return -Int64(ENOSPC)
    }
    codeFiles[last].bytes += bytes
    return Int64(bytes.count)
  }

  private func giveInput(_ call: AgentCall) -> Int64 {
    if input.isEmpty { readInput() }
    guard !input.isEmpty else {
      inputIsAwaited = !inputEnded
      return inputEnded ? 0 : Self.inputOpen
    }
    let count = Int(min(call.count, UInt64(input.count)))
    guard call.write(input.prefix(count)) else { return -Int64(EFAULT) }
    input.removeFirst(count)
    return Int64(count)
  }

  /// Reads what there is of the host's input, without waiting.
  private func readInput() {
    guard !inputEnded else { return }
    var wait = pollfd(fd: standardInput, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 0) > 0 else { return }
    var (count, error) = (0, Int32(0))
    input = [UInt8](unsafeUninitializedCapacity: Self.inputPiece) { buffer, used in
      count = Glibc.read(standardInput, buffer.baseAddress, buffer.count)
      error = errno
      used = max(count, 0)
    }
    if count == 0 || (count < 0 && error != EINTR && error != EAGAIN) { inputEnded = true }
  }

  // MARK: between turns

  package var wakeDescriptors: [Int32] { inputIsAwaited ? [standardInput] : [] }

  package func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome? {
    if ending != nil || (isReady && key == nil && job == nil) { return .stopped(at: "the agent") }
    if let signal = Interruption.signal, signal != seenSignal {
      seenSignal = signal
      signals.append(signal)
      mustRing = true
    }
    if inputIsAwaited {
      readInput()
      if !input.isEmpty || inputEnded {
        inputIsAwaited = false
        mustRing = true
      }
    }
    if mustRing, machine.type([1], atTerminal: GuestMachine.bell) > 0 { mustRing = false }
    return nil
  }

  package func notice(_ event: MachineEvent) {}
}

/// Where a program's output goes.
package final class ProgramOutput: @unchecked Sendable {
  // Safety: used by the machine's thread only.

  private let descriptor: Int32
  /// Gets the bytes too.
  private let observer: (@Sendable ([UInt8]) -> Void)?
  /// Whether nothing reads it any more.
  private var isClosed = false

  /// - Parameter descriptor: negative for none.
  package init(_ descriptor: Int32, observer: (@Sendable ([UInt8]) -> Void)? = nil) {
    (self.descriptor, self.observer) = (descriptor, observer)
  }

  /// All is dropped.
  package static var nowhere: ProgramOutput { ProgramOutput(-1) }

  /// Writes all bytes, and waits for the reader: a guest does not run while its output is not read.
  /// - Returns: false when nothing reads it any more.
  func write(_ bytes: [UInt8]) -> Bool {
    observer?(bytes)
    guard descriptor >= 0 else { return true }
    guard !isClosed else { return false }
    let error = WholeWrite.write(bytes, mayWait: { self.wait() }) { rest in
      guard self.wait() else {
        errno = EPIPE
        return -1
      }
      return Glibc.write(self.descriptor, rest.baseAddress, min(rest.count, 4096))
    }
    if error != 0 { isClosed = true }
    return error == 0
  }

  /// Waits for room until the time is over. A signal is the program's.
  private func wait() -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while poll(&wait, 1, 100) <= 0 {
      if Interruption.isOverdue { return false }
    }
    return true
  }
}

internal import CSockets
internal import Glibc
internal import HostSupport
public import MachineDescription
internal import Synchronization

/// Why a TPM emulator cannot be used.
public struct TPMError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public let description: String
}

/// A TPM emulator, swtpm, by its control channel, over which it gets a socket for commands.
///
/// Its calls wait for the emulator, one after the other.
public final class TPMEmulator: Sendable {
  /// Commands of the control channel (swtpm's `tpm_ioctl.h`). All numbers are big-endian.
  private enum Command {
    static let initialize: UInt32 = 2
    static let cancel: UInt32 = 9
    static let getState: UInt32 = 12
    static let setState: UInt32 = 13
    static let stop: UInt32 = 14
    static let setData: UInt32 = 16
  }

  /// A part of the emulator's state.
  public struct Blob: Hashable, Sendable {
    /// 1 permanent, 2 volatile, 3 saved state.
    var kind: UInt32
    /// Bit 1: it is encrypted, with the emulator's own key.
    var flags: UInt32
    var bytes: [UInt8]
  }

  /// The kinds of state, in the order in which they are set.
  static let blobKinds: [UInt32] = [1, 2, 3]
  /// The most bytes of a command, and of an answer.
  static let mostBytes = 4096
  /// Bytes before a command's parameters: tag, size, code.
  static let headerSize = 10
  /// The most bytes of a part of the state.
  static let largestBlob = 1 << 20
  /// After it, volatile state is deleted that was set.
  private static let deleteVolatile: UInt32 = 1
  /// Milliseconds for an answer of the control channel, and of a command: the making of keys takes long.
  private static let (patience, commandPatience) = (10_000 as Int32, 300_000 as Int32)

  /// The version that it must be of.
  public let version: TPMVersion
  private let control: Int32
  private let data: Int32
  /// Held for each exchange; whether the emulator has not answered as it should, and is used no more.
  private let isBroken = Mutex(false)

  /// Gives an emulator its socket for commands, and starts it.
  /// - Parameters:
  ///   - control: a connected local stream socket, which belongs to this.
  ///   - version: of the TPM.
  public init(control: Int32, version: TPMVersion) throws(TPMError) {
    (self.control, self.version) = (control, version)
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      close(control)
      throw TPMError(description: HostError.text(errno))
    }
    data = ends[0]
    defer { close(ends[1]) }
    try isBroken.withLock { isBroken throws(TPMError) in
      let message = Command.setData.bigEndianBytes
      guard csockets_send(control, message, message.count, ends[1]) == message.count else {
        throw TPMError(description: HostError.text(errno))
      }
      try status(try answer(4, &isBroken), "a socket for commands")
    }
    try start()
    try check()
  }

  deinit {
    close(data)
    close(control)
  }

  // MARK: commands

  /// As after power-on, and started as by firmware (TPM2_Startup, TPM_Startup; cleared state).
  func start() throws(TPMError) {
    try isBroken.withLock { isBroken throws(TPMError) in
      try request(Command.stop, [], "to stop", &isBroken)
      try request(Command.initialize, (0 as UInt32).bigEndianBytes, "to start", &isBroken)
    }
    let startup: [UInt8] =
      switch version {
      case .v1_2: [0, 0xC1, 0, 0, 0, 12, 0, 0, 0, 0x99, 0, 1]
      case .v2_0: [0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0]
      }
    guard execute(startup) != nil else { throw TPMError(description: "it does not start") }
  }

  /// Compares the emulator's version: commands with the tag of the other are answered with its own.
  private func check() throws(TPMError) {
    // TPM2_GetCapability of the family.
    let command: [UInt8] = [
      0x80, 1, 0, 0, 0, 22, 0, 0, 1, 0x7A, 0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 0, 1,
    ]
    guard let answer = execute(command) else {
      throw TPMError(description: "it does not answer")
    }
    let found: TPMVersion = answer.starts(with: [0x80, 1]) ? .v2_0 : .v1_2
    guard found == version else {
      throw TPMError(
        description: "it is a TPM of version \(found.rawValue), not \(version.rawValue)")
    }
  }

  /// Executes a command.
  /// - Parameter command: with as many bytes as its header says.
  /// - Returns: the answer; nil when the emulator does not give one.
  func execute(_ command: [UInt8]) -> [UInt8]? {
    isBroken.withLock { isBroken in
      guard !isBroken else { return nil }
      var answer: [UInt8]?
      if WholeWrite.write(command, to: data) == 0,
        var bytes = read(Self.headerSize, from: data, Self.commandPatience)
      {
        let size = Int(UInt32(bigEndianBytes: bytes[2..<6]))
        if (Self.headerSize...Self.mostBytes).contains(size),
          let rest = read(size - bytes.count, from: data, Self.patience)
        {
          bytes += rest
          answer = bytes
        }
      }
      // What comes late would be taken for the next answer.
      isBroken = answer == nil
      return answer
    }
  }

  /// The answer of a TPM that has failed (TPM_RC_FAILURE, TPM_FAIL).
  var failure: [UInt8] { answer(code: version == .v2_0 ? 0x101 : 9) }
  /// The answer to a command whose size cannot be (TPM_RC_COMMAND_SIZE, TPM_BAD_PARAM_SIZE).
  var wrongSize: [UInt8] { answer(code: version == .v2_0 ? 0x142 : 0x19) }

  private func answer(code: UInt32) -> [UInt8] {
    (version == .v2_0 ? [0x80, 1] : [0, 0xC4]) + UInt32(Self.headerSize).bigEndianBytes
      + code.bigEndianBytes
  }

  // MARK: state

  /// The state, while no command is executed.
  func state() throws(TPMError) -> [Blob] {
    var blobs: [Blob] = []
    for kind in Self.blobKinds {
      var blob = Blob(kind: kind, flags: 0, bytes: [])
      try isBroken.withLock { isBroken throws(TPMError) in
        while true {
          try send(
            Command.getState,
            [0, kind, UInt32(blob.bytes.count)].flatMap(\.bigEndianBytes), &isBroken)
          let head = try answer(16, &isBroken)
          let words = (0..<4).map { UInt32(bigEndianBytes: head[4 * $0..<4 * $0 + 4]) }
          let (total, count) = (Int(words[2]), Int(words[3]))
          guard total <= Self.largestBlob, count <= total - blob.bytes.count else {
            isBroken = true
            throw TPMError(description: "its state has \(total) bytes")
          }
          blob.bytes += try answer(count, &isBroken)
          // There is no such part (TPM_NON_FATAL).
          if words[0] & 0x800 != 0 { break }
          try status(Array(head[..<4]), "its state")
          blob.flags = words[1]
          if blob.bytes.count == total { break }
          guard count > 0 else { throw TPMError(description: "its state is not complete") }
        }
      }
      blobs.append(blob)
    }
    return blobs
  }

  /// Continues with a state.
  func restore(_ blobs: [Blob]) throws(TPMError) {
    try isBroken.withLock { isBroken throws(TPMError) in
      try request(Command.stop, [], "to stop", &isBroken)
      for blob in blobs where !blob.bytes.isEmpty {
        let head = [blob.flags, blob.kind, UInt32(blob.bytes.count)].flatMap(\.bigEndianBytes)
        try request(Command.setState, head + blob.bytes, "the state", &isBroken)
      }
      try request(
        Command.initialize, Self.deleteVolatile.bigEndianBytes, "to continue", &isBroken)
    }
  }

  // MARK: the control channel

  /// Sends a command, and takes the answer, which is no more than its status.
  private func request(
    _ command: UInt32, _ bytes: [UInt8], _ what: String, _ isBroken: inout Bool
  ) throws(TPMError) {
    try send(command, bytes, &isBroken)
    try status(try answer(4, &isBroken), what)
  }

  private func send(
    _ command: UInt32, _ bytes: [UInt8], _ isBroken: inout Bool
  ) throws(TPMError) {
    guard !isBroken else { throw TPMError(description: "it has failed before") }
    let error = WholeWrite.write(command.bigEndianBytes + bytes, to: control)
    guard error == 0 else {
      isBroken = true
      throw TPMError(description: HostError.text(error))
    }
  }

  private func answer(_ count: Int, _ isBroken: inout Bool) throws(TPMError) -> [UInt8] {
    guard let bytes = read(count, from: control, Self.patience) else {
      isBroken = true
      throw TPMError(description: "it does not answer")
    }
    return bytes
  }

  private func status(_ bytes: [UInt8], _ what: String) throws(TPMError) {
    let code = UInt32(bigEndianBytes: bytes[...])
    guard code == 0 else {
      throw TPMError(description: "it refuses \(what) (\(code.hexadecimal()))")
    }
  }

  /// Reads bytes; nil when they do not come.
  private func read(_ count: Int, from descriptor: Int32, _ patience: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, patience)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let room = count - bytes.count
      var got = 0
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, size in
        got = Glibc.read(descriptor, buffer.baseAddress, room)
        size = max(got, 0)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      bytes += piece
    }
    return bytes
  }
}

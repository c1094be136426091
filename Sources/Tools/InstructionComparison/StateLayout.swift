/// Where everything lies in the memory that the interpreter and the instruction runner both have.
///
/// A state is 32 GPRs, 64 VSRs, the other registers of problem state and 256 bytes of storage, each
/// register in doublewords of the guest's byte order. `Tests/Guests/instruction-runner` gets these
/// numbers from ``compilerArguments``.
enum StateLayout {
  // MARK: offsets in a state
  static let gpr = 0
  static let vsr = 256
  static let fpscr = 1280
  static let cr = 1288
  static let xer = 1296
  static let lr = 1304
  /// As a vector register holds it: in the last word of sixteen bytes.
  static let vscr = 1312
  static let ctr = 1328
  static let tar = 1336
  static let vrsave = 1344
  /// Where the instruction went: 0 for the next one; its own address when it raised ``signal``.
  static let nia = 1352
  /// The Linux signal that it raised, or 0.
  static let signal = 1360
  static let storage = 1408
  static let storageSize = 256
  /// A multiple of 128, so that `dcbz` stays inside the storage, and no multiple of 256, so that
  /// one state's storage in 32 lies across a page boundary.
  static let size = 1664

  // MARK: guest addresses
  /// What follows an instruction: the runner's code that saves the state. The instructions
  /// themselves are in the page after it.
  static let code: UInt64 = 0x9_0000
  static let codeSize = 0x1000
  static let slots: UInt64 = code + UInt64(codeSize)
  /// Bytes of a slot: sixty-four byte blocks enough for instructions and the code around them.
  static let slotSize: UInt64 = 128
  static let groupLimit = codeSize / Int(slotSize)

  /// The shared buffer: a header, the page of instructions, the states.
  static let buffer: UInt64 = 0x10_0000
  static let bufferSize = 0x10_0000
  static let codeOffset = 4096
  static let statesOffset = 8192
  static let stateLimit = (bufferSize - statesOffset) / size

  /// The runner keeps what it needs in this page, which no generated address may name.
  static let scratchPage: UInt64 = 0x7000

  /// Guest address of a state.
  static func address(ofState index: Int) -> UInt64 {
    buffer + UInt64(statesOffset + index * size)
  }

  /// What defines the same numbers in runner.c and in the assembler text in it.
  static let compilerArguments: [String] = {
    let macros: [(String, Int)] = [
      ("CODE", Int(code)), ("CODE_SIZE", codeSize), ("BUFFER", Int(buffer)),
      ("BUFFER_SIZE", bufferSize), ("CODE_OFFSET", codeOffset), ("STATES_OFFSET", statesOffset),
      ("STATE_SIZE", size), ("NIA", nia), ("SIGNAL", signal),
    ]
    let symbols: [(String, Int)] = [
      ("VSR", vsr), ("FPSCR", fpscr), ("CR", cr), ("XER", xer), ("LR", lr), ("VSCR", vscr),
      ("CTR", ctr), ("TAR", tar), ("VRSAVE", vrsave),
    ]
    return macros.map { "-D\($0.0)=\($0.1)" } + symbols.map { "-Wa,--defsym,\($0.0)=\($0.1)" }
  }()
}

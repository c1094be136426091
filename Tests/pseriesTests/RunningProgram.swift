import Foundation
import GuestTestSupport
import Testing

/// A started `pseries`, with no signal blocked in it: unlike the threads that tests run on.
final class RunningProgram {
  /// Where the built commands are: beside the test bundle.
  static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

  let process: pid_t
  private var ending: Int32?

  /// - Parameters:
  ///   - descriptors: what it gets as 0, 1 and 2; -1 for a closed one.
  ///   - terminal: the terminal of a session of its own, in place of them.
  init(
    _ arguments: [String], program: String? = nil, descriptors: [Int32] = [],
    terminal: String? = nil
  ) throws {
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let newSession: Int32 = terminal == nil ? 0 : 0x80
    posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | newSession))
    for target: Int32 in 0...2 {
      let given = Int(target) < descriptors.count ? descriptors[Int(target)] : nil
      if let terminal {
        posix_spawn_file_actions_addopen(&actions, target, terminal, O_RDWR, 0)
      } else if let given {
        if given < 0 {
          posix_spawn_file_actions_addclose(&actions, target)
        } else {
          posix_spawn_file_actions_adddup2(&actions, given, target)
        }
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
      }
    }
    let path = program ?? Self.folder.appendingPathComponent("pseries").path
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // Without the runtime's own report of a crash, which takes its time.
    var variables = ProcessInfo.processInfo.environment
    variables["SWIFT_BACKTRACE"] = "enable=no"
    var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for variable in environment { free(variable) } }
    var child: pid_t = 0
    try #require(posix_spawn(&child, path, &actions, &attributes, &words, &environment) == 0)
    process = child
  }

  deinit {
    guard ending == nil else { return }
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// The exit status, or 256 and the number of the signal that ended it; nil when it has not ended
  /// within so many seconds.
  func status(within seconds: Double = 20) -> Int32? {
    let end = Date().addingTimeInterval(seconds)
    while ending == nil, Date() < end {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        ending = status & 0x7F == 0 ? status >> 8 & 0xFF : 256 + status & 0x7F
      } else {
        usleep(5000)
      }
    }
    return ending
  }

  /// Seconds of the host's processors that it has used.
  var processorSeconds: Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}

/// A folder for a test, with what is in it.
final class ScratchFolder {
  let path: String

  init() {
    var template = Array("/tmp/pseries-test.XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// Waits until a condition holds.
  static func wait(_ seconds: Double = 20, until holds: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while !holds() {
      if Date() > end { return false }
      usleep(10_000)
    }
    return true
  }
}

/// Boot programs of a few instructions, big-endian, loaded at 0x400000.
enum TinyGuest {
  private static let hypercall: UInt32 = 0x4400_0022
  static let spin = TestProgram.elf([0x4800_0000])

  /// Prints sixteen characters again and again.
  static let flood = flood(terminal: 0x7100)

  /// - Parameter terminal: the upper half of its unit address.
  static func flood(terminal: UInt32) -> [UInt8] {
    TestProgram.elf([
      0x3860_0058,  // li r3,H_PUT_TERM_CHAR
      0x3C80_0000 | terminal,  // lis r4,terminal
      0x38A0_0010,  // li r5,16
      0x3CC0_4142, 0x3CE0_4344,  // lis r6,…; lis r7,…
      hypercall, 0x4BFF_FFE8,
    ])
  }

  /// Cedes its processor, and is woken by a decrementer of half a millisecond.
  static let idle = TestProgram.elf(
    [(0x3D20_0004, 0x900), (0x7D36_03A6, 0x904), (0x4C00_0024, 0x908)]
      .flatMap { (word: UInt32, place: UInt32) in
        // lis r9,4; mtdec r9; rfid, stored at the vector by lis r5; ori r5; stw r5.
        [0x3CA0_0000 | word >> 16, 0x60A5_0000 | word & 0xFFFF, 0x90A0_0000 | place]
      } + [0x3860_00E0, hypercall, 0x4BFF_FFF8])  // li r3,H_CEDE; sc 1; b

  /// Confers its time to no processor, with interrupts disabled.
  static let confers = TestProgram.elf([
    0x3860_00E4, 0x3880_0000, 0x38A0_0000, hypercall, 0x4800_0000,
  ])

  /// Stores a word in NVRAM by nvram-store, and spins.
  static func stores(_ word: UInt32, at offset: UInt32) -> [UInt8] {
    var words: [UInt32] = [
      0x3860_0000, 0x6063_F000,  // li r3,0; ori r3,r3,0xF000
      0x3C80_0040, 0x6084_0040,  // lis r4,0x40; ori r4,r4,0x40
      hypercall, 0x4800_0000,
    ]
    words += [UInt32](repeating: 0, count: 16 - words.count)
    return TestProgram.elf(words + [0x2013, 3, 2, offset, 0x0040_0060, 4, 0, 0, word])
  }

  /// Calls ibm,os-term with a text.
  static func terminates(_ text: String) -> [UInt8] {
    var words: [UInt32] = [
      0x3860_0000, 0x6063_F000,  // li r3,0; ori r3,r3,0xF000
      0x3C80_0040, 0x6084_0040,  // lis r4,0x40; ori r4,r4,0x40
      hypercall, 0x4800_0000,
    ]
    words += [UInt32](repeating: 0, count: 16 - words.count)
    words += [0x201F, 1, 1, 0x0040_0060, 0, 0, 0, 0]
    let bytes = Array(text.utf8) + [0, 0, 0, 0]
    words += stride(from: 0, to: bytes.count & ~3, by: 4).map {
      bytes[$0..<$0 + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    return TestProgram.elf(words)
  }
}

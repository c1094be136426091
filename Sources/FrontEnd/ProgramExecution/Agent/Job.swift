internal import Glibc
package import HostSupport

/// What the agent in the guest does before it starts the program, part after part.
///
/// A part is a head of two big-endian words, its kind and the bytes that follow it, and fields:
/// numbers of eight bytes, and texts that end with a zero byte. The bytes of a file follow its part.
package struct Job {
  /// The kinds of parts; `Firmware/program-agent/agent.h` has the same numbers.
  private enum Kind: UInt32 {
    case time = 1
    case entropy, emptyRoot, sharedRoot, folder, file, link, share, user, hostName, workingFolder
    case argument, variable, terminal, mask, program
  }

  /// The most bytes of the fields of a part.
  package static let mostPartBytes = 1 << 20
  /// The most arguments, and as many variables.
  package static let mostTexts = 65_536

  /// What is sent, in order.
  enum Piece {
    case bytes([UInt8])
    case contents(InputFile, count: Int)
  }
  private(set) var pieces: [Piece] = []

  package init() {}

  // MARK: parts

  /// The time of day.
  package mutating func setTime(seconds: Int, nanoseconds: Int) {
    add(.time, [.number(UInt64(clamping: seconds)), .number(UInt64(clamping: nanoseconds))])
  }

  /// Random numbers of this host, without which guests of one saved state would have the same.
  package mutating func addEntropy(_ bytes: [UInt8]) { add(.entropy, [.bytes(bytes)]) }

  /// An empty root folder in memory.
  package mutating func useEmptyRoot() { add(.emptyRoot, []) }

  /// A shared folder as root; what is changed stays in the guest's memory.
  package mutating func useRoot(tag: String) { add(.sharedRoot, [.text(tag)]) }

  package mutating func makeFolder(_ path: String, mode: UInt32 = 0o755) {
    add(.folder, [.number(UInt64(mode)), .text(path)])
  }

  /// A regular file with the contents of one that is here.
  package mutating func makeFile(_ path: String, mode: UInt32, of file: InputFile) {
    let count = file.size ?? 0
    add(.file, [.number(UInt64(mode)), .number(UInt64(count)), .text(path)])
    pieces.append(.contents(file, count: count))
  }

  /// A regular file with these bytes.
  package mutating func makeFile(_ path: String, mode: UInt32 = 0o644, bytes: [UInt8]) {
    add(.file, [.number(UInt64(mode)), .number(UInt64(bytes.count)), .text(path)])
    pieces.append(.bytes(bytes))
  }

  package mutating func makeLink(_ path: String, to target: String) {
    add(.link, [.text(path), .text(target)])
  }

  package mutating func mount(tag: String, at path: String, isReadOnly: Bool) {
    add(.share, [.number(isReadOnly ? 1 : 0), .text(tag), .text(path)])
  }

  package mutating func setUser(_ user: GuestUser) {
    add(
      .user,
      ([user.user, user.group] + user.otherGroups.prefix(256)).map { .number(UInt64($0)) })
  }

  package mutating func setHostName(_ name: String) { add(.hostName, [.bytes(Array(name.utf8))]) }

  package mutating func setWorkingFolder(_ path: String) { add(.workingFolder, [.text(path)]) }

  package mutating func setMask(_ mask: UInt32) { add(.mask, [.number(UInt64(mask))]) }

  /// Gives the program a terminal of this size for its input, output and errors.
  package mutating func useTerminal(rows: UInt16, columns: UInt16) {
    add(.terminal, [.number(UInt64(rows)), .number(UInt64(columns))])
  }

  /// Ends the job: the program starts.
  package mutating func start(
    _ path: String, arguments: [String], environment: [String]
  ) throws(ExecutionError) {
    guard arguments.count <= Self.mostTexts, environment.count <= Self.mostTexts else {
      throw ExecutionError("there are more than \(Self.mostTexts) arguments or variables")
    }
    for text in arguments + environment where text.utf8.count >= Self.mostPartBytes {
      throw ExecutionError("an argument or variable has more than \(Self.mostPartBytes - 1) bytes")
    }
    for text in arguments { add(.argument, [.text(text)]) }
    for text in environment { add(.variable, [.text(text)]) }
    add(.program, [.text(path)])
  }

  // MARK: encoding

  private enum Field {
    case number(UInt64)
    case text(String)
    case bytes([UInt8])
  }

  private mutating func add(_ kind: Kind, _ fields: [Field]) {
    var body: [UInt8] = []
    for field in fields {
      switch field {
      case .number(let value): body += value.bigEndianBytes
      // A zero byte would end the text for the agent, too.
      case .text(let text): body += text.utf8.prefix { $0 != 0 } + [0]
      case .bytes(let bytes): body += bytes
      }
    }
    let head = kind.rawValue.bigEndianBytes + UInt32(body.count).bigEndianBytes
    if case .bytes(let before)? = pieces.last {
      pieces[pieces.count - 1] = .bytes(before + head + body)
    } else {
      pieces.append(.bytes(head + body))
    }
  }
}

extension FixedWidthInteger {
  /// The bytes, the most significant one first.
  var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

/// Whose rights the program has in the guest.
package struct GuestUser: Equatable, Sendable {
  package var user: UInt32
  package var group: UInt32
  package var otherGroups: [UInt32]

  package init(user: UInt32 = 0, group: UInt32 = 0, otherGroups: [UInt32] = []) {
    (self.user, self.group, self.otherGroups) = (user, group, otherGroups)
  }

  /// `UID` or `UID:GID`; names are looked up by who reads the root's `/etc/passwd`.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let user = UInt32(parts[0]),
      let group = parts.count == 2 ? UInt32(parts[1]) : user
    else { return nil }
    self.init(user: user, group: group)
  }
}

/// A job as a stream, of which the agent takes piece after piece.
struct JobStream {
  private var pieces: ArraySlice<Job.Piece>
  /// Bytes of the first piece that have been taken.
  private var taken = 0

  init(_ job: Job) { pieces = job.pieces[...] }

  /// The next bytes, at most so many; none at the end.
  mutating func next(_ most: Int) throws(InputError) -> [UInt8] {
    while let piece = pieces.first {
      switch piece {
      case .bytes(let bytes):
        let part = bytes.dropFirst(taken).prefix(most)
        if !part.isEmpty {
          taken += part.count
          return Array(part)
        }
      case .contents(let file, let count):
        var part = [UInt8](repeating: 0, count: min(most, count - taken))
        if !part.isEmpty {
          var (result, failure) = (0, InputError?.none)
          part.withUnsafeMutableBytes { buffer in
            do throws(InputError) { result = try file.read(into: buffer, at: taken) } catch {
              failure = error
            }
          }
          if let failure { throw failure }
          // A file that has become shorter meanwhile continues with zeros, as its size was promised.
          _ = result
          taken += part.count
          return part
        }
      }
      pieces.removeFirst()
      taken = 0
    }
    return []
  }
}

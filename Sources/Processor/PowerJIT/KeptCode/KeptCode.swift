internal import Glibc
internal import HostSupport
internal import SavedState
internal import Synchronization

/// Why translated code cannot be kept in a folder.
public struct KeptCodeError: Error, CustomStringConvertible, Equatable {
  /// The folder or file.
  public let path: String
  /// The reason in words.
  public let reason: String

  /// Both.
  public var description: String { "\(path): \(reason)" }
}

/// Translated code that later runs of this program can use, in a file of a folder.
///
/// The file begins with the program's fingerprint, and has a record for each region, in the order in which they were
/// translated. A record is found by the scope, the place and the first words of each entry, and used if all
/// instruction words are those in storage. It is appended when a region has been translated; a record that is
/// not whole, after a crash or a damage, ends the file. One run at a time appends; others only read.
///
/// A file is host code that the next run executes: it must belong to the user, and no other user may be able to write to
/// it or to its folder.
public final class KeptCode: Sendable {
  private static let header: [UInt8] =
    Array("paprcode".utf8) + ProgramImage.current.fingerprint.littleEndianBytes
  private static let suffix = ".papr-code"
  /// The most bytes of a file; one that is full is begun again by the next run.
  static let sizeLimit = 512 << 20
  /// How many files of other builds of the program stay.
  private static let otherFiles = 3
  /// The most keys, of which each takes some 60 bytes of memory.
  private static let placeLimit = 1 << 20
  /// Bytes after which records are written.
  private static let blockSize = 256 << 10
  /// The most records of one key that are compared.
  private static let candidateLimit = 8

  /// A key of a record, and the entry before it with the same key.
  private struct Place {
    var record: UInt64
    var previous: Int32
  }

  private struct State {
    /// By key, the newest of ``places``.
    var newest: [UInt64: Int32] = [:]
    var places: [Place] = []
    /// Bytes of the file, and what follows them.
    var size: UInt64 = 0
    var unwritten: [UInt8] = []
    /// Whether records can be added.
    var isOpen: Bool
  }

  private let file: Int32
  private let state: Mutex<State>

  /// Opens this program's file in a folder, which is made if it does not exist.
  public init(folder: String) throws(KeptCodeError) {
    if mkdir(folder, 0o700) != 0, errno != EEXIST { throw Self.error(folder, errno) }
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Self.error(folder, errno) }
    defer { close(directory) }
    try Self.check(directory, is: S_IFDIR, folder)
    let name = ProgramImage.current.fingerprint.hexDigits(16) + Self.suffix
    let file = openat(
      directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.error("\(folder)/\(name)", errno) }
    self.file = file
    state = Mutex(State(isOpen: flock(file, LOCK_EX | LOCK_NB) == 0))
    try Self.check(file, is: S_IFREG, "\(folder)/\(name)")
    Self.removeOthers(directory, but: name)
    state.withLock { readIndex(&$0) }
  }

  deinit {
    state.withLock { flush(&$0) }
    close(file)
  }

  private static func error(_ path: String, _ number: Int32) -> KeptCodeError {
    KeptCodeError(path: path, reason: HostError.text(number))
  }

  private static func check(
    _ descriptor: Int32, is kind: mode_t, _ path: String
  ) throws(KeptCodeError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw error(path, errno) }
    guard status.st_mode & S_IFMT == kind else {
      throw KeptCodeError(path: path, reason: "it is not a regular file")
    }
    guard status.st_uid == geteuid() else {
      throw KeptCodeError(path: path, reason: "it belongs to another user")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw KeptCodeError(
        path: path, reason: "others can write to it, and it would be executed")
    }
  }

  /// Removes the oldest files of other builds.
  private static func removeOthers(_ directory: Int32, but name: String) {
    let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // The stream closes its descriptor.
    guard copy >= 0, let stream = fdopendir(copy) else { return }
    defer { closedir(stream) }
    var others: [(name: String, time: Int)] = []
    while let entry = readdir(stream) {
      let other = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      var status = stat()
      guard other != name, other.utf8.count == name.utf8.count, other.hasSuffix(suffix),
        UInt64(hexDigits: other.dropLast(suffix.count)) != nil,
        fstatat(directory, other, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { continue }
      others.append((other, status.st_mtim.tv_sec))
    }
    for other in others.sorted(by: { $0.time > $1.time }).dropFirst(otherFiles) {
      unlinkat(directory, other.name, 0)
    }
  }

  // MARK: reading

  /// Reads where records are, up to the first that is not whole.
  private func readIndex(_ state: inout State) {
    var status = stat()
    guard fstat(file, &status) == 0 else { return }
    let length = UInt64(status.st_size)
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var (start, count) = (UInt64(0), 0)
    /// The bytes at a place of the file.
    func part(_ place: UInt64, _ size: Int) -> ArraySlice<UInt8>? {
      if place < start || place + UInt64(size) > start + UInt64(count) {
        start = place
        count = max(0, pread(file, &bytes, bytes.count, off_t(place)))
        guard count >= size else { return nil }
      }
      let first = Int(place - start)
      return bytes[first..<first + size]
    }
    if let begin = part(0, Self.header.count), begin.elementsEqual(Self.header) {
      state.size = UInt64(Self.header.count)
      while let head = part(state.size, RecordHead.size).flatMap({ RecordHead($0) }),
        head.end(at: state.size) <= min(length, UInt64(Self.sizeLimit)),
        state.places.count + head.keyCount <= Self.placeLimit,
        let keys = part(state.size + UInt64(RecordHead.size), 8 * head.keyCount)
      {
        for index in 0..<head.keyCount {
          let first = keys.startIndex + 8 * index
          add(UInt64(littleEndianBytes: keys[first..<first + 8]), state.size, &state)
        }
        state.size = head.end(at: state.size)
      }
    }
    if !Self.hasRoom(state) { state = State(isOpen: state.isOpen) }
    guard state.isOpen, state.size != length || length == 0 else { return }
    if state.size == 0 { state.unwritten = Self.header }
    if ftruncate(file, off_t(state.size)) != 0 { state.isOpen = false }
  }

  /// Whether another record can be added.
  private static func hasRoom(_ state: borrowing State) -> Bool {
    state.size + UInt64(state.unwritten.count + 2 * KeptRegion.sizeLimit) < UInt64(sizeLimit)
      && state.places.count + RecordHead.keyLimit <= placeLimit
  }

  /// Whether regions can be added.
  var hasRoom: Bool { state.withLock { $0.isOpen && Self.hasRoom($0) } }

  private func add(_ key: UInt64, _ record: UInt64, _ state: inout State) {
    let number = Int32(state.places.count)
    let previous = state.newest.updateValue(number, forKey: key)
    state.places.append(Place(record: record, previous: previous ?? -1))
  }

  /// The newest region with a key that a function accepts.
  func region(_ key: UInt64, where accepts: (KeptRegion) -> Bool) -> KeptRegion? {
    state.withLock { state in
      guard var place = state.newest[key] else { return nil }
      for _ in 0..<Self.candidateLimit where place >= 0 {
        let candidate = state.places[Int(place)]
        if let region = read(candidate.record, state), accepts(region) { return region }
        place = candidate.previous
      }
      return nil
    }
  }

  private func read(_ record: UInt64, _ state: borrowing State) -> KeptRegion? {
    guard let first = part(record, RecordHead.size, state),
      let head = RecordHead(first[...]),
      let bytes = part(record + UInt64(RecordHead.size + 8 * head.keyCount), head.regionSize, state)
    else { return nil }
    return CRC32C.value(of: bytes) == head.checksum ? KeptRegion(bytes) : nil
  }

  /// Bytes of a record, in the file or to be written.
  private func part(_ place: UInt64, _ size: Int, _ state: borrowing State) -> [UInt8]? {
    if place >= state.size {
      let first = Int(place - state.size)
      guard first + size <= state.unwritten.count else { return nil }
      return Array(state.unwritten[first..<first + size])
    }
    var bytes = [UInt8](repeating: 0, count: size)
    return pread(file, &bytes, size, off_t(place)) == size ? bytes : nil
  }

  // MARK: writing

  /// Keeps a region, to be found by keys.
  func add(_ region: KeptRegion, keys: [UInt64]) {
    let bytes = region.encoded().all
    guard let head = RecordHead(keyCount: keys.count, bytes) else { return }
    state.withLock { state in
      guard state.isOpen, Self.hasRoom(state) else { return }
      let record = state.size + UInt64(state.unwritten.count)
      head.write(to: &state.unwritten)
      for key in keys { state.unwritten += key.littleEndianBytes }
      state.unwritten += bytes
      for key in keys { add(key, record, &state) }
      if state.unwritten.count >= Self.blockSize { flush(&state) }
    }
  }

  private func flush(_ state: inout State) {
    guard state.isOpen, !state.unwritten.isEmpty else { return }
    lseek(file, off_t(state.size), SEEK_SET)
    // A full disk is no reason to stop a guest: the rest is not kept.
    guard WholeWrite.write(state.unwritten, to: file) == 0 else {
      state.isOpen = false
      ftruncate(file, off_t(state.size))
      return
    }
    state.size += UInt64(state.unwritten.count)
    state.unwritten = []
  }
}

/// The beginning of a record: the keys follow it, and then the region.
private struct RecordHead {
  static let size = 16
  private static let marker: UInt32 = 0x6E67_6572
  static let keyLimit = 1024

  var keyCount: Int
  var regionSize: Int
  /// Of the region.
  var checksum: UInt32

  init?(keyCount: Int, _ region: [UInt8]) {
    guard keyCount <= Self.keyLimit, region.count <= KeptRegion.sizeLimit else { return nil }
    self.keyCount = keyCount
    regionSize = region.count
    checksum = CRC32C.value(of: region)
  }

  init?(_ bytes: ArraySlice<UInt8>) {
    let words = (0..<4).map { index in
      UInt32(littleEndianBytes: bytes.dropFirst(4 * index).prefix(4))
    }
    guard words[0] == Self.marker, words[1] <= Self.keyLimit,
      words[2] <= KeptRegion.sizeLimit
    else { return nil }
    keyCount = Int(words[1])
    regionSize = Int(words[2])
    checksum = words[3]
  }

  func write(to bytes: inout [UInt8]) {
    for word in [Self.marker, UInt32(keyCount), UInt32(regionSize), checksum] {
      bytes += word.littleEndianBytes
    }
  }

  func end(at place: UInt64) -> UInt64 { place + UInt64(Self.size + 8 * keyCount + regionSize) }
}

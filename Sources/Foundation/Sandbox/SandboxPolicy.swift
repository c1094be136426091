internal import Glibc

/// The two stages of confinement.
public enum SandboxStage: Sendable {
  /// Before the process reads its inputs and data of other processes: it can still open the inputs,
  /// and make memory executable for the translator.
  case reading
  /// Before its guest runs.
  case running
}

/// A folder that a process serves to a guest.
public struct ServedFolder: Sendable, Equatable {
  /// The folder.
  public var path: String
  /// Whether nothing in it is changed.
  public var isReadOnly: Bool

  /// A folder from its path.
  public init(path: String, isReadOnly: Bool) { (self.path, self.isReadOnly) = (path, isReadOnly) }
}

/// The access that a process needs after it is confined.
public struct SandboxPolicy: Sendable, Equatable {
  /// Folders in which it creates and replaces files, at any depth.
  public var writableFolders: Set<String> = []
  /// Folders with a socket of its own, which it removes at the end.
  public var socketFolders: Set<String> = []
  /// Devices and pipes that it writes to.
  public var writableFiles: Set<String> = []
  /// Files, and folders at any depth, that it reads before the guest runs.
  public var inputs: Set<String> = []
  /// Whether it may open sockets, to migrate its guest.
  public var connects = false
  /// Whether it is a network for a guest, with sockets of every kind; it reads its inputs all the time.
  public var isNetwork = false
  /// Whether its guest has a TAP device.
  public var hasTAP = false
  /// A folder that it serves to a guest: all that is below it, and nothing else.
  public var served: ServedFolder?

  /// A policy that allows no file, folder or network.
  public init() {}

  /// Adds an output file: the folder in which it is replaced, or the file itself when it is a link
  /// or not a regular file.
  public mutating func addOutput(_ path: String) {
    var (status, target) = (stat(), stat())
    let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    if stat(path, &target) == 0, isLink || target.st_mode & S_IFMT != S_IFREG {
      writableFiles.insert(path)
    } else {
      writableFolders.insert(Self.folder(of: path))
    }
  }

  /// Adds the socket of a path.
  public mutating func addSocket(_ path: String) { socketFolders.insert(Self.folder(of: path)) }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  func filesRead(in stage: SandboxStage) -> [String] {
    stage == .reading || isNetwork ? inputs.sorted() : []
  }

  func needs(_ rule: SystemCallRule, _ stage: SandboxStage) -> Bool {
    let writes = !writableFolders.isEmpty || !writableFiles.isEmpty
    return switch rule.need {
    case .always: true
    case .reading: stage == .reading
    case .openingFiles: stage == .reading || writes || connects || isNetwork || served != nil
    case .servingFiles: served != nil
    case .changingFiles: served?.isReadOnly == false
    case .writingFiles: writes
    case .removingFiles: writes || !socketFolders.isEmpty
    case .connecting: connects || isNetwork
    case .serving: isNetwork
    case .tap: hasTAP
    }
  }
}

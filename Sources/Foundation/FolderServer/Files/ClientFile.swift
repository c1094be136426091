/// A file for which the client has a number (9P's fid).
final class ClientFile {
  enum State {
    /// The client has only found it.
    case found
    /// A regular file, with the host's flags that it is open with.
    case file(HostFile, flags: Int32)
    case folder(OpenFolder)
    /// A saved state had it, and it is not there any more.
    case lost
  }

  /// The file's place.
  let place: HostFile
  /// The names that lead to it from the folder that is served.
  var path: [FileName]
  var state = State.found

  init(_ place: HostFile, _ path: [FileName]) { (self.place, self.path) = (place, path) }
}

/// The destination of a command's output.
enum ControlOutput {
  case file(String)
  case descriptor(PassedDescriptor)
}

extension ControlCall {
  /// The output that an argument names: a file name, or `/dev/fdset/ID` for a descriptor that the
  /// client has passed.
  func output(_ path: String) throws(ControlError) -> ControlOutput {
    let prefix = "/dev/fdset/"
    guard path.hasPrefix(prefix) else { return .file(path) }
    guard let identifier = Int(path.dropFirst(prefix.count)) else {
      throw ControlError("'\(path.prefix(255))' is not \(prefix)ID")
    }
    return .descriptor(try client.parked.writable(inSet: identifier))
  }
}

/// Where a command writes.
enum ControlOutput {
  case file(String)
  case descriptor(PassedDescriptor)
}

extension ControlCall {
  /// Where an argument says a file is: a name, or `/dev/fdset/ID` for a descriptor of the client's.
  func output(_ path: String) throws(ControlError) -> ControlOutput {
    let prefix = "/dev/fdset/"
    guard path.hasPrefix(prefix) else { return .file(path) }
    guard let identifier = Int(path.dropFirst(prefix.count)) else {
      throw ControlError("'\(path.prefix(255))' is not \(prefix)ID")
    }
    return .descriptor(try client.parked.writable(inSet: identifier))
  }
}

import Glibc

/// A script's commands for a run's control socket, each a `pseries control` process.
final class ControlCommands {
  /// The address of the machine's control socket, for `--control`.
  let address: String
  private let folder: String
  private let pseries: String
  private var running: [(text: String, child: Child, errors: [UInt8])] = []

  /// Makes the folder of the socket; its path is short, because a socket's must be.
  init(_ pseries: String) throws(SpawnError) {
    var template = Array("/tmp/boot-test-control-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SpawnError(program: "/tmp", code: errno) }
    self.pseries = pseries
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    address = "unix:\(folder)/socket"
  }

  deinit {
    for command in running { command.child.kill(SIGKILL) }
    unlink("\(folder)/socket")
    rmdir(folder)
  }

  /// Sends a command.
  /// - Parameter text: its name and arguments, with blanks between.
  /// - Returns: a finding, when it could not be sent.
  func send(_ text: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    do {
      let child = try Child(pseries, ["control", address] + words)
      child.closeInput()
      running.append((text, child, []))
      return nil
    } catch {
      return "control '\(text)': \(error)"
    }
  }

  var isEmpty: Bool { running.isEmpty }

  /// Reads the output of commands, and collects those that have ended.
  /// - Returns: a finding for each that has failed.
  func turn() -> [String] {
    var findings: [String] = []
    var left = running
    running = []
    for index in left.indices {
      let child = left[index].child
      _ = Child.read(from: child.output)
      // The process's output before its end can be read after it.
      let ending = child.reap()
      left[index].errors += Child.read(from: child.errors) ?? []
      switch ending {
      case nil: running.append(left[index])
      case .exited(0): break
      case .exited, .signalled, .deadline, .done, .failed, .flooded, .notStarted:
        let reason = String(decoding: left[index].errors, as: UTF8.self).trimmingBlanks()
        findings.append("control '\(left[index].text)': \(reason)")
      }
    }
    return findings
  }
}

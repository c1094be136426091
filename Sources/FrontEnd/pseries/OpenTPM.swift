internal import Devices
internal import Glibc
internal import HostSupport
internal import MachineControl
internal import MachineDescription
internal import MachineOptions

/// The emulator behind a TPM, connected before the sandbox forbids it.
enum OpenTPM {
  static func emulator(_ argument: TPMArgument) throws(CommandError) -> TPMEmulator {
    let (control, name): (Int32, String)
    switch argument.emulator {
    case .socket(let path):
      name = path
      do throws(SocketError) {
        control = try StreamSocket(connectingTo: .unix(path: path)).takeDescriptor()
      } catch {
        throw CommandError("--tpm: \(error)")
      }
    case .state(let folder): (control, name) = (try start(folder, argument), "swtpm")
    }
    do throws(TPMError) {
      return try TPMEmulator(control: control, version: argument.version)
    } catch {
      throw CommandError("--tpm: \(name): \(error)")
    }
  }

  /// Starts swtpm, which ends when its control channel is closed.
  /// - Returns: the control channel.
  private static func start(_ folder: String, _ argument: TPMArgument) throws(CommandError) -> Int32
  {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandError("--tpm: there is no folder \(folder)")
    }
    guard !folder.contains(",") else {
      throw CommandError("--tpm: swtpm takes no folder whose name has a comma: \(folder)")
    }
    let process = DeviceProcess(
      program: "swtpm", option: "--tpm", hint: "install the package swtpm")
    return try process.connect(
      process.program,
      ["socket"] + (argument.version == .v2_0 ? ["--tpm2"] : [])
        + [
          "--tpmstate", "dir=" + folder, "--ctrl", "type=unixio,clientfd=3", "--terminate", "--log",
          "file=-",
        ]
    ).socket
  }
}

internal import Devices
internal import Machine
internal import MachineDescription
internal import MachineOptions

/// The storage of the disks that options name, opened before the sandbox forbids it.
struct OpenDisks {
  private let disks: [(argument: DiskArgument, storage: any BlockStorage)]

  /// - Parameters:
  ///   - arguments: the disks.
  ///   - areClaimed: false for a guest that another process still runs.
  init(_ arguments: [DiskArgument], areClaimed: Bool) throws(CommandError) {
    var disks: [(argument: DiskArgument, storage: any BlockStorage)] = []
    for argument in arguments {
      do throws(BlockStorageError) {
        let file = try RawFile(
          opening: argument.file, isReadOnly: argument.isReadOnly || argument.isSnapshot,
          isClaimed: areClaimed)
        // Of a disk that cannot be written there is nothing to forget.
        let forgets = argument.isSnapshot && !argument.isReadOnly
        disks.append((argument, forgets ? try SnapshotStorage(of: file) : file))
      } catch {
        throw CommandError("--disk: \(argument.file): \(error)")
      }
    }
    self.disks = disks
  }

  /// Gives a machine its storage, the disks of its description in their order.
  func add(to configuration: inout MachineConfiguration) throws(CommandError) {
    let devices = configuration.description.devices.pci.filter {
      if case .block = $0.kind { true } else { false }
    }
    guard devices.count == disks.count else {
      throw CommandError.usage(
        "--disk: \(disks.count) given; the number of the guest's disks is \(devices.count)")
    }
    for (device, disk) in zip(devices, disks) {
      if case .block(let described) = device.kind,
        described.isReadOnly != disk.argument.isReadOnly
      {
        throw CommandError.usage(
          "--disk: \(disk.argument.file): the guest's disk is "
            + (described.isReadOnly ? "read-only" : "not read-only"))
      }
      configuration.storage[device.number] = disk.storage
    }
  }
}

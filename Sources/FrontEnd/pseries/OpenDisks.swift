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
      let name = Self.name(of: argument)
      do throws(BlockStorageError) {
        let file = try Self.storage(
          argument, isReadOnly: argument.isReadOnly || argument.isSnapshot, isClaimed: areClaimed)
        let storage = argument.isForgotten ? try SnapshotStorage(of: file) : file
        disks.append(
          (argument, ReportedStorage(of: storage) { Complaint.write("\(name): \($0)") }))
      } catch {
        throw CommandError("\(name): \(error)")
      }
    }
    self.disks = disks
  }

  /// A disk as messages name it.
  private static func name(of argument: DiskArgument) -> String {
    "\(argument.option.rawValue): \(argument.file)"
  }

  private static func storage(
    _ argument: DiskArgument, isReadOnly: Bool, isClaimed: Bool
  ) throws(BlockStorageError) -> any BlockStorage {
    if argument.isServer {
      guard !argument.isDirect else { throw .notDirect }
      return try NBDServer.open(
        .server(uri: argument.file), isReadOnly: isReadOnly, isClaimed: isClaimed)
    }
    guard argument.format != "raw" else {
      return try RawFile(
        opening: argument.file, isReadOnly: isReadOnly, isDirect: argument.isDirect,
        isClaimed: isClaimed)
    }
    // qemu-nbd locks the image from its start, when the guest's old process still has it.
    guard isClaimed else { throw .handOver }
    return try NBDServer.open(
      .image(
        path: argument.file, format: argument.format, isDirect: argument.isDirect),
      isReadOnly: isReadOnly)
  }

  /// Gives a machine its storage: on each bus, the disks of its description in their order.
  func add(to configuration: inout MachineConfiguration) throws(CommandError) {
    let devices = configuration.description.devices.storage
    guard devices.count == disks.count else {
      throw CommandError.usage(
        "--disk, --cdrom: \(disks.count) given; the number of the guest's disks is "
          + "\(devices.count)")
    }
    for bus in StorageDevice.Bus.allCases {
      let (own, given) = (
        devices.filter { $0.bus == bus }, disks.filter { $0.argument.bus == bus }
      )
      guard own.count == given.count else {
        throw CommandError.usage(
          "--disk, --cdrom: \(given.count) of bus \(bus) given; the number of the guest's is "
            + "\(own.count)")
      }
      for (device, disk) in zip(own, given) {
        try check(device, disk.argument)
        configuration.storage[device.address] = disk.storage
      }
    }
  }

  private func check(
    _ device: StorageDevice, _ argument: DiskArgument
  ) throws(CommandError) {
    let name = Self.name(of: argument)
    guard device.kind == argument.kind else {
      throw CommandError.usage("\(name): the guest's device is a \(device.kind)")
    }
    guard device.isReadOnly == argument.isReadOnly else {
      throw CommandError.usage(
        "\(name): the guest's disk is " + (device.isReadOnly ? "read-only" : "not read-only"))
    }
  }
}

internal import Devices
internal import DiskFormats
internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import NetworkBoot
public import OpenFirmware

/// A disk that the firmware can read, with the path of its node and its alias.
struct FirmwareDiskEntry {
  let path: String
  let alias: String
  let kind: SCSIDevice.Kind
  let disk: StorageDisk
}

/// Why a device could not be started from.
public struct BootFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The device specifier.
  public let device: String
  /// What is wrong there.
  public let reason: String

  /// `DEVICE: REASON`
  public var description: String { "\(device.printable): \(reason)" }
}

extension PowerMachine {
  /// Makes the storage of every device readable by the firmware.
  func addDisks() {
    var counts: [SCSIDevice.Kind: Int] = [:]
    for device in description.devices.storageInTree {
      guard let storage = configuration.storage[device.address] else { continue }
      let count = counts[device.kind, default: 0]
      counts[device.kind] = count + 1
      disks.append(
        FirmwareDiskEntry(
          path: device.path, alias: DiskAlias.name(count, isCDROM: device.kind == .cdrom),
          kind: device.kind,
          disk: StorageDisk(
            storage, work: work, blockSize: device.kind == .cdrom ? 2048 : 512,
            isReadOnly: device.isReadOnly)))
    }
  }

  /// The disk of a node.
  public func disk(at path: String) -> (any FirmwareDisk)? {
    disks.first { $0.path == path }?.disk
  }

  /// The variables in the common partition of the NVRAM (LoPAR, "NVRAM Partitions"): the first of each
  /// name.
  public var configurationVariables: [(name: String, value: String)] {
    guard description.devices.nvram != nil else { return [] }
    return partition.nvram.contents.commonVariables
  }

  /// Sets a variable in the common partition of the NVRAM.
  public func setConfigurationVariable(_ name: String, to value: [UInt8]) -> Bool {
    guard description.devices.nvram != nil,
      let (start, content) = partition.nvram.contents.commonPartition
    else { return true }
    guard let changed = Array(content).settingVariable(name, to: value) else { return false }
    return changed == Array(content) || partition.nvram.write(changed, at: start)
  }

  /// The device specifiers from which the firmware starts a program, in this order: those of the
  /// description; else `boot-device` of the NVRAM, and every disk and then every CD-ROM that is not
  /// among them.
  func bootDevices() -> [String] {
    guard description.bootOrder.isEmpty else { return description.bootOrder }
    let variable = configurationVariables.first { $0.name == "boot-device" }?.value ?? ""
    let listed = variable.split(separator: " ").map(String.init)
    let whole = listed.compactMap { device in
      (try? resolve(device)).flatMap { $0.arguments == DeviceArguments() ? $0.entry.path : nil }
    }
    let found = [SCSIDevice.Kind.disk, .cdrom].flatMap { kind in
      disks.filter { $0.kind == kind }.map(\.path)
    }
    return listed + found.filter { !whole.contains($0) }
  }

  /// The network card that a device specifier names, with its arguments; nil where it names none.
  func networkCard(
    of specifier: String
  ) throws(BootFailure) -> (card: NetworkCard, arguments: NetworkArguments)? {
    let device = String(specifier.prefix { $0 != ":" })
    guard let card = networkCards.first(where: { [$0.path, $0.alias].contains(device) }) else {
      return nil
    }
    guard let arguments = NetworkArguments(ofSpecifier: specifier) else {
      throw BootFailure(device: specifier, reason: "these are no arguments of a network card")
    }
    return (card, arguments)
  }

  /// Whether a device specifier names a card, or a disk with a boot program.
  func isBootable(_ specifier: String) -> Bool {
    if (try? networkCard(of: specifier)) != nil { return true }
    return (try? bootProgram(of: specifier)) != nil
  }

  /// The disk that a device specifier names, with its arguments.
  private func resolve(
    _ specifier: String
  ) throws(BootFailure) -> (entry: FirmwareDiskEntry, arguments: DeviceArguments) {
    let device = String(specifier.prefix { $0 != ":" })
    guard let entry = disks.first(where: { [$0.path, $0.alias].contains(device) }) else {
      throw BootFailure(device: specifier, reason: "there is no such device")
    }
    do throws(DiskFormatError) {
      return (entry, try DeviceArguments(ofSpecifier: specifier))
    } catch { throw BootFailure(device: specifier, reason: "\(error)") }
  }

  /// The boot program of a device, found but not loaded.
  func bootProgram(
    of specifier: String
  ) throws(BootFailure) -> (file: GuestFile, path: String, place: DiskPlace) {
    let (entry, arguments) = try resolve(specifier)
    let place: DiskPlace
    do throws(DiskFormatError) { place = try entry.disk.bootProgram(arguments) } catch {
      throw BootFailure(device: specifier, reason: "\(error)")
    }
    let named = "\(place.arguments)"
    let path = entry.path + (named.isEmpty ? "" : ":" + named)
    let (disk, start) = (entry.disk, place.range.lowerBound)
    // The range is within the disk, whose offsets the host counts in 63 bits.
    let size = Int(clamping: place.range.upperBound - start)
    let file = GuestFile(name: path, size: size) { buffer, offset throws(GuestFileError) in
      do throws(DiskFormatError) { try disk.fill(buffer, at: start + UInt64(offset)) } catch {
        throw .unreadable(offset: offset, reason: "\(error)")
      }
    }
    return (file, path, place)
  }
}

extension [UInt8] {
  /// The common partition of an NVRAM: the offset of what is behind its header, and that.
  var commonPartition: (start: Int, content: ArraySlice<UInt8>)? {
    var start = 0
    for header in NVRAM.partitions(in: self) ?? [] {
      defer { start += header.length }
      guard header.signature == .common, header.name.starts(with: "common".utf8) else { continue }
      let content = start + NVRAMPartitionHeader.size
      return (content, self[content..<start + header.length])
    }
    return nil
  }

  /// The variables `NAME=VALUE` of the common partition in an NVRAM, each ended by a zero byte.
  var commonVariables: [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    for text in commonPartition?.content.split(separator: 0, omittingEmptySubsequences: false) ?? []
    {
      if text.isEmpty || variables.count == 256 { break }
      guard let equal = text.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: text[..<equal], as: UTF8.self)
      let isName =
        !name.isEmpty && name.utf8.count < 32
        && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      guard isName, !variables.contains(where: { $0.name == name }) else { continue }
      variables.append((name, String(decoding: text[(equal + 1)...], as: UTF8.self)))
    }
    return variables
  }

  /// The content of a common partition with a variable in the place of those of the same name, or at the
  /// end; nil when there is no room for it.
  func settingVariable(_ name: String, to value: [UInt8]) -> [UInt8]? {
    let (head, text) = (Array("\(name)=".utf8), Array("\(name)=".utf8) + value)
    let found = split(separator: 0, omittingEmptySubsequences: false).prefix { !$0.isEmpty }
    var texts: [[UInt8]] = found.map { Array($0) }
    let place = texts.firstIndex { $0.starts(with: head) } ?? texts.count
    texts.removeAll { $0.starts(with: head) }
    texts.insert(text, at: Swift.min(place, texts.count))
    let bytes: [UInt8] = texts.flatMap { $0 + [0] }
    // An empty one ends them.
    guard bytes.count < count else { return nil }
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }
}

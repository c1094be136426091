/// The place of something on a disk that a device specifier names, or that the firmware starts.
public struct DiskPlace: Hashable, Sendable {
  /// Offsets in bytes.
  public var range: Range<UInt64>
  /// The arguments that name it.
  public var arguments: DeviceArguments
  /// What it is, for the user.
  public var name: String
  /// `bootargs` that come with it; nil when none do.
  public var bootArguments: String?
}

/// Finds partitions, files and boot programs of a disk.
public struct BootSearch<Disk: DiskBytes> {
  private let disk: Disk
  private let sector: UInt64

  /// The most bytes that are read of a PReP partition, which has no length of the program; those of
  /// other systems stop there too.
  public static var largestProgram: UInt64 { 32 << 20 }

  /// - Parameters:
  ///   - disk: the disk.
  ///   - sector: bytes of its sectors.
  public init(_ disk: Disk, sector: UInt64 = 512) {
    (self.disk, self.sector) = (disk, sector)
  }

  /// What arguments name: the whole disk, a partition, or a file on an ISO 9660 file system.
  public func place(of arguments: DeviceArguments) throws(DiskFormatError) -> DiskPlace {
    var place = DiskPlace(range: 0..<disk.size, arguments: arguments, name: "the whole disk")
    if let number = arguments.partition, number > 0 {
      // A file system on the whole disk counts as its first partition, as on a CD-ROM.
      if let path = arguments.path, number == 1, let range = try? ISO9660(disk).file(at: path) {
        return DiskPlace(range: range, arguments: arguments, name: path)
      }
      let table = try PartitionTable(of: disk, sector: sector)
      guard let partition = table[number] else {
        throw table.problems.contains(.partitionOutside(number))
          ? .partitionOutside(number) : .noPartition(number)
      }
      place.range = partition.range
      place.name = "partition \(number)"
    }
    if let path = arguments.path {
      place.range = try ISO9660(disk, at: place.range.lowerBound).file(at: path)
      place.name = path
    }
    return place
  }

  /// The boot program that arguments name or, where they name none, that the disk has: by
  /// `\ppc\bootinfo.txt` of an ISO 9660 file system, or in a PReP partition.
  public func program(_ arguments: DeviceArguments) throws(DiskFormatError) -> DiskPlace {
    guard arguments.path == nil, arguments.partition ?? 0 == 0 else {
      var place = try place(of: arguments)
      if arguments.path == nil { place.range = Self.beginning(of: place.range) }
      return place
    }
    var problem: DiskFormatError?
    do throws(DiskFormatError) {
      if let information = try bootInformation() {
        var place = try place(of: information.program)
        place.bootArguments = information.bootArguments
        return place
      }
    } catch {
      // A disk with a file system that is damaged may have a partition as well.
      problem = error
    }
    let table: PartitionTable
    do throws(DiskFormatError) { table = try PartitionTable(of: disk, sector: sector) } catch {
      throw problem ?? error
    }
    guard let partition = table.partitions.first(where: { $0.type.isPReP }) else {
      throw problem ?? table.problems.first ?? .notBootable
    }
    return DiskPlace(
      range: Self.beginning(of: partition.range), arguments: DeviceArguments(),
      name: "PReP partition \(partition.number)")
  }

  private static func beginning(of range: Range<UInt64>) -> Range<UInt64> {
    let count = min(range.upperBound - range.lowerBound, largestProgram)
    return range.lowerBound..<range.lowerBound + count
  }

  /// What `\ppc\bootinfo.txt` says; nil on a medium without such a file.
  private func bootInformation() throws(DiskFormatError) -> BootInformation? {
    let file: Range<UInt64>
    do throws(DiskFormatError) {
      file = try ISO9660(disk).file(at: BootInformation.path)
    } catch {
      switch error {
      case .noFileSystem, .noFile: return nil
      default: throw error
      }
    }
    let count = file.upperBound - file.lowerBound
    guard count <= BootInformation.largest else {
      throw .tooLarge(path: BootInformation.path, size: count, limit: BootInformation.largest)
    }
    return try BootInformation(try disk.bytes(Int(count), at: file.lowerBound))
  }
}

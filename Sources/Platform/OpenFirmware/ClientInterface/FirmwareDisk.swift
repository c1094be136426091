public import DiskFormats

/// A disk whose node has the `device_type` "block", as the firmware reads and writes it: the seam to
/// whatever holds its bytes. Every disk device is one, by its bus.
public protocol FirmwareDisk: DiskBytes, AnyObject {
  /// Bytes of a block: a power of two.
  var blockSize: UInt32 { get }
  /// Whether it cannot be written.
  var isReadOnly: Bool { get }
  /// Stores bytes at an offset in bytes, on stable storage. The range is within the disk.
  func store(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError)
}

extension FirmwareDisk {
  /// What device arguments name.
  public func place(of arguments: DeviceArguments) throws(DiskFormatError) -> DiskPlace {
    try BootSearch(Bytes(disk: self), sector: UInt64(blockSize)).place(of: arguments)
  }

  /// The boot program that device arguments name, or that the disk has.
  public func bootProgram(_ arguments: DeviceArguments) throws(DiskFormatError) -> DiskPlace {
    try BootSearch(Bytes(disk: self), sector: UInt64(blockSize)).program(arguments)
  }
}

/// Aliases of disks in `/aliases`.
public enum DiskAlias {
  /// The alias of a disk by its place among the disks of the tree: `disk`, `disk1`, `disk2` …; of a
  /// CD-ROM among those: `cdrom`, `cdrom1` …
  public static func name(_ place: Int, isCDROM: Bool) -> String {
    (isCDROM ? "cdrom" : "disk") + (place == 0 ? "" : "\(place)")
  }
}

/// The bytes of any disk.
private struct Bytes: DiskBytes {
  let disk: any FirmwareDisk

  var size: UInt64 { disk.size }
  func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) { try disk.fill(buffer, at: offset) }
}

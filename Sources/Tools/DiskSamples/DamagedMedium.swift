internal import DiskFormats
internal import HostSupport

/// Media of which a few bytes are changed.
package enum DamagedMedium {
  /// A medium with a table or a file system, of which a few bytes are changed.
  package static func make(_ numbers: inout some RandomNumberGenerator) -> SampleMedium {
    var disk: SampleMedium
    let kind = Int.random(in: 0..<3, using: &numbers)
    let isGPT = kind == 1
    switch kind {
    case 0:
      disk = SampleMedium(sectors: 160)
      disk.row(0, type: 0x41, start: 8, count: 16)
      disk.row(1, type: 0x05, start: 40, count: 100)
      disk.row(0, type: 0x83, start: 1, count: 8, at: 40)
      disk.row(1, type: 0x05, start: 20, count: 50, at: 40)
      disk.row(0, type: 0x83, start: 1, count: 8, at: 60)
    case 1:
      disk = SampleMedium(sectors: 100)
      disk.gpt([.init(type: SampleMedium.prep, first: 40, last: 47)], count: 16)
    default:
      disk = SampleMedium(
        SampleISO(
          .folder([
            (
              "PPC", nil,
              .folder([
                (
                  "BOOTINFO.TXT;1", "bootinfo.txt",
                  .file(Array("<boot-script>boot &device;:1,\\ppc\\x y</boot-script>".utf8))
                ), ("X.;1", nil, .file([1, 2, 3])),
              ])
            )
          ])
        ).bytes)
    }
    let used = disk.bytes.indices.filter { disk.bytes[$0] != 0 }
    for _ in 0..<Int.random(in: 0...4, using: &numbers) {
      let near = used.randomElement(using: &numbers) ?? 0
      let place = min(near + Int.random(in: 0..<4, using: &numbers), disk.bytes.count - 1)
      disk.bytes[place] = UInt8(truncatingIfNeeded: numbers.next())
    }
    // Checksums that are right again, so that what is behind them is reached.
    if isGPT, Bool.random(using: &numbers) { disk.renewChecksums() }
    if Int.random(in: 0..<8, using: &numbers) == 0 {
      disk.bytes.removeLast(Int.random(in: 0...disk.bytes.count, using: &numbers))
    }
    return disk
  }

  /// The number of places that were found; nil when one is not within the medium.
  package static func examine(_ disk: SampleMedium) -> Int? {
    var places: [Range<UInt64>] = []
    if let table = try? PartitionTable(of: disk) { places += table.partitions.map(\.range) }
    for arguments in [
      DeviceArguments(), DeviceArguments(partition: 1),
      DeviceArguments(partition: 1, path: "\\ppc\\x"), DeviceArguments(path: "\\ppc\\x"),
    ] {
      if let place = try? BootSearch(disk).program(arguments) { places.append(place.range) }
    }
    for place in places {
      guard place.upperBound <= disk.size,
        (try? disk.bytes(place.count, at: place.lowerBound)) != nil
      else { return nil }
    }
    return places.count
  }
}

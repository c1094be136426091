import DiskSamples
import Testing

import DiskFormats

@Suite struct BootSearchTests {
  @Test func `arguments of a device have a partition and a path`() throws {
    for (text, partition, path) in [
      ("", nil, nil), ("3", 3, nil), ("1,\\boot\\x", 1, "\\boot\\x"), (",/x", nil, "/x"),
      ("\\a,b", nil, "\\a,b"), ("2,", 2, nil), ("0", 0, nil), ("1,name", 1, "name"),
    ] as [(String, Int?, String?)] {
      #expect(try DeviceArguments(text) == DeviceArguments(partition: partition, path: path))
      #expect(
        try DeviceArguments(ofSpecifier: "/pci@1/scsi@2" + (text.isEmpty ? "" : ":" + text))
          == DeviceArguments(partition: partition, path: path))
    }
    for text in ["x", "-1", "1x,\\a", "99999999999999999999", "٣"] {
      #expect(throws: DiskFormatError.argument(text)) { try DeviceArguments(text) }
    }
  }

  @Test func `a boot script names a program and its arguments`() throws {
    func read(_ script: String) throws -> BootInformation {
      try BootInformation(
        Array("<chrp-boot>\n<os-name>x</os-name><boot-script>\(script)</boot-script>".utf8))
    }
    var information = try read("boot &device;:1,\\boot\\yaboot.ibm")
    #expect(information.program == DeviceArguments(partition: 1, path: "\\boot\\yaboot.ibm"))
    #expect(information.bootArguments == nil)
    information = try read(" boot &amp;device;:\\boot\\grub\\powerpc.elf  a=1 b \n")
    #expect(information.program == DeviceArguments(path: "\\boot\\grub\\powerpc.elf"))
    #expect(information.bootArguments == "a=1 b")
    for script in ["", "boot disk:1", "boot &device;:", "boot &device;:z"] {
      #expect(throws: DiskFormatError.self) { try read(script) }
    }
    #expect(throws: DiskFormatError.self) { try BootInformation([0xFF, 0xFE, 0]) }
    #expect(throws: DiskFormatError.self) { try BootInformation(Array("<boot-script>".utf8)) }
  }

  @Test func `the program is in a PReP partition, of which 32 MiB are read`() throws {
    var disk = SampleMedium(sectors: 70_000)
    disk.row(0, type: 0x83, start: 8, count: 8)
    #expect(throws: DiskFormatError.notBootable) {
      try BootSearch(disk).program(DeviceArguments())
    }
    disk.row(2, type: 0x41, start: 100, count: 69_000)
    var place = try BootSearch(disk).program(DeviceArguments())
    #expect(place.range == 51_200..<51_200 + 32 << 20)
    #expect(place.name == "PReP partition 3" && place.bootArguments == nil)
    place = try BootSearch(disk).program(DeviceArguments(partition: 1))
    #expect(place.range == 4096..<8192)
    #expect(throws: DiskFormatError.noPartition(2)) {
      try BootSearch(disk).program(DeviceArguments(partition: 2))
    }
    // A client that opens the partition has all of it.
    #expect(
      try BootSearch(disk).place(of: DeviceArguments(partition: 3)).range.count == 69_000 * 512)
    disk.row(3, type: 0x83, start: 69_999, count: 2)
    #expect(throws: DiskFormatError.partitionOutside(4)) {
      try BootSearch(disk).place(of: DeviceArguments(partition: 4))
    }
  }

  private static func medium(_ script: String) -> SampleMedium {
    SampleMedium(
      SampleISO(
        .folder([
          (
            "PPC", nil,
            .folder([("BOOTINFO.TXT;1", nil, .file(Array(script.utf8)))])
          ),
          ("BOOT", nil, .folder([("GRUB.ELF;1", nil, .file(Array("program".utf8)))])),
        ])
      ).bytes)
  }

  @Test(arguments: ["\\boot\\grub.elf", "1,\\boot\\grub.elf", ",boot/grub.elf"])
  func `the program is named by bootinfo.txt`(arguments: String) throws {
    let disk = Self.medium("<boot-script>boot &device;:\(arguments) a=b</boot-script>")
    let place = try BootSearch(disk).program(DeviceArguments())
    #expect(
      Array(disk.bytes[Int(place.range.lowerBound)..<Int(place.range.upperBound)])
        == Array("program".utf8))
    #expect(place.bootArguments == "a=b")
    let other = try DeviceArguments("\\ppc\\bootinfo.txt")
    #expect(try BootSearch(disk).program(other).bootArguments == nil)
  }

  @Test func `a damaged file system does not hide a partition, and is named where there is none`()
    throws
  {
    var disk = Self.medium("no script")
    #expect(throws: DiskFormatError.signature(structure: "a boot script", offset: 0)) {
      try BootSearch(disk).program(DeviceArguments())
    }
    disk.row(0, type: 0x41, start: 1, count: 2)
    #expect(try BootSearch(disk).program(DeviceArguments()).range == 512..<1536)
  }
}

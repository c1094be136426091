@testable import DomainDescription
import Foundation
import Testing

/// Every element and attribute has a row with its treatment, and the row is right.
@Suite struct ElementTableTests {
  /// What libvirt 9 and 11 have in a domain: an element, its attributes and its children, as far as
  /// the elements above are read.
  static let facts = """
    .: @id @type blkiotune bootloader bootloader_args qemu:capabilities clock qemu:commandline
      cpu cputune currentMemory vmware:datacenterpath bhyve:commandline xen:commandline defaultiothread qemu:deprecation
      description devices features genid idmap iothreadids iothreads keywrap launchSecurity
      maxMemory memory memoryBacking memtune metadata name lxc:namespace numatune on_crash
      on_lockfailure on_poweroff on_reboot os qemu:override perf pm resource seclabel sysinfo
      title uuid vcpu vcpus throttlegroups
    clock: @adjustment @basis @offset @start @timezone timer
    clock/timer: @frequency @mode @name @present @tickpolicy @track catchup
    cpu: @check @match @migratable @mode cache feature maxphysaddr model numa topology vendor
      @deprecated_features
    cpu/feature: @name @policy
    cpu/model: @fallback @vendor_id
    cpu/numa: cell interconnects
    cpu/numa/cell: @cpus @discard @id @memAccess @memory @unit cache distances
    cpu/numa/cell/distances: sibling
    cpu/numa/cell/distances/sibling: @id @value
    cpu/topology: @cores @dies @sockets @threads @clusters
    currentMemory: @unit
    devices: audio channel console controller disk emulator filesystem graphics hostdev hub
      input interface iommu lease memballoon memory nvram panic parallel redirdev redirfilter
      rng serial shmem smartcard sound tpm video vsock watchdog crypto pstore
    devices/channel: @type address alias log protocol source target
    devices/channel/source: @append @channel @host @master @mode @path @service @slave @tls
      clipboard mouse reconnect seclabel
    devices/channel/target: @address @name @port @state @type
    devices/console: @tty @type acpi address alias log protocol source target
    devices/console/address: @base @bus @controller @cssid @devno @domain @function @iobase @irq
      @multifunction @port @reg @slot @ssid @target @type @unit zpci
    devices/console/source: @append @channel @host @master @mode @path @service @slave @tls
      clipboard mouse reconnect seclabel
    devices/console/target: @port @type model
    devices/console/target/model: @name
    devices/nvram: address
    devices/nvram/address: @base @bus @controller @cssid @devno @domain @function @iobase @irq
      @multifunction @port @reg @slot @ssid @target @type @unit zpci
    devices/panic: @model address alias
    devices/disk: @device @model @rawio @sgio @snapshot @type acpi address alias auth
      backenddomain backingStore blockio boot driver encryption geometry iotune mirror
      privateData product readonly serial shareable source target transient vendor wwn
      throttlefilters
    devices/disk/address: @base @bus @controller @cssid @devno @domain @function @iobase @irq
      @multifunction @port @reg @slot @ssid @target @type @unit zpci
    devices/disk/boot: @loadparm @order
    devices/disk/driver: @ats @cache @copy_on_read @detect_zeroes @discard @error_policy
      @event_idx @io @ioeventfd @iommu @iothread @name @packed @page_per_vq @queue_size @queues
      @rerror_policy @type metadata_cache @discard_no_unref iothreads statistics
    devices/disk/source: @dev @dir @fdgroup @file @index @managed @mode @name @namespace @path
      @pool @protocol @query @startupPolicy @tls @tlsHostname @type @volume address auth config
      cookies encryption host identity initiator privateData readahead reconnect reservations
      seclabel slices snapshot ssl timeout dataStore
    devices/disk/source/host: @name @port @socket @transport
    devices/disk/target: @bus @dev @removable @rotation_rate @tray
    devices/disk/transient: @shareBacking
    devices/filesystem: @accessmode @dmode @fmode @model @multidevs @type acpi address alias binary
      driver idmap privateData readonly source space_hard_limit space_soft_limit target
    devices/filesystem/driver: @ats @format @iommu @name @packed @page_per_vq @queue @type @wrpolicy
    devices/filesystem/source: @dev @dir @file @name @pool @socket @units @usage @volume
    devices/filesystem/target: @dir
    devices/interface: @managed @trustGuestRxFilters @type acpi address alias backend
      backenddomain bandwidth boot coalesce downscript driver filterref guest ip link mac model
      mtu port portForward rom route script source target teaming tune virtualport vlan
    devices/interface/link: @state
    devices/interface/mac: @address @check @type
    devices/interface/model: @type
    devices/interface/mtu: @size
    devices/interface/portForward: @address @dev @proto range
    devices/interface/portForward/range: @end @exclude @start @to
    devices/interface/source: @address @bridge @connectionid @dev @macTableManager @missing
      @mode @name @network @path @port @portgroup @portgroupid @portid @switchid @type address
      ip local product reconnect route vendor
    devices/interface/target: @dev @managed
    devices/controller: @index @maxEventChannels @maxGrantFrames @model @ports @type @vectors
      acpi address alias driver master model pcihole64 target
    devices/controller/driver: @ats @cmd_per_lun @ioeventfd @iommu @iothread @max_sectors
      @packed @page_per_vq @queues
    devices/memballoon: @autodeflate @freePageReporting @model acpi address alias driver stats
    devices/rng: @model acpi address alias backend driver rate
    os/boot: @dev
    os/bootmenu: @enable @timeout
    os/nvram: @template @type source
    devices/serial: @tty @type acpi address alias log protocol source target
    devices/serial/address: @base @bus @controller @cssid @devno @domain @function @iobase @irq
      @multifunction @port @reg @slot @ssid @target @type @unit zpci
    devices/serial/source: @append @channel @host @master @mode @path @service @slave @tls
      clipboard mouse reconnect seclabel
    devices/serial/target: @port @type model
    devices/serial/target/model: @name
    devices/tpm: @model address alias backend
    devices/tpm/backend: @persistent_state @type @version active_pcr_banks device encryption source
      @debug profile
    devices/tpm/backend/source: @mode @path @type
    features: acpi apic capabilities ccf-assist cfpc gic hap hpt htm hyperv ibs ioapic kvm msrs
      nested-hv pae pmu privnet pvspinlock sbbc smm tcg viridian vmcoreinfo vmport xen ps2 aia
      async-teardown ras
    features/ccf-assist: @state
    features/cfpc: @value
    features/hpt: @resizing maxpagesize
    features/hpt/maxpagesize: @unit
    features/htm: @state
    features/ibs: @value
    features/nested-hv: @state
    features/pmu: @state
    features/sbbc: @value
    maxMemory: @slots @unit
    memory: @dumpCore @unit
    os: @firmware acpi bios boot bootmenu cmdline dtb firmware init initarg initdir initenv
      initgroup initrd inituser kernel loader nvram root smbios type varstore shim
    os/type: @arch @machine
    vcpu: @cpuset @current @placement
    vcpus: vcpu
    vcpus/vcpu: @enabled @hotpluggable @id @order
    """

  /// Paths of elements and attributes.
  private static var paths: [String] {
    // An indented line continues the one before.
    facts.replacing("\n  ", with: " ").split(separator: "\n").flatMap { line in
      let words = line.split(separator: " ")
      let path = words[0].dropLast()
      return words.dropFirst().map { word in
        let isAttribute = word.hasPrefix("@")
        return path == "." ? String(word) : path + (isAttribute ? "" : "/") + word
      }
    }
  }

  @Test func everythingHasARow() {
    #expect(Self.paths.count > 250)
    for path in Self.paths { #expect(DomainElement.row(of: path) != nil, "\(path)") }
  }

  @Test func noPathHasTwoRows() {
    var seen: Set<String> = []
    for path in DomainElement.all.flatMap(\.paths) {
      #expect(seen.insert(path).inserted, "\(path)")
    }
  }

  /// A domain that holds an element or attribute of this path, and nothing else in its place.
  private static func domain(holding path: String) -> [UInt8] {
    let parts = path.split(separator: "@", omittingEmptySubsequences: false)
    // Values on which it depends whether this machine has the device.
    let values = [
      "address@type": "spapr-vio", "target@type": "spapr-vio-serial", "panic@model": "pseries",
      "controller@type": "scsi", "controller@model": "ibmvscsi", "rng@model": "virtio",
      "memballoon@model": "virtio", "channel@type": "unix", "channel/target@type": "virtio",
      "tpm@model": "tpm-spapr", "tpm/backend@type": "emulator",
    ]
    let value =
      values.filter { path.hasSuffix($0.key) }.max { $0.key.count < $1.key.count }?.value ?? "x"
    let attribute = parts.count == 2 ? " \(parts[1] == "*" ? "any" : parts[1])='\(value)'" : ""
    let elements = parts[0].split(separator: "/").map(String.init)
    let text = elements.enumerated().reversed().reduce("") { inner, element in
      let isLast = element.offset == elements.count - 1
      return "<\(element.element)\(isLast ? attribute : "")>\(inner)</\(element.element)>"
    }
    return Array("<domain\(elements.isEmpty ? attribute : "")>\(text)</domain>".utf8)
  }

  /// What is not honoured is named or refused; what is, is left to those who read it.
  @Test func theWalkNamesWhatIsNotHonoured() throws {
    for row in DomainElement.all {
      for path in row.paths {
        let root = try XMLCursor.root(Self.domain(holding: path), file: "x")
        let told = Result { try DomainWalk(root).notes.map(\.text) }
        switch row.treatment {
        case .honoured: #expect(try told.get() == [], "\(path)")
        case .refused: #expect(throws: DomainError.self, "\(path)") { try told.get() }
        case .ignored, .missing:
          let notes = try told.get()
          let name = path.replacing("@*", with: "@any")
          #expect(notes.count == 1 && notes[0].contains(" \(name) (line 1)"), "\(path): \(notes)")
          #expect(notes[0].contains(row.text), "\(path): \(notes)")
        }
      }
    }
  }

  @Test func whatNobodyKnowsIsNamedInOneLine() throws {
    let many = String(repeating: "<new old='1'/>", count: 100)
    let root = try XMLCursor.root(
      Array("<domain xmlns:x='urn:x'><cpu new='1'>\(many)</cpu></domain>".utf8), file: "x")
    let notes = try DomainWalk(root).notes
    #expect(notes.count == 1)
    #expect(
      notes[0].text.hasPrefix("<domain>: unknown, and ignored: cpu@new (line 1), cpu/new (line 1)"))
    #expect(notes[0].text.hasSuffix(" and 85 more"))
  }

  /// Devices on another bus, consoles after the first, and devices that are said not to be there.
  @Test func whatDependsOnMore() throws {
    let text = """
      <domain><devices>
      <serial type='pty'><target type='usb-serial'/><address type='usb' bus='0' port='1'/></serial>
      <console type='pty'><target type='serial'/></console>
      <console type='pty'><target type='serial'/></console>
      <panic model='isa'/><panic model='pseries'/>
      <memballoon model='none'/><controller type='usb' model='none'/><audio type='none'/>
      <memballoon model='virtio-transitional'/><memballoon model='virtio'/><memballoon/>
      <controller type='scsi' model='lsilogic'/><controller type='scsi'/>
      <controller type='pci' model='pci-root'/><controller type='pci' index='1' model='pci-root'/>
      <controller type='pci' index='2' model='pci-bridge'/>
      <video><model type='none'/></video>
      </devices></domain>
      """
    let notes = try DomainWalk(XMLCursor.root(Array(text.utf8), file: "x")).notes
    #expect(
      notes.map(\.text) == [
        "<domain>: left out, not in this machine: devices/serial (line 2), devices/console (line 4), "
          + "devices/panic (line 5), devices/memballoon (line 7), devices/memballoon (line 7), "
          + "devices/controller (line 8), devices/controller (line 10)"
      ])
  }

  /// The documentation shows the table as it is; `UPDATE_GOLDEN=1` writes it there.
  @Test func theDocumentationHasTheTable() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Documentation.docc/Domains.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.range(of: "| elements | treatment | |\n"))
    let end = try #require(text.range(of: "\n\n", range: start.lowerBound..<text.endIndex))
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      let (before, after) = (text[..<start.lowerBound], text[end.lowerBound...].dropFirst())
      try "\(before)\(DomainElement.markdown)\(after)"
        .write(to: page, atomically: true, encoding: .utf8)
    } else {
      #expect("\(text[start.lowerBound..<end.lowerBound])\n" == DomainElement.markdown)
    }
  }

  /// libvirt's own schema, where a package brought it: what has no row is a finding about a newer
  /// libvirt, which only `make compare-libvirt` takes for a failure.
  @Test func theSchemaOfLibvirt() throws {
    let environment = ProcessInfo.processInfo.environment
    let folder = environment["LIBVIRT_SCHEMAS"] ?? "/usr/share/libvirt/schemas"
    guard FileManager.default.fileExists(atPath: "\(folder)/domaincommon.rng") else { return }
    let schema = try DomainSchema(folder: folder)
    let missing = schema.paths { DomainElement.row(of: $0)?.treatment == .honoured }
      .filter { DomainElement.row(of: $0) == nil }
    if environment["LIBVIRT_SCHEMAS"] != nil {
      #expect(missing == [])
    } else if !missing.isEmpty {
      print("libvirt's schema has elements without a row: \(missing.joined(separator: ", "))")
    }
  }
}

extension DomainElement {
  /// Every element and attribute of libvirt's schema for domains, in the order of its documentation.
  public static let all: [DomainElement] =
    general + system + processors + memory + hypervisor + devices + disks + networks + folders
    + others

  private static let general = [
    DomainElement(
      .honoured, "@type",
      "`kvm` or `qemu`: what `qemu-args` names, and the processor without a `<cpu>`; others are refused"
    ),
    DomainElement(.honoured, "name uuid", "in the tree"),
    DomainElement(.ignored, "title description metadata", "for people"),
    DomainElement(
      .ignored,
      "@id devices/{serial,console}@tty devices/{serial,console,nvram,panic,disk,"
        + "interface,controller,rng,memballoon,channel,tpm,filesystem}/alias",
      "libvirt's own, of a running domain"),
    DomainElement(
      .ignored,
      "iothreads iothreadids defaultiothread cputune memtune blkiotune memoryBacking numatune resource "
        + "seclabel perf throttlegroups on_lockfailure vcpu@placement vcpu@cpuset memory@dumpCore "
        + "cpu@check cpu@migratable cpu/numa/cell@memAccess cpu/numa/cell@discard features/tcg "
        + "features/async-teardown devices/emulator qemu:deprecation",
      "about the host"),
    DomainElement(
      .ignored,
      "idmap os/init os/initarg os/initenv os/initdir os/inituser os/initgroup os/root bootloader "
        + "bootloader_args lxc:namespace vmware:datacenterpath bhyve:commandline xen:commandline",
      "of other hypervisors"),
    DomainElement(
      .ignored,
      "genid sysinfo keywrap pm os/smbios os/acpi cpu@deprecated_features cpu/model@vendor_id cpu/maxphysaddr "
        + "features/{acpi,apic,pae,hap,viridian,privnet,hyperv,kvm,xen,pvspinlock,gic,capabilities,vmport,"
        + "smm,ioapic,vmcoreinfo,msrs,ps2,aia,ras}",
      "of other architectures"),
    DomainElement(
      .refused, "launchSecurity qemu:commandline qemu:override qemu:capabilities",
      "it changes the machine in ways that this one does not support"),
    DomainElement(
      .honoured, "on_poweroff on_reboot on_crash",
      "`destroy` ends the machine, `restart` starts the guest again; of `preserve` and core dumps a note "
        + "says that the machine ends"),
    DomainElement(
      .honoured, "clock clock@offset clock@adjustment clock@basis clock@timezone clock@start",
      "as `--rtc`: UTC, local time, a zone's time or a date, with the adjustment"),
    DomainElement(
      .honoured, "clock/timer clock/timer@name clock/timer@present clock/timer@track",
      "of `rtc` what moves the clock: `wall`, `guest` or `realtime`; of others a note says that they are not "
        + "there"),
    DomainElement(
      .ignored, "clock/timer@tickpolicy clock/timer@frequency clock/timer@mode clock/timer/catchup",
      "a clock that is read has no ticks to miss"),
  ]

  private static let system = [
    DomainElement(
      .honoured, "os os/type os/type@arch os/type@machine",
      "`ppc64` or `ppc64le`, `pseries` or a version of it, whose defaults count: see *Machine versions*"
    ),
    DomainElement(.honoured, "os/kernel os/initrd os/cmdline", "loaded"),
    DomainElement(
      .honoured, "os/boot os/boot@dev os/bootmenu os/bootmenu@{enable,timeout}",
      "without a kernel, as `--boot`: `hd` is every disk, `cdrom` every drive, `network` every card, and of "
        + "others a note says that nothing boots from them; the menu as `--boot-menu`, for 3 seconds without a timeout"
    ),
    DomainElement(.honoured, "os/nvram", "as `--nvram-file`"),
    DomainElement(.ignored, "os/nvram@* os/nvram/source", "about the host"),
    DomainElement(
      .missing, "os@firmware os/bios os/loader os/firmware os/varstore os/shim",
      "the firmware is this machine's own"),
    DomainElement(.refused, "os/dtb", "this machine makes its own tree"),
  ]

  private static let processors = [
    DomainElement(
      .honoured, "vcpu vcpu@current vcpus vcpus/vcpu vcpus/vcpu@id vcpus/vcpu@enabled",
      "processors there and possible; those enabled must be the first"),
    DomainElement(
      .ignored, "vcpus/vcpu@hotpluggable vcpus/vcpu@order",
      "no processor comes or goes while the machine runs"),
    DomainElement(
      .honoured, "cpu cpu@mode cpu@match cpu/model cpu/model@fallback cpu/vendor",
      "see *Processors*"),
    DomainElement(
      .honoured, "cpu/topology cpu/topology@{sockets,dies,clusters,cores,threads}",
      "refused with dies or clusters; without it every processor is a socket, as in libvirt"),
    DomainElement(
      .honoured, "cpu/feature cpu/feature@name cpu/feature@policy",
      "refused when required: POWER has levels and no features by name"),
    DomainElement(
      .ignored, "cpu/cache", "caches are those of the processor"),
    DomainElement(
      .honoured,
      "cpu/numa cpu/numa/cell cpu/numa/cell@{id,cpus,memory,unit} cpu/numa/cell/distances "
        + "cpu/numa/cell/distances/sibling cpu/numa/cell/distances/sibling@{id,value}",
      "nodes, 11 to 255 from each other; a client without form 2 of associativity sees 20, 40, 80 "
        + "or 160"),
    DomainElement(
      .missing, "cpu/numa/cell/cache cpu/numa/interconnects",
      "PAPR has no words for memory-side caches and bandwidths"),
  ]

  private static let memory = [
    DomainElement(
      .honoured, "memory memory@unit maxMemory maxMemory@unit maxMemory@slots",
      "with any unit, rounded up to 256 MiB as libvirt does"),
    DomainElement(
      .honoured, "currentMemory currentMemory@unit",
      "the guest has all its `<memory>`; of less a note says so"),
    DomainElement(
      .missing, "devices/memory",
      "nothing is added to a running machine; the size is taken off <memory> as in libvirt"),
  ]

  private static let hypervisor = [
    DomainElement(
      .honoured,
      "features features/hpt features/hpt@resizing features/hpt/maxpagesize "
        + "features/hpt/maxpagesize@unit",
      "resizing, and the limit of pages: any power of two from 4 KiB on"),
    DomainElement(
      .honoured,
      "features/{htm,nested-hv,ccf-assist} features/{htm,nested-hv,ccf-assist}@state "
        + "features/{cfpc,sbbc,ibs} features/{cfpc,sbbc,ibs}@value",
      "accepted when they describe this machine: no transactional memory, no nesting, no speculation"
    ),
    DomainElement(
      .honoured, "features/pmu features/pmu@state",
      "`off`: the counters of the performance monitor stand still"),
  ]

  private static let devices = [
    DomainElement(
      .honoured,
      "devices devices/{serial,console} devices/{serial,console}@type devices/{serial,console}/target "
        + "devices/{serial,console}/target@{type,port} devices/{serial,console}/target/model "
        + "devices/{serial,console}/target/model@name devices/{serial,console}/address "
        + "devices/{serial,console}/address@{type,reg}",
      "virtual terminals at their `spapr-vio` addresses, or from 0x30000000 on as libvirt numbers them; the "
        + "first console is the first of them; those of PCI or USB are left out"),
    DomainElement(
      .honoured, "devices/{serial,console}/source devices/{serial,console}/source@{path,append}",
      "where a terminal of type `file` writes; `null` writes nowhere; another first one is the program's "
        + "standard input and output, and others get a note"),
    DomainElement(
      .ignored,
      "devices/{serial,console}/source@* "
        + "devices/{serial,console}/source/{reconnect,seclabel,clipboard,mouse} "
        + "devices/{serial,console}/{log,acpi} devices/serial/protocol",
      "how a host reaches a terminal"),
    DomainElement(
      .honoured, "devices/nvram devices/nvram/address devices/nvram/address@{type,reg}",
      "at its address, or 0x3000 as in libvirt; without the element at 0x71000000 as in QEMU"),
    DomainElement(
      .honoured, "devices/panic devices/panic@model",
      "`pseries`: `ibm,os-term`, which every machine has; others are left out"),
    DomainElement(
      .ignored,
      "devices/{serial,console,nvram}/address/zpci devices/{serial,console,nvram}/address@* "
        + "devices/panic/address",
      "of other buses"),
  ]

  private static let disks = [
    DomainElement(
      .honoured,
      "devices/disk devices/disk@{type,device,model} devices/disk/driver "
        + "devices/disk/driver@{type,cache,queues} devices/disk/source "
        + "devices/disk/source@{file,dev,protocol,name,tls} devices/disk/source/host "
        + "devices/disk/source/host@{name,port,transport,socket} devices/disk/target "
        + "devices/disk/target@{dev,bus} devices/disk/{readonly,shareable,transient,serial,boot} "
        + "devices/disk/boot@order devices/disk/address "
        + "devices/disk/address@{type,controller,domain,bus,slot,function}",
      "as `--disk` and `--cdrom`: see *Disks*"),
    DomainElement(
      .ignored,
      "devices/disk@{snapshot,sgio,rawio} devices/disk/driver@* devices/disk/driver/{metadata_cache,"
        + "iothreads,statistics} devices/disk/source@* devices/disk/source/{address,config,cookies,"
        + "dataStore,identity,initiator,privateData,readahead,reconnect,seclabel,snapshot,ssl,timeout} "
        + "devices/disk/target@* devices/disk/transient@shareBacking devices/disk/boot@loadparm "
        + "devices/disk/address@* devices/disk/address/zpci devices/disk/{acpi,backenddomain,backingStore,"
        + "geometry,iotune,mirror,privateData,throttlefilters}",
      "how a host reaches a disk, or of other buses"),
    DomainElement(
      .refused,
      "devices/disk/{auth,encryption} devices/disk/source/{auth,encryption,reservations,slices}",
      "not supported: the image would not be what it says"),
    DomainElement(
      .refused, "devices/disk/blockio", "a disk has sectors of 512 bytes"),
    DomainElement(
      .missing, "devices/disk/{wwn,vendor,product}",
      "a disk has no other names than its serial number"),
  ]

  private static let networks = [
    DomainElement(
      .honoured,
      "devices/interface devices/interface@type devices/interface/{mac,model,mtu,link,target,source,"
        + "portForward,boot} devices/interface/boot@order devices/interface/mac@address devices/interface/model@type "
        + "devices/interface/mtu@size devices/interface/link@state devices/interface/target@dev "
        + "devices/interface/driver devices/interface/driver@queues "
        + "devices/interface/address devices/interface/address@{type,domain,bus,slot,function} "
        + "devices/interface/source@{address,port} devices/interface/portForward@{proto,address,dev} "
        + "devices/interface/portForward/range devices/interface/portForward/range@{start,end,to,exclude}",
      "as `--net`: see *Networks*"),
    DomainElement(
      .ignored,
      "devices/interface@* devices/interface/mac@{type,check} devices/interface/target@managed "
        + "devices/interface/source@* devices/interface/source/{address,ip,local,product,reconnect,route,"
        + "vendor} devices/interface/address@* devices/interface/address/zpci "
        + "devices/interface/{acpi,backend,backenddomain,bandwidth,coalesce,downscript,"
        + "filterref,guest,port,rom,script,teaming,tune,virtualport,vlan}",
      "how a host reaches a network, or of other buses"),
    DomainElement(
      .missing, "devices/interface/driver@* devices/interface/driver/{guest,host}",
      "a card has the offloads that its driver takes, and rings of 256 descriptors"),
    DomainElement(
      .missing, "devices/interface/{ip,route}", "the network of type `user` is 10.0.2.0/24"),
  ]

  private static let folders = [
    DomainElement(
      .honoured,
      "devices/filesystem devices/filesystem@{type,accessmode,model} devices/filesystem/driver "
        + "devices/filesystem/driver@type devices/filesystem/source devices/filesystem/source@{dir,socket} "
        + "devices/filesystem/target devices/filesystem/target@dir devices/filesystem/readonly "
        + "devices/filesystem/address devices/filesystem/address@{type,domain,bus,slot,function}",
      "as `--share`: type `mount`; driver `path` is 9p, or `virtiofs`; accessmode `passthrough` and `squash`, "
        + "both as the user who runs the machine"),
    DomainElement(
      .ignored,
      "devices/filesystem@{multidevs,dmode,fmode} devices/filesystem/driver@* devices/filesystem/source@* "
        + "devices/filesystem/address@* devices/filesystem/address/zpci devices/filesystem/{acpi,binary,idmap,privateData,space_hard_limit,"
        + "space_soft_limit}",
      "how a host serves it, or of other buses"),
  ]

  private static let others = [
    DomainElement(
      .honoured,
      "devices/controller devices/controller@{type,index,model} devices/controller/driver "
        + "devices/controller/driver@queues devices/controller/target devices/controller/target@index",
      "what the disks of a `scsi` controller are on, and every `pci-root`: see *Addresses*; others are left "
        + "out"),
    DomainElement(
      .ignored,
      "devices/controller@* devices/controller/driver@* devices/controller/target@* "
        + "devices/controller/target/node devices/controller/{acpi,address,master,model,pcihole64}",
      "adapters get the next addresses"),
    DomainElement(
      .honoured, "devices/rng devices/rng@model devices/memballoon devices/memballoon@model",
      "as `--virtio-random` and `--balloon`: the first of each that is of virtio 1; others are left out"
    ),
    DomainElement(
      .ignored,
      "devices/rng/{acpi,address,backend,driver,rate} devices/memballoon@{autodeflate,freePageReporting} "
        + "devices/memballoon/{acpi,address,driver}",
      "how a host serves it"),
    DomainElement(
      .honoured,
      "devices/channel devices/channel@type devices/channel/source devices/channel/source@{path,mode,host,"
        + "service} devices/channel/target devices/channel/target@{type,name} devices/channel/protocol "
        + "devices/channel/protocol@type devices/console/source@{mode,host,service} devices/console/protocol "
        + "devices/console/protocol@type",
      "as `--channel`, and `--virtio-console` for a console with a virtio target: type `unix` with a path, or "
        + "`tcp`; `bind` listens, `connect` connects; others are left out"),
    DomainElement(
      .ignored,
      "devices/channel/source@* devices/channel/source/{reconnect,seclabel,clipboard,mouse} "
        + "devices/channel/target@* devices/channel/{address,log}",
      "how a host reaches a channel, or of other buses"),
    DomainElement(
      .honoured,
      "devices/tpm devices/tpm@model devices/tpm/backend devices/tpm/backend@{type,version} "
        + "devices/tpm/backend/{encryption,source} devices/tpm/backend/source@{type,mode,path}",
      "as `--tpm` for model `tpm-spapr`: type `emulator` with the folder of its state, `external` with a "
        + "socket; one without a path is refused unless `--tpm` is on the command line, which replaces it; "
        + "others are left out"),
    DomainElement(
      .ignored,
      "devices/tpm/backend@* devices/tpm/backend/{active_pcr_banks,device,profile} devices/tpm/address",
      "about the host, or of other buses"),
    DomainElement(
      .missing, "devices/memballoon/stats", "the balloon has no statistics"),
    DomainElement(
      .missing, "devices/watchdog", "the watchdog of this machine is H_WATCHDOG's, and always there"
    ),
    otherDevices,
  ]

  /// Devices that this machine does not have.
  static let otherDevices = DomainElement(
    .missing,
    "devices/{lease,input,graphics,sound,audio,video,hub,hostdev,redirdev,redirfilter,"
      + "smartcard,iommu,vsock,parallel,shmem,crypto,pstore}",
    "not in this machine")
}

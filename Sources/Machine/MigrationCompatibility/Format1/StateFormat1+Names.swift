internal import SavedState

/// What format 1 called everything. Nothing of this ever changes.
extension StateFormat1 {
  /// Its sections.
  static let sections: [OldSection] = [
    OldSection(name: "machine", parts: [Part(key: "machine", rows: machine)]),
    OldSection(
      name: "compatibility",
      parts: [Part(key: "level", rows: [Row("level", "name"), Row("logical PVR", "pvr")])]),
    OldSection(
      name: "capabilities",
      parts: [
        Part(
          key: "caps", rows: [Row("capabilities", "caps", [capability, Row("values", "values")])])
      ]),
    OldSection(
      name: "hash page tables",
      parts: [Part(key: "hptsize", rows: [Row("current and prepared, log2 of bytes", "log2")])]),
    OldSection(name: "memory", parts: [Part(key: "mem", rows: nil)]),
    OldSection(name: "hash page table", parts: [Part(key: "hpt", rows: nil)]),
    OldSection(name: "prepared hash page table", parts: [Part(key: "hptnew", rows: nil)]),
    OldSection(
      name: "clock",
      parts: [
        Part(key: "clock", rows: [Row("nanoseconds", "ns")]),
        Part(key: "rng", rows: [Row("random numbers", "state")]),
        Part(key: "time", rows: [Row("timebase", "tb")]),
      ]),
    OldSection(name: "processor", parts: [Part(key: "cpu", rows: processor)]),
    OldSection(name: "partition", parts: partition, end: [turn]),
    OldSection(name: "firmware", parts: [Part(key: "fw", rows: firmware)]),
  ]

  // MARK: machine

  private static let machine: [Row] = [
    Row("deterministic", "det"), Row("processor", "cpu"), Row("processor version", "pvr"),
    Row("maximum level", "maxlevel"), Row("processors, threads, cores, sockets, maximum", "smp"),
    Row("memory", "mem"), Row("maximum memory", "maxmem"),
    Row(
      "numa nodes", "numa",
      [Row("memory", "mem"), Row("processors", "cpus"), Row("distances: node, distance", "dist")]),
    Row("radix allowed", "radix"), Row("resizing the hash page table allowed", "hptresize"),
    Row("largest page of hash translation, log2", "hptpage"), Row("dynamic memory", "dynmem"),
    Row("terminals", "vtys"), Row("nvram", "nvram"), Row("random numbers", "rng"),
    Row("clock source", "clksrc"), Row("performance monitor counts", "pmu"),
    Row("hypercalls of KVM", "kvm"), Row("boot arguments", "args"),
    Row("initrd", "initrd", [Row("address", "addr"), Row("size", "size")]),
    Row("kernel", "kernel", [Row("address", "addr"), Row("size", "size")]),
    Row("kernel is little-endian", "le"), Row("entry", "entry"), Row("rtas address", "rtas"),
    Row("random seed", "seed"), Row("flavor", "flavor"),
    Row(
      "identity", "id",
      [
        Row("uuid", "uuid"), Row("number", "num"), Row("system id", "sysid"), Row("name", "name"),
        Row("model", "model"), Row("host model", "hostmodel"), Row("host serial", "hostserial"),
      ]),
  ]

  private static let capability: Row = {
    var row = Row("name", "key")
    row.texts = capabilities
    return row
  }()

  private static let capabilities: [(old: String, key: String)] = [
    ("translation", "mmu"),
    ("SLB entries", "slb"),
    ("segment sizes", "segs"),
    ("pages of hash translation", "hptpages"),
    ("pages of radix translation", "radixpages"),
    ("storage keys for data", "dkeys"),
    ("storage keys for instructions", "ikeys"),
    ("vector facilities", "vec"),
    ("decimal floating point", "dfp"),
    ("PURR", "purr"),
    ("SPURR", "spurr"),
    ("transactional memory", "tm"),
    ("DAWRs", "dawr"),
    ("bits of the decrementer", "decbits"),
    ("processor attributes", "pa"),
    ("threads of a core", "threads"),
    ("data cache block", "dblock"),
    ("instruction cache block", "iblock"),
    ("timebase frequency", "tbfreq"),
    ("interrupt controller", "ic"),
    ("hypercalls", "hcall"),
    ("RTAS calls", "rtas"),
    ("options of vector 5", "vec5"),
    ("KVM's hypercall instructions", "kvm"),
  ]

  // MARK: processor

  private static let processor: [Row] =
    [
      "gpr", "lr", "ctr", "tar", "cr", "xer", "vsr", "fpscr", "vscr", "vrsave", "cfar", "srr0",
      "srr1", "dar", "dsisr", "lpcr", "fscr", "amr", "iamr", "uamor", "pid", "msr", "slb",
    ].map { Row($0, $0) } + [
      Row("next instruction", "nia"), Row("pending interrupts", "pend"),
      Row("timebase at which the decrementer is 0", "dec"), Row("idle ticks", "idle"),
      Row(
        "special-purpose registers", "spr",
        [Row("number", "num"), registerName, Row("value", "val")]),
      Row(
        "reservation", "resv",
        [
          Row("address", "addr"), Row("size", "size"), Row("doubleword 0", "dw0"),
          Row("doubleword 1", "dw1"),
        ]),
      Row("copy buffer", "copy", since: 2), Row("instructions completed", "icount"),
      Row("runnable", "run"),
    ]

  /// For people; not read.
  private static let registerName: Row = {
    var row = Row("name", "")
    row.constant = SavedField("name", .text, []).bytes
    return row
  }()

  // MARK: partition

  private static let partition: [Part] = [
    Part(
      key: "part",
      rows: [
        Row(
          "process table", "ptcr",
          [
            Row("radix", "radix"), Row("base", "base"), Row("size", "size"),
            Row("guest invalidates", "inval"),
          ])
      ]),
    Part(
      key: "ics", group: "interrupt sources",
      rows: [
        Row(
          "sources", "src",
          [
            Row("number", "num"), Row("server", "server"), Row("priority", "prio"),
            Row("saved priority", "saved"), Row("level-sensitive", "level"),
            Row("asserted", "line"),
            Row("sent", "sent"), Row("waiting", "wait"),
          ])
      ]),
    Part(
      key: "vio",
      rows: [Row("adapters", "adapters", [Row("unit", "unit"), Row("interrupt enabled", "irq")])]),
    Part(key: "event", rows: [Row("environment", "epow"), Row("events", "events")]),
    Part(key: "rtc", group: "clock", rows: [Row("seconds ahead of the host", "ahead")]),
    Part(key: "nvram", group: "nvram", rows: [Row("contents", "data"), Row("modified", "mod")]),
    Part(
      key: "vcpu", group: "processor #",
      rows: [
        Row("state", "state"), Row("prodded", "prod"),
        Row("processor area", "vpa", [Row("address", "addr")]),
        Row(
          "dispatch trace log", "dtl",
          [Row("address", "addr"), Row("entries", "entries"), Row("index", "index")]),
        Row("segment shadow buffer", "slbshadow", [Row("address", "addr"), Row("size", "size")]),
      ], inner: [presentation]),
    Part(
      key: "vty", group: "terminal #", rows: [Row("open", "open"), Row("input", "input")]),
    Part(
      key: "rtas",
      rows: [
        Row("rtas", "area", since: 2),
        Row(
          "notification", "nmi", since: 2,
          [Row("system reset", "reset"), Row("machine check", "mce")]),
        Row("machine checks reported", "mce", since: 2),
      ]),
    Part(key: "console", rows: [Row("console input", "input")]),
  ]

  private static let presentation = Part(
    key: "icp", group: "interrupt presentation",
    rows: [
      Row("cppr", "cppr"), Row("mfrr", "mfrr"), Row("source", "src"),
      Row("pending priority", "prio"), Row("timestamp", "stamp"),
    ])

  /// Which processor's turn it was, and for how long still; the first one's begins.
  private static let turn: Row = {
    func integer(_ name: String, _ value: Int64) -> [UInt8] {
      SavedField(
        name, .signed64, (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
      ).bytes
    }
    var row = Row("turn", "")
    row.constant =
      SavedField(
        "turn", .group,
        integer("processor", 0) + integer("instructions left", 50_000)
          + SavedField("somebody ran", .boolean, [0]).bytes
      ).bytes
    return row
  }()

  // MARK: firmware

  private static let firmware: [Row] = [
    Row("tree", "tree"),
    Row(
      "packages", "pkgs",
      [
        Row("phandles", "ph", [Row("path", "path"), Row("phandle", "ph")]),
        Row("next phandle", "next"),
      ]),
    Row(
      "instances", "insts",
      [
        Row(
          "instances", "ih",
          [
            Row("ihandle", "ih"), Row("package", "ph"), Row("path", "path"), Row("device", "dev"),
            Row("position", "pos"),
          ]), Row("next ihandle", "next"),
      ]),
    Row("claims", "claims", [Row("claimed", "mem")]), Row("quiescent", "quiet"),
    Row("bytes of properties set by the client", "setbytes"),
    Row("properties set by the client", "set"), Row("properties of open instances", "chosen"),
    Row("architecture vectors", "vectors"),
    Row(
      "architecture", "arch",
      [
        Row("level", "level"), Row("cpu-version", "pvr"), Row("pcr", "pcr"),
        Row("translation", "mmu"), Row("interrupts", "ic"),
        Row("options: vector, byte, bit", "opts"),
        Row("most processors", "maxcpus"), Row("option vector 5", "vec5"),
      ]),
  ]
}

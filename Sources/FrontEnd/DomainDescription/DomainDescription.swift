/// A guest as libvirt's domain XML describes it, as far as this machine can be it.
///
/// What a guest would see of its processors, its memory and its hypervisor must be as described, or
/// the description is refused. Devices that this machine lacks are left out, and how a host is to
/// run the guest is ignored; ``notes`` reports both.
public struct DomainDescription: Hashable, Sendable {
  /// The domain's type: what QEMU would execute it with.
  public enum Accelerator: String, CaseIterable, Hashable, Sendable {
    case kvm
    case tcg
  }

  /// `type` of `<domain>`: KVM, or QEMU's translator.
  public var accelerator = Accelerator.tcg
  /// `<name>`.
  public var name: String?
  /// `<uuid>`, as written.
  public var uuid: String?
  /// `pseries`, or one of its versions.
  public var machine = "pseries"
  /// `<cpu>`.
  public var cpu: CPUDescription?
  /// `current` of `<vcpu>`: processors at start.
  public var processors = 1
  /// `<vcpu>`: processors there may be.
  public var maximumProcessors = 1
  /// Bytes, as written.
  public var memory: UInt64 = 0
  /// `<maxMemory>` in bytes; nil for memory that cannot grow.
  public var maximumMemory: UInt64?
  /// `slots` of `<maxMemory>`.
  public var memorySlots = 0
  /// `<kernel>`: a path.
  public var kernel: String?
  /// `<initrd>`: a path.
  public var initrd: String?
  /// `<cmdline>`.
  public var commandLine: String?
  /// Whether it has disks, network cards or firmware to start from.
  public var hasOtherBoot = false
  /// The terminals in the order of the description.
  public var terminals: [VirtualDevice] = []
  /// NVRAM that the domain has a word about.
  public var nvram: VirtualDevice?
  /// Bytes of each memory module, as written.
  public var modules: [UInt64] = []
  /// Devices that options make, in the order of the description: disks first.
  public var devices: [Device] = []
  /// What is booted without a kernel: `disk` or `cdrom` for all of them, or the names of disks.
  public var bootOrder: [String] = []
  /// Seconds for which the firmware waits for a key that shows its menu; nil when it does not wait.
  public var bootMenuSeconds: Double?
  /// The file with the contents of NVRAM.
  public var nvramFile: String?
  /// `<features>`.
  public var features = Features()
  /// `<clock>`.
  public var clock = Clock()
  /// Whether a guest that asks for a restart gets it.
  public var allowsRestart = true
  /// Whether a guest that switches itself off is started again.
  public var restartsAfterPowerOff = false
  /// Whether a guest is started again after a fatal error of its operating system.
  public var restartsAfterCrash = false
  /// What makes no difference here.
  public var notes: [Note] = []

  /// `<features>` that are the hypervisor's.
  public struct Features: Hashable, Sendable {
    /// `<hpt resizing>`; nil where nothing is said.
    public var allowsHashTableResize: Bool?
    /// `<pmu>`.
    public var hasPerformanceMonitor = true
    /// The logarithm of the largest page of hashed translation.
    public var largestHashPageShift: Int?
    /// Options of QEMU's machine that ask for what this machine is anyway.
    public var machineOptions: [String] = []
  }

  let file: String
  let line: Int
}

extension DomainDescription {
  /// - Parameters:
  ///   - bytes: a document whose root is `<domain>`.
  ///   - file: its name, for messages.
  public init(_ bytes: [UInt8], file: String) throws(DomainError) {
    let root = try XMLCursor.root(bytes, file: file)
    guard root.name == "domain" else {
      throw root.error("the root is no <domain>", .malformed)
    }
    try self.init(root)
  }
}

extension CPUDescription {
  /// The `<cpu>` elements in files that `virsh cpu-compare` and `cpu-baseline` accept: alone, in a
  /// domain, or as the host's in capabilities.
  public static func all(in bytes: [UInt8], file: String) throws(DomainError) -> [CPUDescription] {
    var found: [CPUDescription] = []
    for root in try XMLCursor.roots(bytes, file: file) {
      switch root.name {
      case "cpu": found.append(try CPUDescription(root, isGuest: false))
      case "domain":
        guard let cpu = root.child("cpu") else { throw root.error("it has no <cpu>", .malformed) }
        found.append(try CPUDescription(cpu, isGuest: true))
      case "capabilities":
        guard let cpu = root.child("host")?.child("cpu") else {
          throw root.error("they contain no host <cpu>", .malformed)
        }
        found.append(try CPUDescription(cpu, isGuest: false))
      case "domainCapabilities":
        // The processor that a domain with mode='host-model' gets there.
        let modes = root.child("cpu")?.children("mode") ?? []
        let model = modes.first { $0["name"] == "host-model" && $0["supported"] == "yes" }
        guard let model else { throw root.error("they support no mode host-model", .malformed) }
        found.append(try CPUDescription(model, isGuest: false))
      default:
        throw root.error(
          "it is no <cpu>, <domain>, <capabilities> or <domainCapabilities>", .malformed)
      }
    }
    guard !found.isEmpty else {
      throw DomainError(
        kind: .malformed, file: file, line: 1, element: "", reason: "there is no element")
    }
    return found
  }
}

extension XMLCursor {
  static func roots(_ bytes: [UInt8], file: String) throws(DomainError) -> [XMLCursor] {
    do throws(XMLError) {
      return try XMLReader.elements(bytes).map { XMLCursor($0, file: file) }
    } catch {
      throw DomainError(
        kind: .malformed, file: file, line: error.line, element: "", reason: error.reason)
    }
  }

  static func root(_ bytes: [UInt8], file: String) throws(DomainError) -> XMLCursor {
    let roots = try roots(bytes, file: file)
    guard let root = roots.first, roots.count == 1 else {
      throw DomainError(
        kind: .malformed, file: file, line: 1, element: "",
        reason: "there are \(roots.count) elements at the top, and not one")
    }
    return root
  }
}

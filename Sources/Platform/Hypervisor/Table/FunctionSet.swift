/// A group of hypercalls that the device tree advertises together (LoPAR "Hypervisor Call Function
/// Table").
public struct FunctionSet: Hashable, Sendable {
  /// The property of `/rtas` that advertises a set.
  public enum Property: String, Sendable {
    case ibm = "ibm,hypertas-functions"
    case qemu = "qemu,hypertas-functions"
  }

  /// The string in the property; nil for calls that no string advertises.
  public let name: String?
  public let property: Property

  private init(_ name: String?, _ property: Property = .ibm) {
    self.name = name
    self.property = property
  }

  /// Calls that may exist without being advertised.
  public static let unannounced = FunctionSet(nil)

  public static let pft = FunctionSet("hcall-pft")
  public static let tce = FunctionSet("hcall-tce")
  public static let sprg0 = FunctionSet("hcall-sprg0")
  public static let dabr = FunctionSet("hcall-dabr")
  public static let copy = FunctionSet("hcall-copy")
  public static let asr = FunctionSet("hcall-asr")
  public static let debug = FunctionSet("hcall-debug")
  public static let term = FunctionSet("hcall-term")
  public static let dump = FunctionSet("hcall-dump")
  public static let interrupt = FunctionSet("hcall-interrupt")
  public static let migrate = FunctionSet("hcall-migrate")
  public static let perfmon = FunctionSet("hcall-perfmon")
  public static let splpar = FunctionSet("hcall-splpar")
  public static let pic = FunctionSet("hcall-pic")
  public static let crq = FunctionSet("hcall-crq")
  public static let vio = FunctionSet("hcall-vio")
  public static let rdma = FunctionSet("hcall-rdma")
  public static let lLAN = FunctionSet("hcall-lLAN")
  public static let bulk = FunctionSet("hcall-bulk")
  public static let xdabr = FunctionSet("hcall-xdabr")
  public static let multiTCE = FunctionSet("hcall-multi-tce")
  public static let iLAN = FunctionSet("hcall-ILAN")
  public static let vty = FunctionSet("hcall-vty")
  public static let pollPending = FunctionSet("hcall-poll-pending")
  public static let iLANOptions = FunctionSet("hcall-illan-options")
  public static let join = FunctionSet("hcall-join")
  public static let vasi = FunctionSet("hcall-vasi")
  public static let vioctl = FunctionSet("hcall-vioctl")
  public static let suspend = FunctionSet("hcall-suspend")
  public static let getEMParameters = FunctionSet("hcall-get-emparm")
  public static let cmo = FunctionSet("hcall-cmo")
  public static let subCRQ = FunctionSet("hcall-sub-crq")
  public static let vphn = FunctionSet("hcall-vphn")
  public static let bestEnergy = FunctionSet("hcall-best-energy-1")
  public static let slr = FunctionSet("hcall-slr")
  public static let liobnAttributes = FunctionSet("hcall-liobn-attributes")
  public static let vrma = FunctionSet("hcall-vrma")
  public static let esn = FunctionSet("hcall-esn")
  public static let xlatesLimited = FunctionSet("hcall-xlates-limited")
  public static let mui = FunctionSet("hcall-mui")
  public static let tuning = FunctionSet("hcall-implementation-dependent-tuning")
  public static let coherentAccelerator = FunctionSet("hcall-ca")
  public static let vsm = FunctionSet("hcall-vsm")
  public static let random = FunctionSet("hcall-random")
  public static let cop = FunctionSet("hcall-cop")
  public static let cmoX = FunctionSet("hcall-cmo-x")
  public static let setMode = FunctionSet("hcall-set-mode")
  public static let blockRemove = FunctionSet("hcall-block-remove")
  public static let clearHPT = FunctionSet("hcall-clr-hpt")
  public static let hptResize = FunctionSet("hcall-hpt-resize")
  public static let inMemoryTables = FunctionSet("hcall-imtt")
  public static let interruptExploitation = FunctionSet("hcall-int-exploitation")
  public static let storageClassMemory = FunctionSet("hcall-scm")
  public static let platformKeyStore = FunctionSet("hcall-pks")
  public static let rptInvalidate = FunctionSet("hcall-rpt-invalidate")
  public static let energyScaleInfo = FunctionSet("hcall-energy-scale-info")
  public static let watchdog = FunctionSet("hcall-watchdog")
  public static let copyToFromGuest = FunctionSet("hcall-h-copy_tofrom-guest")
  /// KVMPPC_H_LOGICAL_MEMOP.
  public static let memop1 = FunctionSet("hcall-memop1", .qemu)
}

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
  /// The property of `/rtas` that has the string.
  public let property: Property

  private init(_ name: String?, _ property: Property = .ibm) {
    self.name = name
    self.property = property
  }

  /// Calls that may exist without being advertised.
  public static let unannounced = FunctionSet(nil)

  /// Entries of the hashed page table: H_ENTER, H_READ, H_REMOVE, H_PROTECT, H_CLEAR_MOD,
  /// H_CLEAR_REF.
  public static let pft = FunctionSet("hcall-pft")
  /// One entry of a translation control table: H_GET_TCE, H_PUT_TCE.
  public static let tce = FunctionSet("hcall-tce")
  /// H_SET_SPRG0.
  public static let sprg0 = FunctionSet("hcall-sprg0")
  /// The data address breakpoint: H_SET_DABR.
  public static let dabr = FunctionSet("hcall-dabr")
  /// Zeroing and copying pages: H_PAGE_INIT.
  public static let copy = FunctionSet("hcall-copy")
  /// The address space register: H_SET_ASR and its siblings.
  public static let asr = FunctionSet("hcall-asr")
  /// Cache-inhibited loads and stores: H_LOGICAL_CI_LOAD, H_LOGICAL_CI_STORE.
  public static let debug = FunctionSet("hcall-debug")
  /// Virtual terminals: H_GET_TERM_CHAR, H_PUT_TERM_CHAR.
  public static let term = FunctionSet("hcall-term")
  /// H_HYPERVISOR_DATA.
  public static let dump = FunctionSet("hcall-dump")
  /// The XICS interrupt controller: H_EOI, H_CPPR, H_IPI, H_IPOLL, H_XIRR, H_XIRR_X.
  public static let interrupt = FunctionSet("hcall-interrupt")
  /// Moving pages that DMA reaches: H_MIGRATE_DMA.
  public static let migrate = FunctionSet("hcall-migrate")
  /// Performance monitoring of the platform: H_PERFMON.
  public static let perfmon = FunctionSet("hcall-perfmon")
  /// Shared processors: H_REGISTER_VPA, H_CEDE, H_CONFER, H_PROD, H_GET_PPP, H_SET_PPP, H_PURR.
  public static let splpar = FunctionSet("hcall-splpar")
  /// The idle count of the processor pool: H_PIC.
  public static let pic = FunctionSet("hcall-pic")
  /// Command/response queues of virtual adapters: H_REG_CRQ, H_FREE_CRQ, H_SEND_CRQ.
  public static let crq = FunctionSet("hcall-crq")
  /// Interrupts of virtual adapters: H_VIO_SIGNAL.
  public static let vio = FunctionSet("hcall-vio")
  /// Remote DMA between partitions: H_PUT_RTCE, H_COPY_RDMA and their siblings.
  public static let rdma = FunctionSet("hcall-rdma")
  /// Virtual Ethernet adapters: H_REGISTER_LOGICAL_LAN and its siblings.
  public static let lLAN = FunctionSet("hcall-lLAN")
  /// Several removals from the hashed page table at once: H_BULK_REMOVE.
  public static let bulk = FunctionSet("hcall-bulk")
  /// The data address breakpoint with its extension: H_SET_XDABR.
  public static let xdabr = FunctionSet("hcall-xdabr")
  /// Several translation control entries at once: H_STUFF_TCE, H_PUT_TCE_INDIRECT,
  /// H_PUT_RTCE_INDIRECT.
  public static let multiTCE = FunctionSet("hcall-multi-tce")
  /// Virtual Ethernet adapters that change their address: H_CHANGE_LOGICAL_LAN_MAC.
  public static let iLAN = FunctionSet("hcall-ILAN")
  /// Virtual terminal servers: H_REGISTER_VTERM, H_FREE_VTERM, H_VTERM_PARTNER_INFO.
  public static let vty = FunctionSet("hcall-vty")
  /// H_POLL_PENDING.
  public static let pollPending = FunctionSet("hcall-poll-pending")
  /// Attributes of virtual Ethernet adapters: H_ILLAN_ATTRIBUTES.
  public static let iLANOptions = FunctionSet("hcall-illan-options")
  /// H_JOIN, by which all processors but one stop for a suspension.
  public static let join = FunctionSet("hcall-join")
  /// The virtual asynchronous services interface: H_DONOR_OPERATION, H_VASI_SIGNAL, H_VASI_STATE.
  public static let vasi = FunctionSet("hcall-vasi")
  /// Control of virtual I/O servers: H_VIOCTL.
  public static let vioctl = FunctionSet("hcall-vioctl")
  /// Queues after a suspension: H_ENABLE_CRQ.
  public static let suspend = FunctionSet("hcall-suspend")
  /// Energy management parameters: H_GET_EM_PARMS.
  public static let getEMParameters = FunctionSet("hcall-get-emparm")
  /// Cooperative memory over-commitment: H_GET_MPP, H_SET_MPP and their siblings.
  public static let cmo = FunctionSet("hcall-cmo")
  /// Further queues of virtual adapters: H_REG_SUB_CRQ and its siblings.
  public static let subCRQ = FunctionSet("hcall-sub-crq")
  /// Home nodes of virtual processors: H_HOME_NODE_ASSOCIATIVITY.
  public static let vphn = FunctionSet("hcall-vphn")
  /// Hints about the energy that processors and memory cost: H_BEST_ENERGY.
  public static let bestEnergy = FunctionSet("hcall-best-energy-1")
  /// Memory lent to other partitions: H_GRANT_LOGICAL, H_ACCEPT_LOGICAL, H_RETURN_LOGICAL.
  public static let slr = FunctionSet("hcall-slr")
  /// Attributes of logical I/O bus numbers: H_LIOBN_ATTRIBUTES.
  public static let liobnAttributes = FunctionSet("hcall-liobn-attributes")
  /// The virtual real mode area: H_VRMASD.
  public static let vrma = FunctionSet("hcall-vrma")
  /// Expropriation notifications: H_REG_SNS.
  public static let esn = FunctionSet("hcall-esn")
  /// Limits of DMA translations: H_GET_DMA_XLATES_LIMITED.
  public static let xlatesLimited = FunctionSet("hcall-xlates-limited")
  /// Statistics of memory use: H_MEMSTAT_CTRL, H_RESET_MEMSTATS, H_RETURN_PAGEINFO,
  /// H_BULK_READ_HBA.
  public static let mui = FunctionSet("hcall-mui")
  /// Tuning that depends on the implementation: H_ADJUST_RESOURCE, H_SET_SWITCHES.
  public static let tuning = FunctionSet("hcall-implementation-dependent-tuning")
  /// Coherent accelerators: H_ATTACH_CA_PROCESS and its siblings.
  public static let coherentAccelerator = FunctionSet("hcall-ca")
  /// Terminals of other partitions, for a management console: H_OPEN_VTERM_LP and its siblings.
  public static let vsm = FunctionSet("hcall-vsm")
  /// Random numbers of the platform: H_RANDOM.
  public static let random = FunctionSet("hcall-random")
  /// Coprocessors: H_COP, H_STOP_COP_OP.
  public static let cop = FunctionSet("hcall-cop")
  /// Memory over-commitment with coalesced pages: H_GET_MPP_X.
  public static let cmoX = FunctionSet("hcall-cmo-x")
  /// Interrupt byte order, interrupt location and debug registers: H_SET_MODE.
  public static let setMode = FunctionSet("hcall-set-mode")
  /// Whole blocks of page table entries removed at once: H_BLOCK_REMOVE.
  public static let blockRemove = FunctionSet("hcall-block-remove")
  /// The hashed page table emptied at once: H_CLEAR_HPT.
  public static let clearHPT = FunctionSet("hcall-clr-hpt")
  /// The hashed page table replaced by one of another size: H_RESIZE_HPT_PREPARE,
  /// H_RESIZE_HPT_COMMIT.
  public static let hptResize = FunctionSet("hcall-hpt-resize")
  /// Translation by tables in the partition's memory: H_REGISTER_PROC_TBL, H_CLEAN_SLB,
  /// H_INVALIDATE_PID.
  public static let inMemoryTables = FunctionSet("hcall-imtt")
  /// The XIVE interrupt controller: H_INT_GET_SOURCE_INFO and its siblings.
  public static let interruptExploitation = FunctionSet("hcall-int-exploitation")
  /// Persistent memory: H_SCM_BIND_MEM and its siblings.
  public static let storageClassMemory = FunctionSet("hcall-scm")
  /// The platform's key store: H_PKS_GET_CONFIG and its siblings.
  public static let platformKeyStore = FunctionSet("hcall-pks")
  /// Radix translations invalidated by the hypervisor: H_RPT_INVALIDATE.
  public static let rptInvalidate = FunctionSet("hcall-rpt-invalidate")
  /// Energy and frequency of the platform: H_GET_ENERGY_SCALE_INFO.
  public static let energyScaleInfo = FunctionSet("hcall-energy-scale-info")
  /// Watchdog timers of the platform: H_WATCHDOG.
  public static let watchdog = FunctionSet("hcall-watchdog")
  /// Memory of a nested guest, read and written by its hypervisor: KVMPPC_H_COPY_TOFROM_GUEST.
  public static let copyToFromGuest = FunctionSet("hcall-h-copy_tofrom-guest")
  /// KVMPPC_H_LOGICAL_MEMOP.
  public static let memop1 = FunctionSet("hcall-memop1", .qemu)
}

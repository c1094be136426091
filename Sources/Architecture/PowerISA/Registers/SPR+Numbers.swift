extension SPR {
  /// The numbers as constants, for code that is too hot for table rows.
  public enum Number {
    /// The fixed-point exception register.
    @inlinable public static var xer: Int { 1 }
    /// The data stream control register under its number for problem state.
    @inlinable public static var dscrProblem: Int { 3 }
    /// The link register.
    @inlinable public static var lr: Int { 8 }
    /// The count register.
    @inlinable public static var ctr: Int { 9 }
    /// The authority mask register under its number for problem state.
    @inlinable public static var amrProblem: Int { 13 }
    /// The data stream control register.
    @inlinable public static var dscr: Int { 17 }
    /// The cause of the latest data storage or alignment interrupt.
    @inlinable public static var dsisr: Int { 18 }
    /// The address of the latest data storage or alignment interrupt.
    @inlinable public static var dar: Int { 19 }
    /// The decrementer.
    @inlinable public static var dec: Int { 22 }
    /// Where the hashed page table is.
    @inlinable public static var sdr1: Int { 25 }
    /// The address at which an interrupted program continues.
    @inlinable public static var srr0: Int { 26 }
    /// The MSR of an interrupted program, and the cause of the interrupt.
    @inlinable public static var srr1: Int { 27 }
    /// The address of the latest branch that was taken.
    @inlinable public static var cfar: Int { 28 }
    /// The authority mask register: the pages of which storage keys permit loads and stores.
    @inlinable public static var amr: Int { 29 }
    /// The process that radix translation is for.
    @inlinable public static var pid: Int { 48 }
    /// The authority mask register of instruction fetches.
    @inlinable public static var iamr: Int { 61 }
    /// CTRL under the number that reads it.
    @inlinable public static var controlRead: Int { 136 }
    /// CTRL, the run latch, under the number that writes it.
    @inlinable public static var controlWrite: Int { 152 }
    /// The facilities that problem state may use.
    @inlinable public static var fscr: Int { 153 }
    /// The bits of AMR that problem state may change.
    @inlinable public static var uamor: Int { 157 }
    /// How long problem state may raise its priority.
    @inlinable public static var pspb: Int { 159 }
    /// Doorbells that are pending for the threads of a core.
    @inlinable public static var dpdes: Int { 176 }
    /// The first data address watchpoint.
    @inlinable public static var dawr0: Int { 180 }
    /// The second data address watchpoint.
    @inlinable public static var dawr1: Int { 181 }
    /// Relative priorities of the threads of a core.
    @inlinable public static var rpr: Int { 186 }
    /// The instruction address at whose completion a trace interrupt occurs.
    @inlinable public static var ciabr: Int { 187 }
    /// Conditions of the first data address watchpoint.
    @inlinable public static var dawrx0: Int { 188 }
    /// Conditions of the second data address watchpoint.
    @inlinable public static var dawrx1: Int { 189 }
    /// The facilities that the hypervisor permits a partition.
    @inlinable public static var hfscr: Int { 190 }
    /// Which vector registers a program uses; software sets and reads it.
    @inlinable public static var vrsave: Int { 256 }
    /// SPRG3 under the number by which problem state reads it.
    @inlinable public static var sprg3Problem: Int { 259 }
    /// The time base.
    @inlinable public static var tb: Int { 268 }
    /// The upper half of the time base.
    @inlinable public static var tbu: Int { 269 }
    /// A register for the operating system.
    @inlinable public static var sprg0: Int { 272 }
    /// A register for the operating system.
    @inlinable public static var sprg1: Int { 273 }
    /// A register for the operating system.
    @inlinable public static var sprg2: Int { 274 }
    /// A register for the operating system, which problem state can read.
    @inlinable public static var sprg3: Int { 275 }
    /// The processor version register.
    @inlinable public static var pvr: Int { 287 }
    /// The processor utilization of resources register.
    @inlinable public static var purr: Int { 309 }
    /// PURR scaled by the frequency of the processor.
    @inlinable public static var spurr: Int { 308 }
    /// The control register of the logical partition.
    @inlinable public static var lpcr: Int { 318 }
    /// The number of the logical partition.
    @inlinable public static var lpidr: Int { 319 }
    /// The processor compatibility register.
    @inlinable public static var pcr: Int { 338 }
    /// The number of the thread in its core.
    @inlinable public static var tir: Int { 446 }
    /// The key of `hashst` and `hashchk`.
    @inlinable public static var hashkeyr: Int { 468 }
    /// The key of `hashstp` and `hashchkp`.
    @inlinable public static var hashpkeyr: Int { 469 }
    /// HDEXCR under the number by which problem state reads it.
    @inlinable public static var hdexcrProblem: Int { 455 }
    /// The dynamic execution controls that the hypervisor enforces.
    @inlinable public static var hdexcr: Int { 471 }
    /// DEXCR under the number by which problem state reads it.
    @inlinable public static var dexcrProblem: Int { 812 }
    /// The dynamic execution controls of the operating system.
    @inlinable public static var dexcr: Int { 828 }
    /// The target address register of `bctar`.
    @inlinable public static var tar: Int { 815 }
    /// Instructions that the partition has completed.
    @inlinable public static var ic: Int { 848 }
    /// Time for which the partition has run, in ticks of the time base.
    @inlinable public static var vtb: Int { 849 }
    /// How `stop` saves power.
    @inlinable public static var psscr: Int { 823 }
    /// The program priority register.
    @inlinable public static var ppr: Int { 896 }
    /// The upper half of PPR.
    @inlinable public static var ppr32: Int { 898 }
    /// The data address breakpoint before version 2.07.
    @inlinable public static var dabr: Int { 1013 }
    /// Conditions of DABR.
    @inlinable public static var dabrx: Int { 1015 }
    /// The number of the processor in its system.
    @inlinable public static var pir: Int { 1023 }
    /// Sets bits of BESCR.
    @inlinable public static var bescrs: Int { 800 }
    /// Sets bits of the upper half of BESCR.
    @inlinable public static var bescrsu: Int { 801 }
    /// Resets bits of BESCR.
    @inlinable public static var bescrr: Int { 802 }
    /// Resets bits of the upper half of BESCR.
    @inlinable public static var bescrru: Int { 803 }
    /// The address of the handler of event-based branches.
    @inlinable public static var ebbhr: Int { 804 }
    /// The address at which the program continues after an event-based branch.
    @inlinable public static var ebbrr: Int { 805 }
    /// The branch event status and control register.
    @inlinable public static var bescr: Int { 806 }
    /// MMCR3 under its number for problem state.
    @inlinable public static var mmcr3Problem: Int { 738 }
    /// Monitor mode control register 3.
    @inlinable public static var mmcr3: Int { 754 }
    /// What the sampled instruction did.
    @inlinable public static var sier: Int { 784 }
    /// MMCR2 under its number for problem state.
    @inlinable public static var mmcr2Problem: Int { 769 }
    /// Monitor mode control register 2: when each counter is frozen.
    @inlinable public static var mmcr2: Int { 785 }
    /// Monitor mode control register A: sampling.
    @inlinable public static var mmcra: Int { 786 }
    /// The first performance monitor counter; the others follow.
    @inlinable public static var pmc1: Int { 787 }
    /// The sixth performance monitor counter.
    @inlinable public static var pmc6: Int { 792 }
    /// The address of the sampled instruction.
    @inlinable public static var siar: Int { 796 }
    /// The address of the data of the sampled instruction.
    @inlinable public static var sdar: Int { 797 }
    /// Monitor mode control register 1: the events that are counted.
    @inlinable public static var mmcr1: Int { 798 }
    /// MMCR0 under its number for problem state.
    @inlinable public static var mmcr0Problem: Int { 779 }
    /// Monitor mode control register 0.
    @inlinable public static var mmcr0: Int { 795 }
  }
}

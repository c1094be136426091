import PowerISA

// Book II chapter 5 of 2.07 and 3.0. A partition here never has transactional memory. Its
// instructions are facility unavailable while MSR[TM] is 0; with it set, the hypervisor's own
// control of the facility (HFSCR) comes next, and what it makes of the attempt is an illegal
// instruction.
extension Semantics {
  static func tbegin_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tend_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tabort_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tabortwc_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tabortwci_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tabortdc_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tabortdci_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tsr_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func tcheck(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func treclaim_(_ p: Processor, _ i: Instruction) { p.illegal() }
  static func trechkpt_(_ p: Processor, _ i: Instruction) { p.illegal() }
}

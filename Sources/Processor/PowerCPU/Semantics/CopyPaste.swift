import PowerISA

// Book II 4.4: `copy` loads a block into the processor's copy buffer, `paste.` moves it from there.
// A partition here has no accelerator. Since version 3.1 the target may be ordinary storage; before,
// that is what the data storage interrupt reports.
extension Semantics {
  static func copy(_ p: Processor, _ i: Instruction) {
    let address = p.ea(i.ra, i.rb)
    guard address & (CopyBuffer.size - 1) == 0 else { return p.alignment(address) }
    guard let block = p.hostAddress(address, .load, size: Int(CopyBuffer.size)) else { return }
    p.owner.copyBuffer.fill(from: block)
  }

  /// CR0: 0b001 when the block was moved, 0b000 when no `copy` came before, with XER[SO].
  static func paste_(_ p: Processor, _ i: Instruction) {
    let address = p.ea(i.ra, i.rb)
    guard address & (CopyBuffer.size - 1) == 0 else { return p.alignment(address) }
    guard p.state.pointee.isaLevel >= 310 else {
      return p.dataStorage(address & p.state.pointee.addressMask, InterruptCause.invalidCopyPaste)
    }
    guard p.owner.copyBuffer.isFull else {
      p[.cr0] = p.summaryOverflow
      return
    }
    guard p.owner.paste(to: address & p.state.pointee.addressMask) else { return }
    p[.cr0] = 2 | p.summaryOverflow
  }

  static func cpabort(_ p: Processor, _ i: Instruction) { p.owner.copyBuffer.isFull = false }
}

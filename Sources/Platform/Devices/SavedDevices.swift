public import SavedState

extension VirtualTerminal {
  /// Saves or restores what waits for the guest.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    var isOpen = isOpen
    try coder.field("open", &isOpen)
    try coder.field("input", waitingInput) { input throws(InvalidValue) in
      guard input.count <= Self.inputCapacity else {
        throw InvalidValue("\(input.count) bytes, but there is room for \(Self.inputCapacity)")
      }
      waitingInput = input
    }
    if coder.isReading { self.isOpen = isOpen }
  }
}

extension NVRAM {
  /// Saves or restores the contents.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    var changed = contents
    try coder.field("contents", contents) { contents throws(InvalidValue) in
      guard contents.count == count else {
        throw InvalidValue("\(contents.count) bytes, but the NVRAM has \(count)")
      }
      changed = contents
    }
    if coder.isReading { _ = write(changed, at: 0) }
    try coder.field("modified", &isModified)
  }
}

extension RealTimeClock {
  /// Saves or restores what the guest has set it to.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("seconds ahead of the host", offset) { seconds throws(InvalidValue) in
      // A guest, or the base of its clock, can set the years 1 to 9999; a source may begin at 0.
      let most = 2 * ClockBase.mostSeconds
      guard (-most...most).contains(seconds) else {
        throw InvalidValue("no guest can set such a time")
      }
      offset = seconds
    }
  }
}

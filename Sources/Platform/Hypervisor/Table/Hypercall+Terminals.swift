extension Hypercall {
  /// Virtual terminals: the partition's own, those it serves, and those of other partitions.
  static let terminals: [Hypercall] = [
    Hypercall(0x54, "H_GET_TERM_CHAR", .term, TerminalCalls.getCharacters),
    Hypercall(0x58, "H_PUT_TERM_CHAR", .term, TerminalCalls.putCharacters),
    Hypercall(0x150, "H_VTERM_PARTNER_INFO", .vty),
    Hypercall(0x154, "H_REGISTER_VTERM", .vty),
    Hypercall(0x158, "H_FREE_VTERM", .vty),
    Hypercall(0x408, "H_OPEN_VTERM_LP", .vsm),
    Hypercall(0x40c, "H_GET_TERM_CHAR_LP", .vsm),
    Hypercall(0x410, "H_PUT_TERM_CHAR_LP", .vsm),
    Hypercall(0x414, "H_CLOSE_VTERM_LP", .vsm),
  ]
}

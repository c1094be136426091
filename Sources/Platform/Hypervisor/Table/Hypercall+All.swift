extension Hypercall {
  /// Every call that LoPAR, Linux and QEMU know of, by number. A row with a handler is served.
  public static let all: [Hypercall] = ordinary + adapters + options + recent
}

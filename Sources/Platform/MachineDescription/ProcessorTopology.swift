/// How many virtual processors there are and how they form cores and sockets.
public struct ProcessorTopology: Hashable, Sendable {
  /// Processors there at start; each is one thread of a core.
  public var processors: Int
  /// Threads of a core.
  public var threads: Int
  /// Cores of a socket, with those that could be added.
  public var cores: Int
  /// Sockets of the machine.
  public var sockets: Int
  /// Processors there may be.
  public var maximum: Int

  /// The most processors of a machine.
  public static let limit = 2048

  /// Works out what is not given: one thread to a core, one socket.
  public init(
    processors: Int? = nil, threads: Int? = nil, cores: Int? = nil, sockets: Int? = nil,
    maximum: Int? = nil
  ) throws(MachineDescriptionError) {
    for (name, value) in [
      ("processors", processors), ("threads", threads), ("cores", cores), ("sockets", sockets),
      ("maximum", maximum),
    ] {
      if let value, !(1...Self.limit).contains(value) {
        throw MachineDescriptionError(
          .smp, "\(name) must be 1 to \(Self.limit), not \(value)")
      }
    }
    let threadsUsed = threads ?? 1
    let socketsUsed = sockets ?? 1
    // Each factor is at most 2,048, so the products stay far from overflowing.
    let described = cores.map { threadsUsed * $0 * socketsUsed }
    let wanted = maximum ?? described ?? processors ?? threadsUsed * socketsUsed
    self.threads = threadsUsed
    self.sockets = socketsUsed
    self.cores = cores ?? max(1, wanted / (threadsUsed * socketsUsed))
    self.maximum = wanted
    self.processors = processors ?? wanted
    try validate()
  }

  /// Checks that processors, threads, cores and sockets agree and are within ``limit``.
  public func validate() throws(MachineDescriptionError) {
    func fail(_ text: String) -> MachineDescriptionError { MachineDescriptionError(.smp, text) }
    guard processors >= 1, maximum <= Self.limit else {
      throw fail("\(max(processors, maximum)) processors; there can be 1 to \(Self.limit)")
    }
    guard processors <= maximum else {
      throw fail("\(processors) processors, but at most \(maximum)")
    }
    guard [1, 2, 4, 8].contains(threads) else {
      throw fail("\(threads) threads to a core; there can be 1, 2, 4 or 8")
    }
    guard processors.isMultiple(of: threads) else {
      throw fail("\(processors) processors do not fill cores of \(threads) threads")
    }
    let product = threads.multipliedReportingOverflow(by: cores)
    let total = product.partialValue.multipliedReportingOverflow(by: sockets)
    guard !product.overflow, !total.overflow, total.partialValue == maximum else {
      throw fail(
        "\(sockets) sockets of \(cores) cores of \(threads) threads are not \(maximum) processors")
    }
  }
}

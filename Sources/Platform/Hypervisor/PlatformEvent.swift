internal import MachineDescription

/// An event that the platform reports to the guest through check-exception.
package struct PlatformEvent: Sendable {
  /// Event classes as bits of RTAS event masks (LoPAR "Event Masks").
  package struct Class: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Environmental and power warnings.
    package static let environment = Class(rawValue: 1 << 30)
  }

  /// The most bytes of a log: `rtas-error-log-max` advertises it.
  package static let longestLog = 2048

  package var `class`: Class
  /// The error log that the guest receives.
  package var log: [UInt8]

  package init(class: Class, log: [UInt8]) {
    self.class = `class`
    self.log = log
  }
}

/// The state of the EPOW sensor (LoPAR "EPOW Action Codes").
package enum EnvironmentState: UInt8, Sendable {
  case normal = 0
  case systemShutdown = 3
}

extension Partition {
  /// Queues an event and signals its interrupt. It replaces a waiting event of the same class: the
  /// guest reads the current state, and the queue stays bounded. The caller holds the lock.
  package func post(_ event: PlatformEvent) {
    events.removeAll { $0.class == event.class }
    events.append(event)
    signal(InterruptSource.epow)
  }

  /// The oldest event of a class in `mask`. The caller holds the lock.
  package func takeEvent(in mask: UInt32) -> PlatformEvent? {
    guard let index = events.firstIndex(where: { $0.class.rawValue & mask != 0 }) else {
      return nil
    }
    return events.remove(at: index)
  }
}

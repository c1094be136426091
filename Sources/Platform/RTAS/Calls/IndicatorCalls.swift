internal import Hypervisor

/// Indicators and sensors (LoPAR "Indicators", "Sensors").
enum IndicatorCalls {
  private enum Indicator {
    /// Membership in the global interrupt queue.
    static let globalInterruptQueue: UInt32 = 9005
  }

  private enum Sensor {
    /// Environmental and power state.
    static let environment: UInt32 = 9
    static let globalInterruptQueue: UInt32 = 9005
  }

  /// set-indicator
  static func setIndicator(
    _ call: RTASContext, indicator: UInt32, index: UInt32, state: UInt32
  ) throws(RTASStatus) {
    // Every processor may be in the global queue or not: sources are routed to servers only.
    guard indicator == Indicator.globalInterruptQueue, state <= 1 else { throw .notSupported }
  }

  /// get-sensor-state
  static func getSensorState(
    _ call: RTASContext, sensor: UInt32, index: UInt32
  ) throws(RTASStatus) -> UInt32 {
    switch (sensor, index) {
    case (Sensor.environment, 0): UInt32(call.partition.environment.rawValue)
    case (Sensor.globalInterruptQueue, _): 1
    default: throw .notSupported
    }
  }
}

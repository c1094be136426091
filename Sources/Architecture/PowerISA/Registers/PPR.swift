/// The program priority register (Book II 3.1).
public enum PPR {
  /// Position of the priority (PRI), three bits.
  public static let priorityShift: UInt64 = 50
  /// The register with medium priority, with which a processor begins.
  public static let medium: UInt64 = 4 << priorityShift
}

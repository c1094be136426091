internal import Glibc

/// Time zones of the host.
public enum HostTimeZone {
  /// Seconds that local time is ahead of UTC now; nil when the host does not have the zone.
  ///
  /// During the call the zone is in the process's environment, which no other code may use.
  /// - Parameter zone: `Europe/Berlin`; nil for the host's own.
  public static func secondsAhead(in zone: String? = nil) -> Int64? {
    let previous = getenv("TZ").map { String(cString: $0) }
    if let zone {
      let folder = getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo"
      let isName = zone.utf8.allSatisfy { byte in
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "_-+/".utf8.contains(byte)
      }
      var status = stat()
      guard isName, stat("\(folder)/\(zone)", &status) == 0, status.st_mode & S_IFMT == S_IFREG
      else { return nil }
      setenv("TZ", ":\(zone)", 1)
    }
    defer {
      if zone != nil {
        if let previous { setenv("TZ", previous, 1) } else { unsetenv("TZ") }
        tzset()
      }
    }
    tzset()
    var (now, local) = (time(nil), tm())
    return localtime_r(&now, &local) == nil ? nil : Int64(local.tm_gmtoff)
  }
}

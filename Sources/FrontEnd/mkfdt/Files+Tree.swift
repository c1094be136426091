internal import DeviceTree
internal import HostSupport
internal import MachineOptions

extension Files {
  /// The tree in a file.
  static func readTree(_ path: String) throws(Failure) -> DeviceTree {
    let blob = try read(path, limit: InputLimit.tree)
    if isSource(blob) {
      throw Failure("\(path): device tree source, and no blob; dtc -O dtb \(path) makes one of it")
    }
    do throws(DeviceTreeError) {
      return try DeviceTree(blob: blob)
    } catch {
      throw Failure("\(path): \(error)")
    }
  }

  /// Whether bytes are text with the version that device tree source begins with, after comments.
  private static func isSource(_ bytes: [UInt8]) -> Bool {
    let start = bytes.prefix(64 << 10)
    guard !start.contains(0) else { return false }
    return String(decoding: start, as: UTF8.self).contains("/dts-v1/")
  }
}

extension DeviceTree {
  /// The tree as JSON.
  /// - Parameter name: what the tree is called in an error.
  func jsonText(of name: String) throws(Failure) -> String {
    do throws(DeviceTreeError) {
      return try json()
    } catch {
      throw Failure("\(name): \(error)")
    }
  }
}

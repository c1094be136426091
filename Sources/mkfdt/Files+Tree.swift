internal import DeviceTree
internal import HostSupport
internal import MachineOptions

extension Files {
  /// The tree in a file.
  static func readTree(_ path: String) throws(Failure) -> DeviceTree {
    let blob = try read(path, limit: InputLimit.tree)
    do throws(DeviceTreeError) {
      return try DeviceTree(blob: blob)
    } catch {
      throw Failure("\(path): \(error)")
    }
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

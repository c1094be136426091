internal import ArgumentParser
package import MachineDescription

/// `path=FOLDER` or `socket=PATH`, with `tag=NAME`, `read-only` and `type=9p|virtiofs`, in any order. A
/// comma of a path is written twice.
package struct ShareArgument: ExpressibleByArgument {
  /// What serves the folder.
  package enum Source: Equatable {
    /// A process that is started, for a folder.
    case folder(String)
    /// A daemon that listens at a path.
    case socket(String)
  }

  package var share = PCIDevice.Share(tag: "share")
  package var source: Source
  package var isReadOnly = false

  package init?(argument: String) {
    var found: Source?
    for part in DiskArgument.parts(of: argument) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (key, value) = (String(pair[0]), pair.count == 2 ? String(pair[1]) : nil)
      switch (key, value) {
      case ("path", let path?) where !path.isEmpty && found == nil: found = .folder(path)
      case ("socket", let path?) where !path.isEmpty && found == nil: found = .socket(path)
      case ("tag", let tag?) where !tag.isEmpty: share.tag = tag
      case ("type", let name?):
        guard let kind = PCIDevice.Share.Kind(rawValue: name) else { return nil }
        share.kind = kind
      case ("read-only", let value), ("readonly", let value):
        guard let isOn = DiskArgument.isOn(value) else { return nil }
        isReadOnly = isOn
      default: return nil
      }
    }
    guard let found else { return nil }
    source = found
    // The server of 9P is this program's own.
    if case .socket = found, share.kind == .plan9 { return nil }
  }
}

extension MachineDescription.Devices {
  /// Adds shared folders with the next device numbers.
  mutating func add(_ shares: [ShareArgument]) throws(MachineDescriptionError) {
    for share in shares { try add(.share(share.share), .share) }
  }
}

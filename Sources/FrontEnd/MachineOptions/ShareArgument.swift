internal import ArgumentParser
package import MachineDescription

/// `path=FOLDER` or `socket=PATH`, with `tag=NAME`, `read-only`, `type=9p|virtiofs`, `bridge=N` and `slot=N`, in
/// any order. A comma of a path is written twice.
package struct ShareArgument: WordArgument {
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
  package var place = PlaceArgument()

  package init(parsing argument: String) throws(ArgumentMistake) {
    var found: Source?
    for word in ArgumentWord.words(of: argument) {
      switch word.key {
      case "path" where found == nil: found = .folder(try word.someValue())
      case "socket" where found == nil: found = .socket(try word.someValue())
      case "path", "socket": throw word.mistake("there is a folder or socket already")
      case "tag": share.tag = try word.someValue()
      case "type": share.kind = try word.choice()
      case "read-only", "readonly": isReadOnly = try word.isOn()
      default: if try !place.take(word) { throw word.unknown }
      }
    }
    guard let found else { throw ArgumentMistake("path=FOLDER is missing") }
    source = found
    if case .socket = found, share.kind == .plan9 {
      throw ArgumentMistake("a socket is for type=virtiofs: the server of 9p is this program's own")
    }
  }
}

extension MachineDescription.Devices {
  /// Adds shared folders with the next device numbers.
  mutating func add(
    _ shares: [ShareArgument], _ places: inout PlaceAssignment
  ) throws(MachineDescriptionError) {
    for share in shares { try add(.share(share.share), at: share.place, &places, .share) }
  }
}

internal import Glibc

/// A folder that goes away with the sockets that were in it.
package final class TestFolder {
  package let path: String

  package init() {
    var template = Array("/tmp/papr-control.XXXXXX".utf8CString)
    mkdtemp(&template)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { rmdir(path) }
}

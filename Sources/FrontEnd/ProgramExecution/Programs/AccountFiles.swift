internal import HostSupport

/// The users of a root folder, by `/etc/passwd` and `/etc/group` in it.
package struct AccountFiles {
  private let users: [[String]]
  private let groups: [[String]]

  package init(root: RootFolder?) {
    self.init(
      users: Self.text(root, "/etc/passwd"), groups: Self.text(root, "/etc/group"))
  }

  package init(users: String, groups: String) {
    (self.users, self.groups) = (Self.lines(users), Self.lines(groups))
  }

  /// `USER` or `USER:GROUP`, of names and numbers; nil when a name is not there.
  package func user(_ text: String) -> GuestUser? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let name = parts.first else { return nil }
    let row = users.first { $0.count >= 4 && $0[0] == name }
    guard let user = row.flatMap({ UInt32($0[2]) }) ?? UInt32(name) else { return nil }
    guard parts.count == 2 else {
      let others = groups.filter {
        $0.count >= 4 && $0[3].split(separator: ",").contains { $0 == name }
      }
      return GuestUser(
        user: user, group: row.flatMap { UInt32($0[3]) } ?? user,
        otherGroups: others.compactMap { UInt32($0[2]) })
    }
    let group = groups.first { $0.count >= 3 && $0[0] == parts[1] }.flatMap { UInt32($0[2]) }
    guard let group = group ?? UInt32(parts[1]) else { return nil }
    return GuestUser(user: user, group: group)
  }

  private static func text(_ root: RootFolder?, _ path: String) -> String {
    guard let bytes = try? root?.open(path)?.contents(limit: 1 << 20) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func lines(_ text: String) -> [[String]] {
    text.split(separator: "\n").map {
      $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

internal import Glibc

/// One row of the table of operations: the type of its request, its name, and the function that serves
/// it, whose Swift type is the format of request and answer. The answer's type is the next number.
struct FolderOperation: Sendable {
  typealias Answer =
    @Sendable (FolderServer, inout MessageReader, inout MessageWriter) throws(FolderError) -> Void

  let type: UInt8
  let name: String
  /// Whether it changes something, which a folder that is only read does not allow.
  let isChange: Bool
  let answer: Answer

  private init<each Field: MessageField, Result: MessageResult>(
    _ type: UInt8, _ name: String, isChange: Bool = false,
    _ handler:
      @escaping @Sendable (FolderServer) -> (repeat each Field) throws(FolderError) -> Result
  ) {
    (self.type, self.name, self.isChange) = (type, name, isChange)
    answer = { server, reader, writer throws(FolderError) in
      let fields = (repeat try (each Field)(from: &reader))
      guard reader.isAtEnd else { throw FolderError(EBADMSG) }
      try handler(server)(repeat each fields).append(to: &writer)
    }
  }

  private static func change<each Field: MessageField, Result: MessageResult>(
    _ type: UInt8, _ name: String,
    _ handler:
      @escaping @Sendable (FolderServer) -> (repeat each Field) throws(FolderError) -> Result
  ) -> Self {
    Self(type, name, isChange: true, handler)
  }

  /// Every operation of 9P2000.L that the server has, by type, and two of its own.
  static let all: [FolderOperation] = [
    Self(8, "statfs") { $0.fileSystem },
    Self(12, "lopen") { $0.open },
    change(14, "lcreate") { $0.create },
    change(16, "symlink") { $0.makeLink },
    change(18, "mknod") { $0.makeNode },
    change(20, "rename") { $0.rename },
    Self(22, "readlink") { $0.readLink },
    Self(24, "getattr") { $0.attributes },
    change(26, "setattr") { $0.setAttributes },
    Self(30, "xattrwalk") { $0.extendedAttribute },
    change(32, "xattrcreate") { $0.setExtendedAttribute },
    Self(40, "readdir") { $0.readFolder },
    Self(50, "fsync") { $0.synchronize },
    Self(52, "lock") { $0.lock },
    Self(54, "getlock") { $0.conflictingLock },
    change(70, "link") { $0.link },
    change(72, "mkdir") { $0.makeFolder },
    change(74, "renameat") { $0.renameEntry },
    change(76, "unlinkat") { $0.removeEntry },
    Self(MessageType.version, "version") { $0.agree },
    Self(102, "auth") { $0.authenticate },
    Self(104, "attach") { $0.attach },
    Self(108, "flush") { $0.flush },
    Self(110, "walk") { $0.walk },
    Self(116, "read") { $0.read },
    change(118, "write") { $0.write },
    Self(120, "clunk") { $0.forget },
    Self(122, "remove") { $0.remove },
    Self(MessageType.save, "save") { $0.save },
    Self(MessageType.restore, "restore") { $0.restore },
  ]

  /// The operations by type; nil where there is none.
  static let table: [FolderOperation?] = {
    var table = [FolderOperation?](repeating: nil, count: 256)
    for operation in all {
      precondition(table[Int(operation.type)] == nil, "\(operation.name): a type that is used")
      table[Int(operation.type)] = operation
    }
    return table
  }()
}

#if TRANSLATOR
  internal import PowerJIT
#endif

/// A folder where translated code is kept, so that later runs of the same program need not translate it.
public struct CodeCache: Sendable {
  #if TRANSLATOR
    let code: KeptCode
  #endif

  /// Opens a folder, which is made if it does not exist.
  public init(folder: String) throws(CodeCacheError) {
    #if TRANSLATOR
      do { code = try KeptCode(folder: folder) } catch { throw CodeCacheError(reason: "\(error)") }
    #else
      throw CodeCacheError(reason: "\(TranslatorError.notBuilt)")
    #endif
  }
}

/// Why translated code cannot be kept.
public struct CodeCacheError: Error, CustomStringConvertible {
  /// In words, with the path.
  public let reason: String

  /// The reason.
  public var description: String { reason }
}

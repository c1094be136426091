import Foundation

/// The package's own folder.
let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Reference material that is kept beside the package, where there is any.
let sharedReference = packageRoot.appendingPathComponent("../shared/reference").standardized

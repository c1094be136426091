internal import CSandbox

/// Memory of the host's allocator.
public enum LargeBlocks {
  /// Makes the allocator return large blocks to the host when they are freed. By default it keeps
  /// some tens of MiB that a guest once made the process use.
  public static func areReturned() { csandbox_return_large_blocks() }
}

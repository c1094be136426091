internal import CSandbox

/// Memory of the host's allocator.
public enum LargeBlocks {
  /// Has large blocks returned to the host when they are freed. Otherwise the allocator keeps some tens
  /// of MiB of what a guest once had the process use.
  public static func areReturned() { csandbox_return_large_blocks() }
}

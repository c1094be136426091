internal import Glibc

/// Descriptors 0, 1 and 2.
package enum StandardDescriptors {
  /// Opens those that are closed, on /dev/null, so that no other file takes their numbers.
  package static func open() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free descriptor.
      _ = Glibc.open("/dev/null", O_RDWR)
    }
  }
}

package import HostSupport

/// What has to be known of a kernel before it is booted.
package enum KernelFile {
  /// The byte order of a kernel in ELF, which may be compressed.
  package static func byteOrder(of file: InputFile) throws(ExecutionError) -> ProgramFile.ByteOrder
  {
    var start = [UInt8](repeating: 0, count: 64)
    do throws(InputError) {
      var failure: InputError?
      start.withUnsafeMutableBytes { buffer in
        do throws(InputError) { _ = try file.read(into: buffer, at: 0) } catch { failure = error }
      }
      if let failure { throw failure }
    } catch {
      throw ExecutionError("\(error)")
    }
    guard ProgramFile.isELF(start) else {
      throw ExecutionError(
        "\(file.name): not an ELF file; a kernel for PowerPC that is not compressed (vmlinux) is needed"
      )
    }
    return start[5] == 2 ? .big : .little
  }
}

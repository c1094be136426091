internal import Glibc
internal import HostSupport
internal import ProgramExecution

/// Makes the job of a program's run.
struct ProgramJob {
  let plan: ProgramPlan
  let options: ExecEnvironmentOptions
  let user: GuestUser
  let words: [String]

  func job(onTerminal: Bool) throws -> Job {
    var job = Job()
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    job.setTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
    var generator = SystemRandomNumberGenerator()
    job.addEntropy((0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    job.setHostName(Self.hostName)
    var folder = 0
    if plan.sharesRoot {
      job.useRoot(tag: GuestMachine.tag(ofFolder: 0))
      folder = 1
    } else {
      job.useEmptyRoot()
      addBasicFiles(to: &job)
    }
    for shared in plan.folders {
      job.mount(
        tag: GuestMachine.tag(ofFolder: folder), at: shared.guest, isReadOnly: shared.isReadOnly)
      folder += 1
    }
    // What is in a shared folder is there already, and is not replaced.
    if !plan.sharesRoot {
      for library in plan.libraries where !plan.isShared(library.guestPath) {
        job.makeFile(library.guestPath, mode: 0o755, of: library.file)
      }
    }
    if !(plan.isInRoot && plan.sharesRoot), !plan.isShared(plan.path) {
      job.makeFile(plan.path, mode: plan.mode, of: plan.file)
    }
    if !plan.isShared(plan.workingFolder + "/") { job.makeFolder(plan.workingFolder) }
    job.setWorkingFolder(plan.workingFolder)
    job.setUser(user)
    let mask = umask(0)
    umask(mask)
    job.setMask(UInt32(mask))
    if onTerminal {
      var size = winsize()
      _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
      job.useTerminal(rows: size.ws_row, columns: size.ws_col)
    }
    try job.start(plan.path, arguments: words, environment: options.environment)
    return job
  }

  /// What programs look for in every system.
  private func addBasicFiles(to job: inout Job) {
    job.makeFile("/etc/passwd", bytes: Array("root:x:0:0:root:/root:/bin/sh\n".utf8))
    job.makeFile("/etc/group", bytes: Array("root:x:0:\n".utf8))
    job.makeFile("/etc/hosts", bytes: Array("127.0.0.1 localhost\n".utf8))
    if let zone = try? InputFile(opening: "/etc/localtime"), zone.size != nil {
      job.makeFile("/etc/localtime", mode: 0o644, of: zone)
    }
  }

  private static var hostName: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "guest" }
    return withUnsafeBytes(of: &name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

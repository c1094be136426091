// Linux's interface for 64-bit PowerPC, as far as the agent uses it: numbers of system calls and
// constants of their arguments. Without a C library.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long s64;

enum {
  SYS_exit = 1, SYS_read = 3, SYS_write = 4, SYS_open = 5, SYS_close = 6, SYS_execve = 11,
  SYS_chdir = 12, SYS_getpid = 20, SYS_mount = 21, SYS_sync = 36, SYS_kill = 37, SYS_mkdir = 39,
  SYS_ioctl = 54, SYS_fcntl = 55, SYS_setpgid = 57, SYS_umask = 60, SYS_chroot = 61,
  SYS_dup2 = 63, SYS_setsid = 66, SYS_sethostname = 74, SYS_setgroups = 81, SYS_symlink = 83,
  SYS_mmap = 90, SYS_fchmod = 94, SYS_fchown = 95, SYS_wait4 = 114, SYS_clone = 120,
  SYS_nanosleep = 162, SYS_setresuid = 164, SYS_poll = 167, SYS_setresgid = 169,
  SYS_rt_sigprocmask = 174, SYS_clock_settime = 245, SYS_unlink = 10, SYS_signalfd4 = 313,
  SYS_readlink = 85, SYS_fstat = 108, SYS_pread64 = 179, SYS_fanotify_init = 323,
  SYS_fanotify_mark = 324, SYS_pipe2 = 317, SYS_finit_module = 353, SYS_umount2 = 52, SYS_lchown = 16,
};

enum {
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_NOCTTY = 0400, O_TRUNC = 01000,
  O_NONBLOCK = 04000, O_CLOEXEC = 02000000,
  F_SETFL = 4,
  PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20,
  MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_MOVE = 8192,
  CLONE_VFORK = 0x4000, SIGCHLD = 17, SIG_BLOCK = 0, SIG_UNBLOCK = 1,
  SIGHUP = 1, SIGPIPE = 13,
  POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32, WNOHANG = 1,
  EINTR = 4, EAGAIN = 11, ENOENT = 2, EEXIST = 17, ENOEXEC = 8,
  TCGETS = 0x402c7413, TCSETS = 0x802c7414, TIOCSCTTY = 0x540E, TIOCSPTLCK = 0x80045431,
  TIOCGPTN = 0x40045430, TIOCSWINSZ = 0x80087467, RNDADDENTROPY = 0x80085203,
  RNDRESEEDCRNG = 0x20005207,
  CLOCK_REALTIME = 0,
  AT_FDCWD = -100, AT_SYSINFO_EHDR = 33,
  FAN_CLOEXEC = 1, FAN_NONBLOCK = 2, FAN_MARK_ADD = 1, FAN_MARK_MOUNT = 0x10, FAN_OPEN = 0x20,
};

struct timespec { s64 seconds, nanoseconds; };
struct fanotify_event { u32 size; u8 version, reserved; u16 head_size; u64 mask; int fd, process; };
struct pollfd { int fd; short events, revents; };

static inline long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  register long r7 __asm__("r7") = e;
  register long r8 __asm__("r8") = f;
  __asm__ volatile(
      "sc\n\tbns+ 1f\n\tneg 3, 3\n1:"
      : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
      :
      : "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
  return r3;
}

#define CALL_WITH(n, a, b, c, d, e, f, ...) \
  call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
// A system call with up to six arguments: its result, or a negative error number.
#define SYS(name, ...) CALL_WITH(SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

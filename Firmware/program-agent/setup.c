// Mounts, folders and modules.
#include "agent.h"

static void mount_at(const char *what, const char *path, const char *type, u64 flags, const char *data) {
  make_folder(path, 0755);
  long error = SYS(mount, what, path, type, flags, data);
  if (error < 0) fail("cannot mount", path, error);
}

void make_folder(const char *path, u32 mode) {
  long error = SYS(mkdir, path, mode);
  if (error < 0 && error != -EEXIST) fail("cannot make the folder", path, error);
}

void make_parents(const char *path) {
  char *copy = keep(4097);
  for (u64 index = 0; index < 4096 && path[index]; index++) {
    copy[index] = path[index];
    if (index == 0 || path[index + 1] != '/') continue;
    copy[index + 1] = 0;
    SYS(mkdir, copy, 0755);
  }
}

// Loads the modules that /modules.order names.
static void load_modules(void) {
  static char names[4096];
  long file = SYS(open, "/modules.order", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  long count = SYS(read, file, names, sizeof names - 1);
  SYS(close, file);
  char *name = names;
  for (long index = 0; index < count; index++) {
    if (names[index] != '\n') continue;
    names[index] = 0;
    long module = SYS(open, name, O_RDONLY | O_CLOEXEC);
    if (module >= 0) {
      long error = SYS(finit_module, module, "", 0);
      if (error < 0 && error != -EEXIST) fail("cannot load the module", name, error);
      SYS(close, module);
      SYS(unlink, name);
    }
    name = names + index + 1;
  }
}

static void make_raw(int terminal) {
  // struct termios of PowerPC: four words of flags, then characters and speeds.
  u32 modes[11];
  if (SYS(ioctl, terminal, TCGETS, modes) < 0) return;
  modes[0] = 0;  // c_iflag
  modes[1] = 0;  // c_oflag
  modes[3] = 0;  // c_lflag
  SYS(ioctl, terminal, TCSETS, modes);
}

void prepare(void) {
  SYS(umask, 0);
  mount_at("devtmpfs", "/dev", "devtmpfs", 0, 0);
  mount_at("proc", "/proc", "proc", 0, 0);
  load_modules();
  long terminal = SYS(open, "/dev/hvc1", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (terminal < 0) fail("cannot open", "/dev/hvc1", terminal);
  bell = (int)terminal;
  make_raw(bell);
  SYS(mkdir, "/root", 0755);
}

static int has_word(const char *text, long count, const char *word) {
  for (long start = 0; start < count; start++) {
    long index = 0;
    while (word[index] && start + index < count && text[start + index] == word[index]) index++;
    if (!word[index]) return 1;
  }
  return 0;
}

// Whether the kernel has the file systems and the transport; without modules it may have them built in.
int shares_folders(void) {
  static char text[4096];
  long file = SYS(open, "/proc/filesystems", O_RDONLY | O_CLOEXEC);
  long count = file < 0 ? 0 : SYS(read, file, text, sizeof text);
  SYS(close, file);
  return has_word(text, count, "\t9p\n") && has_word(text, count, "\toverlay\n");
}

static const char share_options[] =
    "trans=virtio,version=9p2000.L,msize=262144,cache=mmap,access=any";

void empty_root(void) { mount_at("tmpfs", "/root", "tmpfs", 0, "mode=755,size=90%"); }

void shared_root(const char *tag) {
  mount_at(tag, "/lower", "9p", MS_RDONLY, share_options);
  mount_at("tmpfs", "/changes", "tmpfs", 0, "mode=755,size=90%");
  make_folder("/changes/upper", 0755);
  make_folder("/changes/work", 0755);
  mount_at(
      "overlay", "/root", "overlay", 0, "lowerdir=/lower,upperdir=/changes/upper,workdir=/changes/work");
}

void enter_root(void) {
  SYS(chdir, "/root");
  long error = SYS(mount, ".", "/", 0, MS_MOVE, 0);
  if (error < 0) fail("cannot move the root", 0, error);
  SYS(chroot, ".");
  SYS(chdir, "/");
  mount_at("devtmpfs", "/dev", "devtmpfs", 0, 0);
  mount_at("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666");
  mount_at("tmpfs", "/dev/shm", "tmpfs", 0, 0);
  mount_at("proc", "/proc", "proc", 0, 0);
  mount_at("sysfs", "/sys", "sysfs", 0, 0);
  SYS(symlink, "/proc/self/fd", "/dev/fd");
  SYS(symlink, "/proc/self/fd/0", "/dev/stdin");
  SYS(symlink, "/proc/self/fd/1", "/dev/stdout");
  SYS(symlink, "/proc/self/fd/2", "/dev/stderr");
  // The umask has taken bits of the mode.
  make_folder("/tmp", 01777);
}

void share(const char *tag, const char *path, int is_read_only) {
  make_parents(path);
  mount_at(tag, path, "9p", is_read_only ? MS_RDONLY : 0, share_options);
  watch_code(path);
}

// Reads the job, and does it part after part. A part is a head of two big-endian words, its kind and
// the bytes that follow, and fields: numbers of eight bytes, and texts that end with a zero byte.
#include "agent.h"

#define ARENA (8ul << 20)
#define MOST_STRINGS 65536
#define MOST_GROUPS 256

static u8 *buffer;
static u64 have, used;
static u8 *arena;
static u64 kept;
int bell;

// The number that proves to the host that a call is the agent's, not the program's.
static u64 key;

long host(long operation, const void *address, u64 count, long other) {
  register long r3 __asm__("r3") = 0xFFF0;
  register long r4 __asm__("r4") = operation;
  register long r5 __asm__("r5") = (long)address;
  register long r6 __asm__("r6") = (long)count;
  register long r7 __asm__("r7") = other;
  register long r8 __asm__("r8") = (long)key;
  __asm__ volatile(
      ".long 0x44000022"
      : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
      :
      : "r0", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
  return r3;
}

static u64 length(const char *text) {
  u64 count = 0;
  while (text[count]) count++;
  return count;
}

void fail(const char *what, const char *name, long error) {
  u8 *text = buffer;
  u64 count = 0;
  for (const char *part = what; *part && count < 4096; part++) text[count++] = (u8)*part;
  if (name) {
    text[count++] = ' ';
    for (const char *part = name; *part && count < 8192; part++) text[count++] = (u8)*part;
  }
  host(HOST_FAILURE, text, count, error < 0 ? -error : error);
  for (;;) {
    struct timespec hour = {3600, 0};
    SYS(nanosleep, &hour, 0);
  }
}

void *keep(u64 count) {
  u64 start = (kept + 7) & ~7ul;
  if (start > ARENA || count > ARENA - start) fail("arguments and environment are too long", 0, 0);
  kept = start + count;
  return arena + start;
}

static void *pages(u64 count, int flags) {
  long address = SYS(mmap, 0, count, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  return address < 0 && address > -4096 ? 0 : (void *)address;
}

// MARK: the job's bytes

static void refill(void) {
  long count = host(HOST_JOB, buffer, BUFFER_SIZE, 0);
  if (count <= 0) fail("the job ends too early", 0, count);
  have = (u64)count;
  used = 0;
}

static void take(void *target, u64 count) {
  u8 *bytes = target;
  while (count) {
    if (used == have) refill();
    u64 some = have - used < count ? have - used : count;
    for (u64 index = 0; index < some; index++) bytes[index] = buffer[used + index];
    bytes += some;
    used += some;
    count -= some;
  }
}

static u64 number(const u8 **place) {
  u64 value = 0;
  for (int index = 0; index < 8; index++) value = value << 8 | *(*place)++;
  return value;
}

static const char *text(const u8 **place) {
  const char *start = (const char *)*place;
  *place += length(start) + 1;
  return start;
}

// MARK: parts

static void set_time(const u8 *fields) {
  struct timespec now;
  now.seconds = (s64)number(&fields);
  now.nanoseconds = (s64)number(&fields);
  SYS(clock_settime, CLOCK_REALTIME, &now);
}

// Guests that continue from one saved state have the same random numbers until they get others.
static void add_entropy(const u8 *bytes, u64 count) {
  struct { int bits, size; u8 bytes[64]; } pool;
  if (count > sizeof pool.bytes) count = sizeof pool.bytes;
  pool.bits = (int)count * 8;
  pool.size = (int)count;
  for (u64 index = 0; index < count; index++) pool.bytes[index] = bytes[index];
  long file = SYS(open, "/dev/urandom", O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  SYS(ioctl, file, RNDADDENTROPY, &pool);
  SYS(ioctl, file, RNDRESEEDCRNG, 0);
  SYS(close, file);
}

static void make_file(u32 mode, const char *path, u64 size) {
  make_parents(path);
  SYS(unlink, path);
  long file = SYS(open, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail("cannot make", path, file);
  while (size) {
    if (used == have) refill();
    u64 some = have - used < size ? have - used : size;
    long written = SYS(write, file, buffer + used, some);
    if (written <= 0) fail("cannot write", path, written);
    used += (u64)written;
    size -= (u64)written;
  }
  SYS(fchmod, file, mode);
  SYS(close, file);
}

static void make_link(const char *path, const char *target) {
  make_parents(path);
  SYS(unlink, path);
  long error = SYS(symlink, target, path);
  if (error < 0) fail("cannot make the link", path, error);
}

static struct program program;
static u32 groups[MOST_GROUPS];

static void add(const char **list, const char *string) {
  u64 count = 0;
  while (list[count]) count++;
  if (count == MOST_STRINGS) fail("there are too many arguments or variables", 0, 0);
  list[count] = string;
}

static void set_user(const u8 *fields, u64 size) {
  program.user = (u32)number(&fields);
  program.group = (u32)number(&fields);
  for (size -= 16; size >= 8 && program.group_count < MOST_GROUPS; size -= 8)
    groups[program.group_count++] = (u32)number(&fields);
  program.groups = groups;
}

static void part(u32 kind, u32 size) {
  u8 *bytes = keep(size + 1);
  const u8 *fields = bytes;
  take(bytes, size);
  bytes[size] = 0;
  switch (kind) {
    case JOB_TIME: set_time(fields); break;
    case JOB_ENTROPY: add_entropy(fields, size); break;
    case JOB_EMPTY_ROOT: empty_root(); enter_root(); break;
    case JOB_SHARED_ROOT: shared_root(text(&fields)); enter_root(); break;
    case JOB_FOLDER: {
      u32 mode = (u32)number(&fields);
      make_parents((const char *)fields);
      make_folder((const char *)fields, mode);
      break;
    }
    case JOB_FILE: {
      u32 mode = (u32)number(&fields);
      u64 count = number(&fields);
      make_file(mode, text(&fields), count);
      break;
    }
    case JOB_LINK: {
      const char *path = text(&fields);
      make_link(path, text(&fields));
      break;
    }
    case JOB_SHARE: {
      int is_read_only = number(&fields) == 1;
      const char *tag = text(&fields);
      share(tag, text(&fields), is_read_only);
      break;
    }
    case JOB_USER: set_user(fields, size); break;
    case JOB_HOST_NAME: SYS(sethostname, fields, size); break;
    case JOB_WORKING_FOLDER: program.folder = text(&fields); break;
    case JOB_ARGUMENT: add(program.arguments, text(&fields)); break;
    case JOB_VARIABLE: add(program.variables, text(&fields)); break;
    case JOB_TERMINAL:
      program.has_terminal = 1;
      program.rows = (u16)number(&fields);
      program.columns = (u16)number(&fields);
      break;
    case JOB_MASK: program.mask = (u32)number(&fields); break;
    case JOB_PROGRAM:
      program.path = text(&fields);
      run(&program, buffer, BUFFER_SIZE);
    default: fail("the job has a part that is not known", 0, kind);
  }
}

void agent(void) {
  // Shared, so that a copy of the process does not make the host's writes go elsewhere.
  buffer = pages(BUFFER_SIZE, MAP_SHARED);
  arena = pages(ARENA, MAP_PRIVATE);
  // The host can only reach pages that are there.
  for (u64 place = 0; place < BUFFER_SIZE; place += 4096) buffer[place] = 0;
  program.arguments = pages((MOST_STRINGS + 1) * sizeof(char *), MAP_PRIVATE);
  program.variables = pages((MOST_STRINGS + 1) * sizeof(char *), MAP_PRIVATE);
  program.mask = 022;
  prepare();
  host(HOST_READY, 0, 0, shares_folders());
  // The host makes a new key for each run, and takes the first job's caller for the agent.
  key = (u64)host(HOST_JOB, buffer, 0, 0);
  for (;;) {
    u8 head[8];
    take(head, 8);
    u32 kind = (u32)head[0] << 24 | (u32)head[1] << 16 | (u32)head[2] << 8 | head[3];
    u32 size = (u32)head[4] << 24 | (u32)head[5] << 16 | (u32)head[6] << 8 | head[7];
    part(kind, size);
  }
}

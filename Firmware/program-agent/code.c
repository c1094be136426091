// Notes the ELF files that the program and its children open, so that the host can say which file and function
// an instruction is of: programs that they start, libraries that are linked or loaded later. Each stays open, so
// that it is what was run, until it is sent to the host.
#include "agent.h"

#define MOST_FILES 512
#define MOST_BYTES (256ul << 20)

// Negative without events: a kernel may lack them.
static int events = -1;
static int is_tried;
static struct code { int fd; u64 device, number; } files[MOST_FILES];
static int file_count;

void watch_code(const char *path) {
  if (!is_tried) {
    is_tried = 1;
    long group = SYS(fanotify_init, FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
    if (group >= 0) events = (int)group;
  }
  if (events >= 0) SYS(fanotify_mark, events, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, path);
}

int code_events(void) { return events; }

static void keep_file(int file) {
  u8 start[4] = {0};
  u64 status[18];
  SYS(pread64, file, start, 4, 0);
  if (start[0] != 0x7F || start[1] != 'E' || start[2] != 'L' || start[3] != 'F' ||
      SYS(fstat, file, status) < 0) {
    SYS(close, file);
    return;
  }
  int known = file_count == MOST_FILES;
  for (int index = 0; index < file_count && !known; index++)
    known = files[index].device == status[0] && files[index].number == status[1];
  if (known) {
    SYS(close, file);
    return;
  }
  struct code code = {file, status[0], status[1]};
  files[file_count++] = code;
}

void take_code_events(void) {
  static u64 space[512];
  long count;
  while ((count = SYS(read, events, space, sizeof space)) > 0) {
    u8 *place = (u8 *)space, *end = place + count;
    while (place + sizeof(struct fanotify_event) <= end) {
      struct fanotify_event *event = (struct fanotify_event *)place;
      if (event->size < sizeof *event) break;
      if (event->fd >= 0) keep_file(event->fd);
      place += event->size;
    }
  }
}

static void send_file(int file, u8 *buffer, u64 size) {
  static const char folder[] = "/proc/self/fd/";
  char link[32], digits[12];
  int count = 0, at = 0;
  for (; folder[at]; at++) link[at] = folder[at];
  int number = file;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count) link[at++] = digits[--count];
  link[at] = 0;
  long length = SYS(readlink, link, buffer, 4096);
  if (length <= 0 || host(HOST_CODE_FILE, buffer, (u64)length, 0) < 0) return;
  u64 done = 0;
  long some;
  while (done < MOST_BYTES && (some = SYS(pread64, file, buffer, size, done)) > 0) {
    if (host(HOST_CODE, buffer, (u64)some, 0) < 0) return;
    done += (u64)some;
  }
}

// The code that the kernel gives to every process.
static void send_kernel_code(u8 *buffer) {
  static const char name[] = "[vdso]";
  u64 pairs[64];
  long file = SYS(open, "/proc/self/auxv", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  long count = SYS(read, file, pairs, sizeof pairs);
  SYS(close, file);
  for (long index = 0; index + 1 < count / 8; index += 2) {
    if (pairs[index] != AT_SYSINFO_EHDR) continue;
    const u8 *code = (const u8 *)pairs[index + 1];
    // The table of sections is its end.
    u64 size = *(const u64 *)(code + 40) + (u64)*(const u16 *)(code + 58) * *(const u16 *)(code + 60);
    for (u64 place = 0; name[place]; place++) buffer[place] = (u8)name[place];
    if (size > BUFFER_SIZE || host(HOST_CODE_FILE, buffer, sizeof name - 1, 0) < 0) return;
    for (u64 place = 0; place < size; place++) buffer[place] = code[place];
    host(HOST_CODE, buffer, size, 0);
    return;
  }
}

void send_code(u8 *buffer, u64 size) {
  if (events < 0 || host(HOST_WANTS_CODE, 0, 0, 0) <= 0) return;
  take_code_events();
  for (int index = 0; index < file_count; index++) send_file(files[index].fd, buffer, size);
  send_kernel_code(buffer);
}

// The agent of `boot-test exec`: the first process of a guest that runs one program for its host.
//
// It reaches the host by a hypercall of this package (`Hypercall.PrivateNumber.programAgent`) from
// problem state, whose buffers are effective addresses. The host rings the second terminal,
// /dev/hvc1, when it has input or a signal.
#pragma once
#include "linux.h"

// What the agent asks the host for: r4. `AgentHost.Operation` in Swift has the same numbers.
enum {
  HOST_READY = 0,   // the machine can be saved; r7 is 1 when folders can be shared
  HOST_JOB = 1,     // r5 address, r6 bytes: the next bytes of the job; returns how many
  HOST_OUTPUT = 2,  // r5 address, r6 bytes, r7 descriptor of the program; returns how many were taken
  HOST_INPUT = 3,   // r5 address, r6 bytes: standard input; 0 at its end, -EAGAIN when there is none now
  HOST_SIGNAL = 4,  // a signal for the program, 0 without one
  HOST_EXIT = 5,    // r5 the status that wait4 gives
  HOST_FAILURE = 6, // r5 address, r6 bytes: what could not be done; r7 error number
  HOST_WANTS_CODE = 7, // whether the host asks for the files that had code; then it gets them before HOST_EXIT
  HOST_CODE_FILE = 8, // r5 address, r6 bytes: the path of a file; its contents follow
  HOST_CODE = 9,    // r5 address, r6 bytes: the next bytes of the file
};

// Parts of a job. `Job.Kind` in Swift has the same numbers.
enum {
  JOB_TIME = 1,       // seconds, nanoseconds
  JOB_ENTROPY = 2,    // bytes
  JOB_EMPTY_ROOT = 3, // the program's root is empty
  JOB_SHARED_ROOT = 4,// text: tag of the folder that is the root; changes stay in memory
  JOB_FOLDER = 5,     // number: mode; text: path
  JOB_FILE = 6,       // number: mode; text: path; number: bytes; the bytes follow the part
  JOB_LINK = 7,       // text: path, text: target
  JOB_SHARE = 8,      // number: 1 for read-only; text: tag; text: path
  JOB_USER = 9,       // numbers: user, group, then further groups
  JOB_HOST_NAME = 10, // text
  JOB_WORKING_FOLDER = 11, // text
  JOB_ARGUMENT = 12,  // text
  JOB_VARIABLE = 13,  // text
  JOB_TERMINAL = 14,  // numbers: rows, columns
  JOB_MASK = 15,      // number: umask
  JOB_PROGRAM = 16,   // text: path; the program is started
};

#define BUFFER_SIZE (1ul << 20)

long host(long operation, const void *buffer, u64 count, long other);
__attribute__((noreturn)) void fail(const char *what, const char *name, long error);
void *keep(u64 count);

// setup.c
void prepare(void);
int shares_folders(void);
void empty_root(void);
void shared_root(const char *tag);
void enter_root(void);
void make_folder(const char *path, u32 mode);
void make_parents(const char *path);
void share(const char *tag, const char *path, int is_read_only);

// code.c: the files with code that the program and its children open.
void watch_code(const char *path);
int code_events(void);
void take_code_events(void);
void send_code(u8 *buffer, u64 size);

// program.c
struct program {
  const char *path, *folder;
  const char **arguments, **variables;
  u32 user, group, *groups;
  int group_count, has_terminal;
  u16 rows, columns;
  u32 mask;
};
extern int bell;
__attribute__((noreturn)) void run(const struct program *program, u8 *buffer, u64 size);

// Starts the program, and carries its input, output and signals.
#include "agent.h"

// Descriptors of the agent's ends; negative for none.
static int to_input = -1, from_output = -1, from_error = -1;
static int has_ended;
// Input that the program has not taken.
static u8 *input;
static u64 input_start, input_end;
static int input_is_over;
// Whether the host has no input until it rings.
static int input_waits;
#define INPUT_SIZE 65536ul

struct ends { int child_input, child_output, child_error; };

static void make_pipe(int *reading, int *writing) {
  int ends[2];
  long error = SYS(pipe2, ends, O_CLOEXEC);
  if (error < 0) fail("cannot make a pipe", 0, error);
  *reading = ends[0];
  *writing = ends[1];
}

static void not_blocking(int file) { SYS(fcntl, file, F_SETFL, O_NONBLOCK); }

static struct ends make_terminal(const struct program *program) {
  static char name[] = "/dev/pts/0000000000";
  struct ends ends;
  int number = 0, unlocked = 0;
  long terminal = SYS(open, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) fail("cannot open", "/dev/ptmx", terminal);
  SYS(ioctl, terminal, TIOCSPTLCK, &unlocked);
  SYS(ioctl, terminal, TIOCGPTN, &number);
  char *digit = name + 9;
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count) *digit++ = digits[--count];
  *digit = 0;
  u16 size[4] = {program->rows, program->columns, 0, 0};
  SYS(ioctl, terminal, TIOCSWINSZ, size);
  long end = SYS(open, name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (end < 0) fail("cannot open", name, end);
  ends.child_input = ends.child_output = ends.child_error = (int)end;
  to_input = from_output = (int)terminal;
  not_blocking((int)terminal);
  return ends;
}

static struct ends make_pipes(void) {
  struct ends ends;
  make_pipe(&ends.child_input, &to_input);
  make_pipe(&from_output, &ends.child_output);
  make_pipe(&from_error, &ends.child_error);
  not_blocking(to_input);
  not_blocking(from_output);
  not_blocking(from_error);
  return ends;
}

static long as_child(const struct program *program, struct ends ends) {
  u64 none = 0;
  long error;
  SYS(setsid);
  if (program->has_terminal) SYS(ioctl, ends.child_input, TIOCSCTTY, 0);
  SYS(dup2, ends.child_input, 0);
  SYS(dup2, ends.child_output, 1);
  SYS(dup2, ends.child_error, 2);
  SYS(rt_sigprocmask, 2, &none, 0, 8);
  SYS(umask, program->mask);
  if ((error = SYS(setgroups, program->group_count, program->groups)) < 0) return error;
  if ((error = SYS(setresgid, program->group, program->group, program->group)) < 0) return error;
  if ((error = SYS(setresuid, program->user, program->user, program->user)) < 0) return error;
  if ((error = SYS(chdir, program->folder)) < 0) return error;
  return SYS(execve, program->path, program->arguments, program->variables);
}

// Carries output of the program to the host.
// Returns 0 at its end.
static int carry_output(int *file, int descriptor, u8 *buffer, u64 size) {
  long count = SYS(read, *file, buffer, size);
  if (count == -EAGAIN || count == -EINTR) return 1;
  if (count <= 0) {
    if (*file != to_input) SYS(close, *file);
    *file = -1;
    return 0;
  }
  long taken = host(HOST_OUTPUT, buffer, (u64)count, descriptor);
  if (taken < 0) {
    // Nothing reads it any more: the program gets SIGPIPE at its next write.
    SYS(close, *file);
    *file = -1;
    return 0;
  }
  return 1;
}

static void end_input(void) {
  input_is_over = 1;
  if (from_output == to_input) {
    // The end of a terminal's input is a character.
    u8 end = 4;
    SYS(write, to_input, &end, 1);
  } else if (to_input >= 0) {
    SYS(close, to_input);
  }
  to_input = -1;
}

// Carries input of the host to the program, as far as both have it.
static void carry_input(u8 *buffer) {
  while (to_input >= 0) {
    if (input_start == input_end) {
      if (input_waits || input_is_over) return;
      long count = host(HOST_INPUT, buffer, INPUT_SIZE, 0);
      if (count == -EAGAIN) {
        input_waits = 1;
        return;
      }
      if (count <= 0) return end_input();
      for (long index = 0; index < count; index++) input[index] = buffer[index];
      input_start = 0;
      input_end = (u64)count;
    }
    long count = SYS(write, to_input, input + input_start, input_end - input_start);
    if (count == -EAGAIN || count == -EINTR) return;
    if (count <= 0) {
      // The program has closed it.
      SYS(close, to_input);
      to_input = -1;
      return;
    }
    input_start += (u64)count;
  }
}

static void answer_bell(long process) {
  u8 rings[64];
  while (SYS(read, bell, rings, sizeof rings) > 0) {}
  input_waits = 0;
  long signal;
  while ((signal = host(HOST_SIGNAL, 0, 0, 0)) > 0) SYS(kill, -process, signal);
}

static int status;

// Takes the status of processes that have ended; those of the program's own, too.
static void take_ended(int signals, long process) {
  u8 information[128];
  while (SYS(read, signals, information, sizeof information) > 0) {}
  int ended = 0;
  long child;
  while ((child = SYS(wait4, -1, &ended, WNOHANG, 0)) > 0) {
    if (child != process) continue;
    status = ended;
    has_ended = 1;
  }
}

void run(const struct program *program, u8 *buffer, u64 size) {
  u64 ended = 1ul << (SIGCHLD - 1);
  u64 blocked = ended | 1ul << (SIGPIPE - 1) | 1ul << (SIGHUP - 1);
  SYS(rt_sigprocmask, SIG_BLOCK, &blocked, 0, 8);
  int signals = (int)SYS(signalfd4, -1, &ended, 8, O_NONBLOCK | O_CLOEXEC);
  input = keep(INPUT_SIZE);
  struct ends ends = program->has_terminal ? make_terminal(program) : make_pipes();
  watch_code("/");
  // A place that both processes see.
  volatile long *error = (volatile long *)SYS(
      mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  // The agent continues when the program has started, or has not.
  long process = SYS(clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (process == 0) {
    *error = as_child(program, ends);
    SYS(exit, 127);
  }
  if (process < 0) fail("cannot start a process", 0, process);
  if (*error) fail("cannot execute", program->path, *error);
  SYS(close, ends.child_input);
  if (!program->has_terminal) {
    SYS(close, ends.child_output);
    SYS(close, ends.child_error);
  }
  while (!has_ended) {
    carry_input(buffer);
    struct pollfd waits[6] = {
        {bell, POLLIN, 0}, {signals, POLLIN, 0}, {from_output, POLLIN, 0}, {from_error, POLLIN, 0},
        {to_input, 0, 0}, {code_events(), POLLIN, 0}};
    if (to_input >= 0 && input_start < input_end) waits[4].events = POLLOUT;
    long count = SYS(poll, waits, 6, -1);
    if (count < 0) continue;
    if (waits[0].revents) answer_bell(process);
    if (waits[2].revents) carry_output(&from_output, 1, buffer, size);
    if (waits[3].revents) carry_output(&from_error, 2, buffer, size);
    if (waits[4].revents & (POLLERR | POLLHUP) && !program->has_terminal) {
      SYS(close, to_input);
      to_input = -1;
    }
    if (waits[5].revents) take_code_events();
    if (waits[1].revents) take_ended(signals, process);
  }
  // What is left in the pipes; processes that have them open still are not waited for.
  for (int turn = 0; turn < 2; turn++) {
    int *file = turn ? &from_error : &from_output;
    while (*file >= 0) {
      struct pollfd wait = {*file, POLLIN, 0};
      if (SYS(poll, &wait, 1, 0) <= 0) break;
      if (!carry_output(file, turn + 1, buffer, size)) break;
    }
  }
  SYS(sync);
  send_code(buffer, size);
  host(HOST_EXIT, (void *)(long)status, 0, 0);
  for (;;) {
    struct timespec hour = {3600, 0};
    SYS(nanosleep, &hour, 0);
  }
}

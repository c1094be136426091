/* The first process of the small test guests: it says what it runs on, tries instructions, checks the machine, and
 * powers off. It is built for the oldest processor that the kernel boots on. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static void mount_all(void) {
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  mkdir("/dev", 0755);
  mount("proc", "/proc", "proc", 0, 0);
  mount("sysfs", "/sys", "sysfs", 0, 0);
  mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
  int console = open("/dev/console", O_RDWR);
  if (console < 0) return;
  for (int end = 0; end < 3; end++) dup2(console, end);
  if (console > 2) close(console);
}

/* In a child, so that the kernel does not log the signals that are handled; on one processor, because Linux at the
 * POWER6 level sets the facility register of the boot processor only. */
static void probe_in_a_child(void) {
  fflush(stdout);
  if (fork() == 0) {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
    run_probes();
    fflush(stdout);
    _exit(0);
  }
  int status = -1;
  wait(&status);
  if (status) printf("probes: child status %04x FAIL\n", status);
}

int main(void) {
  int is_first = getpid() == 1;
  if (is_first) mount_all();
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("=== GUEST UP ===\n");
  struct utsname name;
  uname(&name);
  printf("uname: %s %s %s %s\n", name.sysname, name.release, name.version, name.machine);
  print_file("/proc/cmdline", "cmdline: ", 1);
  report_processor();
  report_tree();
  probe_in_a_child();
  run_checks();
  report_system();
  printf("=== GUEST DONE ===\n");
  fflush(stdout);
  sync();
  if (is_first) {
    reboot(RB_POWER_OFF);
    for (;;) pause();
  }
  return 0;
}

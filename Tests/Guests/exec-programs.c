/* The program of exec-programs: what it does is its first argument. */
#ifdef LOADS
#include <dlfcn.h>
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The compiler for power9 makes a modsd of it. */
__attribute__((noinline)) long remainder_of(long a, long b) { return a % b; }

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  static char bytes[65536];
  if (!strcmp(what, "report")) {
    printf("folder %s\n", getcwd(bytes, sizeof bytes));
    for (int index = 2; index < argc; index++) printf("argument %s\n", argv[index]);
    printf("variable %s, user %d\n", getenv("EXEC_VARIABLE"), getuid());
    fflush(stdout);
    fprintf(stderr, "an error\n");
    return 7;
  }
  if (!strcmp(what, "copy")) {
    ssize_t count;
    while ((count = read(0, bytes, sizeof bytes)) > 0)
      for (ssize_t done = 0; done < count;) done += write(1, bytes + done, count - done);
    return 0;
  }
  if (!strcmp(what, "write")) {
    FILE *file = fopen(argv[2], "w");
    return !file || fprintf(file, "written\n") < 0 || fclose(file) != 0;
  }
  if (!strcmp(what, "remainder")) {
    printf("%ld\n", remainder_of(100 + argc, 7));
    return 0;
  }
  if (!strcmp(what, "child")) {
    pid_t child = fork();
    if (child == 0) {
      execl(argv[2], argv[2], "remainder", (char *)0);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
#ifdef LOADS
  if (!strcmp(what, "load")) {
    void *library = dlopen(argv[2], RTLD_NOW);
    long (*function)(long, long) = library ? (long (*)(long, long))dlsym(library, "remainder_of") : 0;
    if (!function) return 3;
    printf("%ld\n", function(100 + argc, 7));
    return 0;
  }
#endif
  if (!strcmp(what, "forever"))
    for (;;) {
      puts("a line");
      if (argc > 2) pause();
    }
  if (!strcmp(what, "wait")) {
    puts("waiting");
    fflush(stdout);
    pause();
  }
  if (!strcmp(what, "abort")) abort();
  if (!strcmp(what, "call")) {
    /* The agent's call, without its number: the end of the program as the agent reports it. */
    register long r3 __asm__("r3") = 0xFFF0, r4 __asm__("r4") = 5, r5 __asm__("r5") = 0, r8 __asm__("r8") = 1;
    __asm__ volatile("sc 1" : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r8) : : "r0", "r6", "r7", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
    printf("%ld\n", r3);
    return 9;
  }
  return 0;
}

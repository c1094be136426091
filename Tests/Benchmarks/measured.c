// measured FILE COMMAND…: runs a command, and appends "SECONDS KIBIBYTES" to the file: how long it took, and the most
// memory it had resident. Its exit status is the command's.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 3) return fprintf(stderr, "usage: measured FILE COMMAND...\n"), 2;
  struct timespec before, after;
  struct rusage usage;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &before);
  pid_t child = fork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    fprintf(stderr, "%s: %s\n", arguments[2], strerror(errno));
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return perror("measured"), 1;
  clock_gettime(CLOCK_MONOTONIC, &after);
  FILE *file = fopen(arguments[1], "a");
  if (!file) return perror(arguments[1]), 1;
  double seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
  fprintf(file, "%.6f %ld\n", seconds, usage.ru_maxrss);
  fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

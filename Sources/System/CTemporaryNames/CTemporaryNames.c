// mktemp(3) for the programs of this package.
//
// Argument parsing uses FoundationEssentials. The object of its static library that writes files
// refers to mktemp, and linkers warn of each program that takes that function from the C library. A
// definition of the program's own comes first. It differs from the C library's in that the name is
// random for its whole length, so that another user cannot guess it and create the file first;
// Foundation opens it with O_EXCL.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { letters = 6, attempts = 1000 };

// Replaces the six X at the end of `template` so that no file has that name. Without success the
// string is empty and errno is set.
char *mktemp(char *template) {
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  size_t length = strlen(template);
  if (length < letters || strcmp(template + length - letters, "XXXXXX") != 0) {
    errno = EINVAL;
    template[0] = 0;
    return template;
  }
  for (int attempt = 0; attempt < attempts; attempt++) {
    unsigned char random[letters];
    if (getrandom(random, sizeof random, 0) != sizeof random) break;
    for (int i = 0; i < letters; i++)
      template[length - letters + i] = alphabet[random[i] % (sizeof alphabet - 1)];
    struct stat status;
    if (lstat(template, &status) == 0) {
      errno = EEXIST;
      continue;
    }
    if (errno == ENOENT) return template;
    break;
  }
  template[0] = 0;
  return template;
}

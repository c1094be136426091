#ifndef CVERSION_H
#define CVERSION_H

// The commit that the program was built from, in hexadecimal; empty when the build did not say.
const char *project_commit(void);

#endif

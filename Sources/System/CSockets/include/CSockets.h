// Bytes of a local socket together with descriptors (SCM_RIGHTS), whose macros Swift does not have.
#ifndef CSOCKETS_H
#define CSOCKETS_H

#include <sys/types.h>

// Receives bytes without waiting. The first descriptor that comes with them is stored, closed on exec;
// others are closed. `descriptor` is -1 when none came.
ssize_t csockets_receive(int socket, void *bytes, size_t count, int *descriptor);

// Sends bytes, and with the first of them a descriptor.
ssize_t csockets_send(int socket, const void *bytes, size_t count, int descriptor);

#endif

#include <errno.h>
#include <seccomp.h>

// Macros that Swift does not import.
static const uint32_t CSECCOMP_ALLOW = SCMP_ACT_ALLOW;
static inline uint32_t cseccomp_error(uint16_t number) { return SCMP_ACT_ERRNO(number); }

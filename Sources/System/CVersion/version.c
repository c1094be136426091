#include "CVersion.h"

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

const char *project_commit(void) {
#ifdef PROJECT_COMMIT
  return TEXT(PROJECT_COMMIT);
#else
  return "";
#endif
}

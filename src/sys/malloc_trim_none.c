/* A C library that does as it likes with its heap: musl, say. */
#include "sys/malloc_trim.h"

void
malloc_trim_all(void)
{
}

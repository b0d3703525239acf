/* A C library that has malloc_trim. */
#include "sys/malloc_trim.h"

#include <malloc.h>

void
heap_trim(void)
{
	(void)malloc_trim(0);
}

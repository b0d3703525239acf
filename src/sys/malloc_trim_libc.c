/* A C library that has malloc_trim. */
#include "sys/malloc_trim.h"

#include <malloc.h>

void
malloc_trim_all(void)
{
	(void)malloc_trim(0);
}

/* renameat2(2) as the kernel has it, since Linux 3.15. */
#include "sys/rename.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own; its header can't be had everywhere. */
#define NOREPLACE 1U
#define EXCHANGE  2U

int
rename_exchange(const char *one, const char *other)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other,
	    EXCHANGE);
}

int
rename_noreplace(const char *from, const char *to)
{
	return (
	    int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, NOREPLACE);
}

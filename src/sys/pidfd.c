/*
 * pidfds by their system calls: headers of older systems lack names for them.
 * daemon/base/adopted_process.c watches them.
 */
#include "sys/pidfd.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/spawn/spawn.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* The kernel's struct pidfd_info as it was first released. */
struct info {
	uint64_t mask;
	uint64_t cgroup_id;
	uint32_t pid, tgid, ppid;
	uint32_t ids[8];
	int32_t exit_code;
};

#define GET_INFO  _IOWR(0xFF, 11, struct info)
#define INFO_EXIT UINT64_C(8)

bool
pidfd_is_child(pid_t pid, uint64_t birth)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		   0 &&
	       process_start_time(pid) == birth;
}

int
pidfd_open_process(pid_t pid, uint64_t birth)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -1;
	/* Looked at while it is held: another one has another birth. */
	if (birth != 0 && process_start_time(pid) == birth)
		return fd;
	fd_close(&fd);
	errno = ESRCH;
	return -1;
}

int
pidfd_status(int fd, int *status)
{
	struct info info = {.mask = INFO_EXIT};

	/* Its number is a long to glibc, an int to musl. */
	if (syscall(SYS_ioctl, fd, GET_INFO, &info) != 0) {
		/* It was reaped while the kernel looked. */
		if (errno == ESRCH)
			errno = EAGAIN;
		return -1;
	}
	/* Kernels from 6.13 to 6.14 know the call, and not the status. */
	if ((info.mask & INFO_EXIT) == 0) {
		errno = EAGAIN;
		return -1;
	}
	*status = info.exit_code;
	return 0;
}

int
pidfd_signal(int fd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0);
}

/* By the system call: no library is needed for two masks. */
#include "collector/privileges.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (UINT32_C(1) << (capability))

void
privileges_drop(void)
{
	const uint32_t keep = BIT(CAP_SETUID) | BIT(CAP_SETGID) |
			      BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |
			      BIT(CAP_FOWNER) | BIT(CAP_KILL);
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) != 0)
		return;
	data[0].permitted &= keep;
	data[0].effective &= keep;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){0};
	(void)syscall(SYS_capset, &header, data);
}

/*
 * Which of the optional rooms this build has, for --version.
 */
#ifndef EVCRON_SYS_BUILD_INFO_H
#define EVCRON_SYS_BUILD_INFO_H

#include <stdio.h>

/* "with PAM, without SELinux, with audit", without an end of line. */
void build_info_print(FILE *);

#endif

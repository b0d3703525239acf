/*
 * The thread of one run, from the first byte, hang-up or end to the mail
 * (DESIGN.md "Output", "When is a run over"). Decides when the run is over, and
 * what background children write later makes a letter of its own.
 */
#ifndef EVCRON_COLLECTOR_RUN_OUTPUT_H
#define EVCRON_COLLECTOR_RUN_OUTPUT_H

#include "collector/worker.h"

/* fifo and record_fd as in struct worker; they are the thread's now. */
void run_output(struct worker *, int fifo, int record_fd);

#endif

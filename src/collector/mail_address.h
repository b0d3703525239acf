/*
 * Addresses that are not safe: crond has decided who gets the mail before the
 * run began; the incumbents' lines about it come with the first byte of output
 * (COMPAT.md 5, 7), and say who gets it instead (DESIGN.md 3.14).
 */
#ifndef EVCRON_COLLECTOR_MAIL_ADDRESS_H
#define EVCRON_COLLECTOR_MAIL_ADDRESS_H

#include "collector/collector.h"
#include "core/run_record.h"

void mail_address_log_unsafe(struct collector *, const struct run_record *);

#endif

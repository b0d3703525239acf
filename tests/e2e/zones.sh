#!/bin/bash
# Time zones of the real daemon: CRON_TZ by a driven clock, unknown names, and
# zone files and /etc/localtime that change while it runs.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

lines() # FILE
{
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# New York, 10 March 2024: 02:00 is 03:00, at 07:00 UTC. Tokyo knows nothing of it.
cron_tz()
{
	fake_clock '2024-03-10 06:58:30' 60 UTC
	printf '%s\n' "CRON_TZ=America/New_York" \
	    "30 2 * * * root echo x >> $OUT/gap" \
	    "*/30 2 * * * root echo x >> $OUT/wild" \
	    "CRON_TZ=Asia/Tokyo" \
	    "1 16 * * * root echo x >> $OUT/tokyo" \
	    "CRON_TZ=Nowhere/Land" \
	    "1 7 * * * root echo x >> $OUT/utc" \
	    "CRON_TZ=" \
	    "3 7 * * * root : > $OUT/end" | put_system
	start_crond
	wait_file "$OUT/end" 60
	stop_crond
	same "runs of the time in the gap" "$(lines "$OUT/gap")" 1
	same "runs of a wildcard hour in the gap" "$(lines "$OUT/wild")" 0
	same "runs at 16:01 in Tokyo" "$(lines "$OUT/tokyo")" 1
	same "runs at 07:01, the zone unknown" "$(lines "$OUT/utc")" 1
	log_has 'etc/crontab:6:9: unknown time zone Nowhere/Land'
}

# A zone file is replaced as a package does it, by a rename.
zone_file()
{
	CROND_ENV=() # the real clock
	local zones=$E2E_TREE/zoneinfo

	mkdir -p "$zones/Test"
	cp /usr/share/zoneinfo/Asia/Tokyo "$zones/Test/Zone"
	printf '%s\n' "@reboot root : > $OUT/up" "CRON_TZ=Test/Zone" \
	    "0 0 1 1 * root true" | put_system
	export TZDIR=$zones
	start_crond
	unset TZDIR
	wait_job up # the table has been read
	cp /usr/share/zoneinfo/Asia/Kolkata "$zones/Test/.new"
	mv "$zones/Test/.new" "$zones/Test/Zone"
	wait_log 'time zones have changed' 20
	stop_crond
}

# A file that goes leaves the zone as it was known: no job moves to UTC.
zone_gone()
{
	local zones=$E2E_TREE/zoneinfo

	mkdir -p "$zones/Test"
	cp /usr/share/zoneinfo/Asia/Tokyo "$zones/Test/Zone"
	# 16:01 in Tokyo
	fake_clock '2024-03-10 06:58:30' 60 UTC
	printf '%s\n' "@reboot root : > $OUT/up" "CRON_TZ=Test/Zone" \
	    "1 16 * * * root echo x >> $OUT/gone" \
	    "CRON_TZ=" "3 7 * * * root : > $OUT/end" | put_system
	export TZDIR=$zones
	start_crond
	unset TZDIR
	wait_job up # the table has been read
	rm "$zones/Test/Zone"
	wait_log 'time zone Test/Zone is gone, what was known of it is used' 20
	wait_file "$OUT/end" 60
	stop_crond
	same "runs at 16:01 in the zone that is gone" "$(lines "$OUT/gone")" 1
}

# One table may not name zones without end, and many tables take no place of
# another one's: 1,050 zones, then Tokyo.
many_zones()
{
	local i z SPEED=$((${SPEED:-1} * 4))

	fake_clock '2024-03-10 06:58:30' 60 UTC
	for i in $(seq 10 44); do
		for z in $(seq 1 30); do
			printf 'CRON_TZ=Z%s\n0 0 1 1 * root true\n' \
			    "$(printf '%s' "$z" | tr 0-9 a-j)xx$((i % 12)):$i"
		done | put_dropin "a$i"
	done
	printf '%s\n' "CRON_TZ=Asia/Tokyo" \
	    "1 16 * * * root echo x >> $OUT/tokyo" \
	    "CRON_TZ=" "3 7 * * * root : > $OUT/end" | put_dropin zz
	for z in $(seq 1 33); do
		echo "CRON_TZ=XYZ3:$z"
	done | put_dropin over
	start_crond
	wait_file "$OUT/end" 90
	stop_crond
	same "runs at 16:01 in Tokyo" "$(lines "$OUT/tokyo")" 1
	log_has 'over:33:9: a table may name 32 time zones'
	no_log 'too many time zones, UTC'
	no_log "can't be read, what has it does not run"
}

localtime()
{
	CROND_ENV=() # without TZ
	mkdir -p "$E2E_TREE/etc-over" "$E2E_TREE/etc-work"
	mount -t overlay overlay -o \
	    "lowerdir=/etc,upperdir=$E2E_TREE/etc-over,workdir=$E2E_TREE/etc-work" \
	    /etc || skip "no overlay file system here"
	ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
	printf '%s\n' "@reboot root : > $OUT/up" "0 0 1 1 * root true" |
	    put_system
	start_crond
	wait_job up # the table has been read
	ln -sfn /usr/share/zoneinfo/Asia/Kolkata /etc/localtime
	wait_log 'time zones have changed' 20
	stop_crond
	unmount /etc
}

PERSONALITIES="redhat" each_personality cron_tz zone_file zone_gone \
    many_zones localtime

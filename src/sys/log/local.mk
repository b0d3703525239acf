libsys_a_SOURCES += \
	src/sys/log/log.c \
	src/sys/log/log.h \
	src/sys/log/logline.c \
	src/sys/log/logline.h \
	src/sys/log/logstream.c \
	src/sys/log/logstream.h

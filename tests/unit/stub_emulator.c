/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands in for QEMU in test_wrapper.bats and says what it was given: its words on standard output, each
 * with its NUL; its environment and descriptors on standard error. Its exit code is 42.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	for (int i = 0; i < argc; i++) {
		fputs(argv[i], stdout);
		putchar('\0');
	}
	for (char **variable = environ; *variable; variable++)
		fprintf(stderr, "env %s\n", *variable);
	for (int fd = 3; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			fprintf(stderr, "fd %d\n", fd);
	}
	return 42;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times whole processes, two commands in turns so that whatever else the machine does meets both:
 *   take_turns ROUNDS RUNS INPUT COMMAND... -- COMMAND...
 * INPUT is the standard input of each, output goes to /dev/null. Prints for each round the median
 * seconds of both. A command that fails ends the measurement.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run(char **argv, const char *input)
{
	static char *const no_environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	double begin;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	begin = now();
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, no_environment) != 0)
		errx(1, "cannot start %s", argv[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s ended with status %#x", argv[0], (unsigned)status);
	posix_spawn_file_actions_destroy(&actions);
	return now() - begin;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

int main(int argc, char **argv)
{
	char **other = argv + 4;
	unsigned long rounds, runs;
	double *first, *second;

	while (other < argv + argc && strcmp(*other, "--") != 0)
		other++;
	if (argc < 7 || other + 1 >= argv + argc)
		errx(2, "usage: take_turns ROUNDS RUNS INPUT COMMAND... -- COMMAND...");
	*other++ = NULL;
	rounds = strtoul(argv[1], NULL, 10);
	runs = strtoul(argv[2], NULL, 10);
	first = calloc(runs, sizeof(*first));
	second = calloc(runs, sizeof(*second));
	if (!first || !second || runs == 0)
		errx(2, "RUNS must be a number of runs");
	for (unsigned long round = 0; round < rounds; round++) {
		/* The first of a round warms up, and counts as little as any other. */
		for (unsigned long i = 0; i < runs; i++) {
			first[i] = run(argv + 4, argv[3]);
			second[i] = run(other, argv[3]);
		}
		printf("%.9f %.9f\n", median(first, runs), median(second, runs));
	}
	free(first);
	free(second);
	return 0;
}

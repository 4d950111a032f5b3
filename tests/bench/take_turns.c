/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times whole processes, several sides in turns so that whatever else the machine does meets all of them:
 *   take_turns ROUNDS RUNS SIDE -- SIDE...
 * A SIDE is STEP or STEP + STEP...; its time is the sum of its steps. A STEP is a command, and in front of it
 *   <FILE  its standard input, otherwise nothing
 *   @PID   it runs in the mount namespace of that process
 *   ~      it has to be done, and is not timed
 * Its environment is empty.
 * Output goes to /dev/null. Prints for each round the seconds of each side: the lower quartile of its runs,
 * for what else the machine does only ever adds. A command that fails ends the measurement.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIDES 8
#define MAX_STEPS 8

struct step {
	char **argv;
	int input;
	int host; /* its mount namespace, or -1 */
	bool is_timed;
};

struct side {
	struct step steps[MAX_STEPS];
	size_t count;
	double *seconds; /* of each run */
};

static int home; /* our own mount namespace */
static int nothing;
static char *no_environment[] = { NULL };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_or_end(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void enter(int host)
{
	if (setns(host, CLONE_NEWNS) < 0)
		err(1, "cannot enter a mount namespace");
}

static double run(struct step *step)
{
	posix_spawn_file_actions_t actions;
	double begin, end;
	pid_t pid;
	int status;

	if (lseek(step->input, 0, SEEK_SET) < 0)
		err(1, "input of %s", step->argv[0]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, step->input, 0);
	posix_spawn_file_actions_adddup2(&actions, nothing, 1);
	if (step->host >= 0)
		enter(step->host);
	begin = now();
	if (posix_spawn(&pid, step->argv[0], &actions, NULL, step->argv, no_environment) != 0)
		errx(1, "cannot start %s", step->argv[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s ended with status %#x", step->argv[0], (unsigned)status);
	end = now();
	if (step->host >= 0)
		enter(home);
	posix_spawn_file_actions_destroy(&actions);
	return step->is_timed ? end - begin : 0;
}

static double run_side(struct side *side)
{
	double sum = 0;

	for (size_t i = 0; i < side->count; i++)
		sum += run(&side->steps[i]);
	return sum;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double lower_quartile(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(count - 1) / 4];
}

/* Takes the words up to the next "+" or "--"; returns that one, or NULL at the end. */
static char **read_step(char **word, struct step *step)
{
	char path[64];

	*step = (struct step){ .input = nothing, .host = -1, .is_timed = true };
	for (; *word; word++) {
		if (**word == '<') {
			step->input = open_or_end(*word + 1, O_RDONLY);
		} else if (**word == '@') {
			snprintf(path, sizeof(path), "/proc/%s/ns/mnt", *word + 1);
			step->host = open_or_end(path, O_RDONLY);
		} else if (strcmp(*word, "~") == 0) {
			step->is_timed = false;
		} else {
			break;
		}
	}
	step->argv = word;
	while (*word && strcmp(*word, "+") != 0 && strcmp(*word, "--") != 0)
		word++;
	if (word == step->argv)
		errx(2, "a step has no command");
	return *word ? word : NULL;
}

/* Takes a side's words; returns where the next one begins, or NULL. */
static char **read_side(char **word, struct side *side, size_t runs)
{
	bool goes_on = true;

	side->seconds = calloc(runs, sizeof(*side->seconds));
	if (!side->seconds || runs == 0)
		errx(2, "RUNS must be a number of runs");
	while (goes_on) {
		char **end;

		if (side->count == MAX_STEPS)
			errx(2, "a side has at most %d steps", MAX_STEPS);
		end = read_step(word, &side->steps[side->count++]);
		if (!end)
			return NULL;
		goes_on = strcmp(*end, "+") == 0;
		*end = NULL;
		word = end + 1;
	}
	return word;
}

int main(int argc, char **argv)
{
	static struct side sides[MAX_SIDES];
	unsigned long rounds, runs;
	char **word = argv + 3;
	size_t count = 0;

	if (argc < 4)
		errx(2, "usage: take_turns ROUNDS RUNS SIDE -- SIDE...");
	rounds = strtoul(argv[1], NULL, 10);
	runs = strtoul(argv[2], NULL, 10);
	home = open_or_end("/proc/self/ns/mnt", O_RDONLY);
	nothing = open_or_end("/dev/null", O_RDWR);
	while (word) {
		if (count == MAX_SIDES)
			errx(2, "at most %d sides", MAX_SIDES);
		word = read_side(word, &sides[count++], runs);
	}
	/* Warms up: files, caches, branch predictors. */
	for (size_t i = 0; i < count; i++)
		(void)run_side(&sides[i]);
	for (unsigned long round = 0; round < rounds; round++) {
		for (unsigned long i = 0; i < runs; i++) {
			/* Each is the first as often as any other. */
			for (size_t j = 0; j < count; j++) {
				struct side *side = &sides[(i + j) % count];

				side->seconds[i] = run_side(side);
			}
		}
		for (size_t j = 0; j < count; j++)
			printf("%.9f%c", lower_quartile(sides[j].seconds, runs), j + 1 < count ? ' ' : '\n');
		fflush(stdout);
	}
	for (size_t j = 0; j < count; j++)
		free(sides[j].seconds);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every fault at every call of every story; one line of TAP for each story and kind.
 *
 * usage: enumerate [--story NAME]... [--kind NAME]... [--sample N [--turn N]] [--call PROCESS.CALL] [-v]
 *        enumerate --list stories|kinds|pairs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/emulator.h"
#include "faults/inject.h"
#include "faults/stories.h"

#define MAX_WORDS 32
/* Exceptions of one kind that are told in full. */
#define MAX_TOLD 5

struct words {
	const char *word[MAX_WORDS];
	size_t count;
};

struct options {
	struct words story, kind;
	unsigned process, call; /* call 0: all of them */
	unsigned sample;	/* each call meets one of so many error numbers */
	unsigned turn;		/* which one; another turn begins elsewhere */
	bool verbose;
};

struct sums {
	unsigned injections, exceptions, told;
};

static bool wanted(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strcmp(words->word[i], word) == 0)
			return true;
	}
	return words->count == 0;
}

static void print_indented(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("#   %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void tell(const struct story *story, const struct kind *kind, unsigned process, unsigned call,
		 const struct run *run, const struct finding *finding)
{
	printf("# %s %s %u.%u %s: wait status %#x\n", story->name, kind->name, process, call,
	       run->call[0] ? run->call : "(no such call)", (unsigned)run->status);
	print_indented(run->errors);
	print_indented(finding->text);
}

/* Kinds like the error numbers are many, and many calls treat them alike: of the other kinds a sample has
 * five times as much. */
#define OTHERS_SHARE 5

/* With --sample, calls and kinds take turns: as many runs as the sample, one turn each, leave out none. */
static bool skipped(const struct kind *kind, unsigned call, const struct options *options)
{
	unsigned share = kind->many ? options->sample : (options->sample + OTHERS_SHARE - 1) / OTHERS_SHARE;

	return (call + (unsigned)(kind - kinds) + options->turn) % share != 0;
}

static void inject(const struct story *story, const struct kind *kind, unsigned process, unsigned call,
		   const struct options *options, struct sums *sums, struct run *run)
{
	static struct finding finding;

	story_run(story, kind, process, call, run, &finding);
	sums->injections += run->applied;
	if (finding.text[0])
		sums->exceptions++;
	if (options->verbose || (finding.text[0] && sums->told++ < MAX_TOLD))
		tell(story, kind, process, call, run, &finding);
}

/* Until a run ends untouched. Returns how many processes that run had. */
static unsigned inject_process(const struct story *story, const struct kind *kind, unsigned process,
			       const struct options *options, struct sums *sums)
{
	struct run run = { .reached = true };

	for (unsigned call = 1; run.reached; call++) {
		if (!skipped(kind, call, options))
			inject(story, kind, process, call, options, sums, &run);
	}
	return run.processes;
}

/* The first process is the program: when it hangs for good, that ends like a kill, if it may hang at all. */
static void inject_all(const struct story *story, const struct kind *kind, const struct options *options,
		       struct sums *sums)
{
	unsigned process = kind->workers_only ? 1 : 0;
	struct run run;

	if (options->call) {
		inject(story, kind, options->process, options->call, options, sums, &run);
		return;
	}
	while (process < inject_process(story, kind, process, options, sums))
		process++;
}

static int enumerate(const struct options *options)
{
	struct options whole = *options;
	struct sums total = { 0 };

	whole.sample = 1;
	for (size_t s = 0; s < story_count; s++) {
		for (size_t k = 0; k < kind_count; k++) {
			struct sums sums = { 0 };
			bool good;

			if (!wanted(&options->story, stories[s].name) ||
			    !wanted(&options->kind, kinds[k].name))
				continue;
			if (!kind_befalls(&kinds[k], &stories[s]))
				continue;
			inject_all(&stories[s], &kinds[k], options, &sums);
			/* A sample may miss what few calls can meet. */
			if (sums.injections == 0)
				inject_all(&stories[s], &kinds[k], &whole, &sums);
			good = sums.exceptions == 0 && sums.injections > 0;
			printf("%s - %s, %s: %u injections, %u exceptions\n", good ? "ok" : "not ok",
			       stories[s].name, kinds[k].name, sums.injections, sums.exceptions);
			fflush(stdout);
			total.injections += sums.injections;
			total.exceptions += sums.exceptions;
		}
	}
	printf("# %u injections, %u exceptions\n", total.injections, total.exceptions);
	return total.injections > 0 && total.exceptions == 0 ? 0 : 1;
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: enumerate [--story NAME]... [--kind NAME]... [--sample N [--turn N]] "
			"[--call PROCESS.CALL] [-v]\n       enumerate --list stories|kinds|pairs\n");
	exit(2);
}

static void list_pairs(void)
{
	for (size_t s = 0; s < story_count; s++) {
		for (size_t k = 0; k < kind_count; k++) {
			if (kind_befalls(&kinds[k], &stories[s]))
				printf("%s %s\n", stories[s].name, kinds[k].name);
		}
	}
}

static _Noreturn void list(const char *what)
{
	if (strcmp(what, "pairs") == 0) {
		list_pairs();
		exit(0);
	}
	for (size_t i = 0; strcmp(what, "stories") == 0 && i < story_count; i++)
		printf("%s ", stories[i].name);
	for (size_t i = 0; strcmp(what, "kinds") == 0 && i < kind_count; i++)
		printf("%s ", kinds[i].name);
	printf("\n");
	exit(0);
}

static bool is_story(const char *word)
{
	for (size_t i = 0; i < story_count; i++) {
		if (strcmp(stories[i].name, word) == 0)
			return true;
	}
	return false;
}

static bool is_kind(const char *word)
{
	for (size_t i = 0; i < kind_count; i++) {
		if (strcmp(kinds[i].name, word) == 0)
			return true;
	}
	return false;
}

static void parse(int argc, char **argv, struct options *out)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "-v") == 0)
			out->verbose = true;
		else if (strcmp(argv[i], "--list") == 0)
			list(value);
		else if (strcmp(argv[i], "--sample") == 0 &&
			 (out->sample = (unsigned)strtoul(value, NULL, 10)) > 0)
			i++;
		else if (strcmp(argv[i], "--turn") == 0 && value[0])
			out->turn = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--story") == 0 && is_story(value) && out->story.count < MAX_WORDS)
			out->story.word[out->story.count++] = argv[++i];
		else if (strcmp(argv[i], "--kind") == 0 && is_kind(value) && out->kind.count < MAX_WORDS)
			out->kind.word[out->kind.count++] = argv[++i];
		else if (strcmp(argv[i], "--call") == 0 &&
			 sscanf(value, "%u.%u", &out->process, &out->call) == 2 && out->call > 0)
			i++;
		else
			usage();
	}
}

int main(int argc, char **argv)
{
	struct options options = { .sample = 1 };
	pid_t pid;
	int status;

	emulator_main(argc, argv);
	parse(argc, argv, &options);
	/* Process 1 of a pid namespace is not what a libvirt daemon is: leave that place to a mere onlooker.
	 */
	pid = getpid() == 1 ? fork() : 0;
	if (pid > 0) {
		while (waitpid(pid, &status, 0) < 0)
			;
		return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
	}
	inject_begin();
	return enumerate(&options);
}

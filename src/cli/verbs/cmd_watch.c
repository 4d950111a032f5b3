/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag watch: a line for each change of this host, until its reader is gone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/output/state.h"
#include "cli/verb.h"
#include "flow/view/watch.h"

static const char *const kinds[] = {
	[WATCH_READY] = "ready",       [WATCH_LEASE] = "lease",	      [WATCH_HELD] = "held",
	[WATCH_FINDING] = "finding",   [WATCH_REGISTRY] = "registry", [WATCH_DEVICE] = "device",
	[WATCH_OVERFLOW] = "overflow",
};

/* ---- for programs -------------------------------------------------------------------------------------- */

static void put_lease(struct json_object *object, const struct lease *lease)
{
	struct json_object *addresses;

	json_put_string(object, "domain", lease ? lease->domain : NULL);
	json_put_string(object, "state", lease ? lease_state_name(lease->state) : NULL);
	addresses = json_put_array(object, "addresses");
	for (size_t i = 0; lease && i < lease->member_count; i++)
		json_add_address(addresses, &lease->members[i].addr);
	for (size_t i = 0; lease && i < lease->hostdev_count; i++)
		json_add_address(addresses, &lease->hostdevs[i].addr);
}

static void put_event(struct json_object *object, const struct watch_event *event)
{
	json_put_string(object, "change", event->change);
	switch (event->kind) {
	case WATCH_LEASE:
		json_put_string(object, "uuid", event->name);
		put_lease(object, event->lease);
		break;
	case WATCH_HELD:
		json_put_string(object, "address", event->name);
		put_lease(object, event->lease);
		break;
	case WATCH_FINDING:
		json_put_string(object, "address", event->name);
		json_put_string(object, "state",
				event->finding ? pci_condition_name(event->finding->condition) : NULL);
		json_put_string(object, "reason", event->finding ? event->finding->evidence : NULL);
		break;
	case WATCH_REGISTRY:
		json_put_string(object, "file", event->name);
		break;
	case WATCH_DEVICE:
		json_put_address(object, "address", &event->device->addr);
		json_put_string(object, "driver", event->device->driver);
		break;
	case WATCH_READY:
	case WATCH_OVERFLOW:
		break;
	}
}

static void print_json(const struct watch_event *event)
{
	struct json_object *object = json_object_new_object();

	json_put_string(object, "event", kinds[event->kind]);
	if (event->kind == WATCH_READY) {
		json_put_int(object, "version", JSON_OUTPUT_VERSION);
		json_put_string(object, "unseen", event->unseen);
	} else if (event->kind != WATCH_OVERFLOW) {
		put_event(object, event);
	}
	json_output_print_line(object);
}

/* ---- for people ---------------------------------------------------------------------------------------- */

static void print_lease(const char *time, const struct watch_event *event)
{
	const struct lease *lease = event->lease;
	char text[ERROR_MSG_LEN] = "", addr[PCI_ADDR_LEN];

	for (size_t i = 0; lease && i < lease->member_count; i++)
		text_append(text, sizeof(text), " %s", pci_addr_format(&lease->members[i].addr, addr));
	if (!lease)
		print_line("%s  %s %s %s", time, kinds[event->kind], event->name, event->change);
	else if (event->kind == WATCH_LEASE)
		print_line("%s  lease of domain '%s' %s, %s:%s", time, lease->domain, event->change,
			   lease_state_name(lease->state), text);
	else
		print_line("%s  %s held after its use by domain '%s': %s", time, event->name, lease->domain,
			   event->change);
}

static void print_text(const struct watch_event *event)
{
	char now[LOCAL_TIME_LEN], addr[PCI_ADDR_LEN];

	local_time(time(NULL), now);
	switch (event->kind) {
	case WATCH_READY:
		print_line("%s  ready%s%s", now, event->unseen[0] ? "; not seen: " : "", event->unseen);
		break;
	case WATCH_LEASE:
	case WATCH_HELD:
		print_lease(now, event);
		break;
	case WATCH_FINDING:
		print_line("%s  finding about %s %s%s%s", now, event->name, event->change,
			   event->finding ? ": " : "", event->finding ? event->finding->evidence : "");
		break;
	case WATCH_REGISTRY:
		print_line("%s  registry: %s %s", now, event->name, event->change);
		break;
	case WATCH_DEVICE:
		print_line("%s  device %s %s%s%s", now, pci_addr_format(&event->device->addr, addr),
			   event->change, event->device->driver[0] ? ", driver " : "", event->device->driver);
		break;
	case WATCH_OVERFLOW:
		print_line("%s  changes were lost: everything may have changed", now);
		break;
	}
}

static bool print_event(const struct watch_event *event, void *context)
{
	const struct arguments *arguments = context;

	if (arguments->json)
		print_json(event);
	else
		print_text(event);
	return fflush(stdout) == 0;
}

/* ---- how it ends --------------------------------------------------------------------------------------- */

/* A pipe or a socket on standard input says, when it is closed, that the reader is gone. */
static bool is_connection(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static int open_signals(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	fd = sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -1 : signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot wait for a signal") : fd;
}

static int run(const struct arguments *arguments)
{
	struct error err;
	CLEANUP_CLOSE int signals = open_signals(&err);
	const struct pollfd ends[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = is_connection(STDIN_FILENO) ? STDIN_FILENO : -1, .events = POLLRDHUP },
	};

	if (signals < 0 || flow_watch(&host_paths, ends, ARRAY_SIZE(ends), print_event,
				      (void *)(uintptr_t)arguments, &err) < 0)
		return report(&err);
	return EXIT_DONE;
}

const struct verb verb_watch = {
	.name = "watch",
	.help = "a line for each change of leases, devices and the registry, as it happens",
	.run = run,
};

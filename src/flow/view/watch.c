/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/deadline.h"
#include "flow/view/health.h"
#include "host/store/findings.h"
#include "host/store/used_devices.h"
#include "host/watch/device_events.h"
#include "host/watch/directory_watch.h"

/* More events of devices that are not told yet are an overflow: each reader reads everything anew then. */
#define PENDING_MAX 4096
#define UNSEEN_LEN 512

/* The directories, in the order of watch.directories. */
enum place { LEASES, HELD, FINDINGS, REGISTRY, REGISTRY_MORE, PLACES };

struct watch {
	const struct paths *paths;
	watch_tell_fn *tell;
	void *context;
	bool is_over; /* the reader is gone */

	char names[PLACES][PATH_MAX];
	struct directory_watch directories;
	struct file_list files[PLACES];
	struct lease_list leases, held;
	struct finding_list findings;

	struct device_events *devices; /* NULL: cannot be received */
	struct device_event *pending;  /* owned */
	size_t pending_count;
	bool has_overflowed;

	struct deadline latest; /* while something is to be told */
	bool has_news;
	char unseen[UNSEEN_LEN];
};

static const char *const suffixes[PLACES] = { ".json", ".json", ".json", ".ini", ".ini" };

static void watch_clear(struct watch *watch)
{
	directory_watch_close(&watch->directories);
	for (size_t i = 0; i < PLACES; i++)
		file_list_clear(&watch->files[i]);
	lease_list_clear(&watch->leases);
	lease_list_clear(&watch->held);
	finding_list_clear(&watch->findings);
	device_events_close(&watch->devices);
	free(watch->pending);
}

static void emit(struct watch *watch, const struct watch_event *event)
{
	watch->is_over = watch->is_over || !watch->tell(event, watch->context);
}

/* ---- what the files say ------------------------------------------------------------------------------- */

/* What cannot be read is told without a domain; `pcitag leases` says why. */
static void read_leases(const struct watch *watch, struct lease_list *out)
{
	struct error err;

	if (health_read_leases(watch->paths, out, &err) < 0)
		lease_list_clear(out);
}

static void read_held(struct lease_list *out)
{
	struct error err;

	*out = (struct lease_list){ 0 };
	if (used_devices_load(out, &err) < 0)
		lease_list_clear(out);
}

static void read_findings(struct finding_list *out)
{
	struct error err;

	*out = (struct finding_list){ 0 };
	if (findings_load(out, &err) < 0)
		finding_list_clear(out);
}

static const struct lease *find_lease(const struct lease_list *list, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->leases[i]->uuid, uuid) == 0)
			return list->leases[i];
	}
	return NULL;
}

static const struct lease *find_held(const struct lease_list *list, const char *address)
{
	struct pci_addr addr;

	return pci_addr_parse(address, &addr) == 0 ? lease_list_find_owner(list, &addr, PCI_NO_GROUP, "")
						   : NULL;
}

static const struct finding *find_finding(const struct finding_list *list, const char *address)
{
	struct pci_addr addr;

	for (size_t i = 0; pci_addr_parse(address, &addr) == 0 && i < list->count; i++) {
		if (pci_addr_equal(&list->items[i].addr, &addr))
			return &list->items[i];
	}
	return NULL;
}

/* ---- how they have changed ---------------------------------------------------------------------------- */

/* What was read before and after a change. */
struct comparison {
	struct watch *watch;
	enum place place;
	const struct lease_list *leases_before, *leases_after;
	const struct finding_list *findings_before, *findings_after;
};

static void describe_lease(const struct comparison *c, enum file_change change, struct watch_event *event)
{
	const struct lease *(*find)(const struct lease_list *, const char *) =
		c->place == LEASES ? find_lease : find_held;
	const struct lease *before = find(c->leases_before, event->name);

	event->lease = change == FILE_REMOVED ? before : find(c->leases_after, event->name);
	if (change != FILE_REMOVED && event->lease && event->lease->state == LEASE_QUARANTINED &&
	    (!before || before->state != LEASE_QUARANTINED))
		event->change = "quarantined";
}

static void tell_of_file(enum file_change change, const char *name, void *context)
{
	static const enum watch_kind kinds[PLACES] = { WATCH_LEASE, WATCH_HELD, WATCH_FINDING, WATCH_REGISTRY,
						       WATCH_REGISTRY };
	const struct comparison *c = context;
	char text[PATH_MAX + FILE_NAME_LEN];
	struct watch_event event = { .kind = kinds[c->place],
				     .change = file_change_name(change),
				     .name = text };

	if (event.kind == WATCH_REGISTRY)
		snprintf(text, sizeof(text), "%s/%s", c->watch->names[c->place], name);
	else
		snprintf(text, sizeof(text), "%.*s", (int)(strlen(name) - strlen(".json")), name);
	if (event.kind == WATCH_LEASE || event.kind == WATCH_HELD)
		describe_lease(c, change, &event);
	else if (event.kind == WATCH_FINDING)
		event.finding = find_finding(change == FILE_REMOVED ? c->findings_before : c->findings_after,
					     event.name);
	emit(c->watch, &event);
}

/* The files are listed before they are read: what changes between is told again, and not missed. */
static int look_at(struct watch *watch, enum place place, bool is_told, struct error *err)
{
	struct finding_list findings = { 0 };
	struct lease_list leases = { 0 };
	struct file_list files;
	struct comparison c = { watch, place, NULL, &leases, &watch->findings, &findings };
	struct lease_list *known = place == LEASES ? &watch->leases : &watch->held;

	if (directory_watch_list(watch->names[place], suffixes[place], &files, err) < 0) {
		file_list_clear(&files);
		return -1;
	}
	if (place == LEASES)
		read_leases(watch, &leases);
	else if (place == HELD)
		read_held(&leases);
	else if (place == FINDINGS)
		read_findings(&findings);
	c.leases_before = known;
	if (is_told)
		file_list_compare(&watch->files[place], &files, tell_of_file, &c);
	file_list_clear(&watch->files[place]);
	watch->files[place] = files;
	if (place == LEASES || place == HELD) {
		lease_list_clear(known);
		*known = leases;
	} else if (place == FINDINGS) {
		finding_list_clear(&watch->findings);
		watch->findings = findings;
	}
	return 0;
}

/* ---- devices ------------------------------------------------------------------------------------------ */

/* What is the same as something that is not told yet is not told twice. */
static void note_device(struct watch *watch, const struct device_event *event)
{
	for (size_t i = watch->pending_count; i-- > 0;) {
		if (!pci_addr_equal(&watch->pending[i].addr, &event->addr))
			continue;
		if (device_event_equal(&watch->pending[i], event))
			return;
		break;
	}
	if (watch->pending_count == PENDING_MAX ||
	    !ARRAY_APPEND(watch->pending, watch->pending_count, *event))
		watch->has_overflowed = true;
}

static int read_devices(struct watch *watch, struct error *err)
{
	struct device_event event;
	int rc;

	while ((rc = device_events_next(watch->devices, &event, err)) != DEVICE_EVENTS_NONE) {
		if (rc < 0)
			return -1;
		if (rc == DEVICE_EVENTS_LOST)
			watch->has_overflowed = true;
		else
			note_device(watch, &event);
	}
	return 0;
}

static void tell_devices(struct watch *watch)
{
	for (size_t i = 0; i < watch->pending_count; i++) {
		struct watch_event event = { .kind = WATCH_DEVICE,
					     .change = device_change_name(watch->pending[i].change),
					     .device = &watch->pending[i] };

		emit(watch, &event);
	}
	watch->pending_count = 0;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static void note_unseen(struct watch *watch, const char *what, int code)
{
	text_append(watch->unseen, sizeof(watch->unseen), "%s%s: %s", watch->unseen[0] ? "; " : "", what,
		    strerror(code));
}

static int begin(struct watch *watch, struct error *err)
{
	const char *paths[PLACES];
	struct error why;

	snprintf(watch->names[LEASES], PATH_MAX, "%s/leases", watch->paths->run);
	snprintf(watch->names[HELD], PATH_MAX, USED_DEVICES_DIR);
	snprintf(watch->names[FINDINGS], PATH_MAX, FINDINGS_DIR);
	snprintf(watch->names[REGISTRY], PATH_MAX, "%s", watch->paths->etc);
	snprintf(watch->names[REGISTRY_MORE], PATH_MAX, "%s/registry.d", watch->paths->etc);
	for (size_t i = 0; i < PLACES; i++)
		paths[i] = watch->names[i];
	if (directory_watch_open(paths, PLACES, &watch->directories, err) < 0)
		return -1;
	if (device_events_open(&watch->devices, &why) < 0)
		note_unseen(watch, "devices", why.code);
	for (size_t i = 0; i < PLACES; i++) {
		if (watch->directories.directories[i].refused)
			note_unseen(watch, paths[i], watch->directories.directories[i].refused);
		if (look_at(watch, (enum place)i, false, err) < 0)
			return -1;
	}
	emit(watch, &(struct watch_event){ .kind = WATCH_READY, .unseen = watch->unseen });
	return 0;
}

static int tell_news(struct watch *watch, struct error *err)
{
	bool is_lost = watch->has_overflowed || watch->directories.has_overflowed;

	watch->has_news = watch->has_overflowed = watch->directories.has_overflowed = false;
	if (is_lost)
		emit(watch, &(struct watch_event){ .kind = WATCH_OVERFLOW });
	for (size_t i = 0; i < PLACES; i++) {
		if (!watch->directories.directories[i].has_changed)
			continue;
		watch->directories.directories[i].has_changed = false;
		if (look_at(watch, (enum place)i, true, err) < 0)
			return -1;
	}
	tell_devices(watch);
	return 0;
}

static bool is_news(const struct watch *watch)
{
	bool has_changed = watch->pending_count || watch->has_overflowed || watch->directories.has_overflowed;

	for (size_t i = 0; i < PLACES; i++)
		has_changed = has_changed || watch->directories.directories[i].has_changed;
	return has_changed;
}

/* Milliseconds until what is known is to be told; -1: there is nothing. */
static int patience(const struct watch *watch)
{
	int left = deadline_left(watch->latest);

	return !watch->has_news ? -1 : left < WATCH_QUIET_MS ? left : WATCH_QUIET_MS;
}

/* Waits for the next thing. Returns 0; 1 when the watch is to end; or -1. */
static int step(struct watch *watch, struct pollfd *fds, size_t ends, struct error *err)
{
	size_t count = ends + 1 + (watch->devices != NULL);
	int ready = poll(fds, count, patience(watch));

	if (ready < 0 && errno != EINTR)
		return error_set(err, errno, "cannot wait for changes");
	for (size_t i = 0; ready > 0 && i < ends; i++) {
		if (fds[i].revents)
			return 1;
	}
	if (ready > 0 && (directory_watch_read(&watch->directories, err) < 0 ||
			  (watch->devices && read_devices(watch, err) < 0)))
		return -1;
	if (!watch->has_news && is_news(watch)) {
		watch->has_news = true;
		watch->latest = deadline_in(WATCH_LATEST_MS);
	}
	if (watch->has_news && (ready == 0 || deadline_left(watch->latest) == 0))
		return tell_news(watch, err);
	return 0;
}

int flow_watch(const struct paths *paths, const struct pollfd *ends, size_t end_count, watch_tell_fn *tell,
	       void *context, struct error *err)
{
	CLEANUP(watch_clear) struct watch watch = { .paths = paths, .tell = tell, .context = context };
	struct pollfd fds[WATCH_ENDS_MAX + 2];
	int rc;

	watch.directories = DIRECTORY_WATCH_CLOSED;
	if (begin(&watch, err) < 0)
		return -1;
	memcpy(fds, ends, end_count * sizeof(*ends));
	fds[end_count] = (struct pollfd){ .fd = watch.directories.fd, .events = POLLIN };
	fds[end_count + 1] = (struct pollfd){ .fd = watch.devices ? device_events_fd(watch.devices) : -1,
					      .events = POLLIN };
	do {
		rc = watch.is_over ? 1 : step(&watch, fds, end_count, err);
	} while (rc == 0);
	return rc < 0 ? -1 : 0;
}

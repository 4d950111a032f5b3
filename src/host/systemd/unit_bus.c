/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/systemd/unit_bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

/* D-Bus Specification, "Well-known Message Bus Instances". */
#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"

#define SERVICE "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"
#define UNIT SERVICE ".Unit"

/* Maximum length of a job's object path and of its result, with the NUL. */
#define JOB_LEN 128
#define RESULT_LEN 32

struct unit_bus {
	sd_bus *bus;
	char job[JOB_LEN];	 /* the job that is waited for */
	char result[RESULT_LEN]; /* of that job, "" while it runs */
};

static int fail(int rc, const char *what, const sd_bus_error *error, struct error *err)
{
	if (error && sd_bus_error_is_set(error))
		return error_set(err, 0, "%s: systemd says: %s", what,
				 error->message ? error->message : error->name);
	return error_set(err, -rc, "%s", what);
}

int unit_bus_open(struct unit_bus **out, struct error *err)
{
	struct unit_bus *made = calloc(1, sizeof(*made));
	int rc;

	*out = NULL;
	if (!made)
		return error_set(err, ENOMEM, "no memory for a connection to systemd");
	rc = sd_bus_new(&made->bus);
	if (rc >= 0)
		rc = sd_bus_set_address(made->bus, SYSTEM_BUS);
	if (rc >= 0)
		rc = sd_bus_set_bus_client(made->bus, 1);
	if (rc >= 0)
		rc = sd_bus_start(made->bus);
	if (rc < 0) {
		unit_bus_close(&made);
		return fail(rc, "cannot reach systemd on the system bus", NULL, err);
	}
	*out = made;
	return 0;
}

void unit_bus_close(struct unit_bus **bus)
{
	if (!*bus)
		return;
	(void)sd_bus_flush_close_unref((*bus)->bus);
	free(*bus);
	*bus = NULL;
}

static int read_property(struct unit_bus *bus, const char *path, const char *name, char *buf, size_t size,
			 struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *text = NULL;
	int rc = sd_bus_get_property_string(bus->bus, SERVICE, path, UNIT, name, &error, &text);

	if (rc < 0)
		(void)fail(rc, "cannot read the state of a unit", &error, err);
	else if (strlen(text) >= size || strpbrk(text, " \n"))
		rc = error_set(err, 0, "systemd's %s of a unit cannot be understood", name);
	else
		strcpy(buf, text);
	sd_bus_error_free(&error);
	free(text);
	return rc < 0 ? -1 : 0;
}

static int read_facts(struct unit_bus *bus, const char *path, struct unit_facts *out, struct error *err)
{
	if (read_property(bus, path, "Id", out->id, sizeof(out->id), err) < 0 ||
	    read_property(bus, path, "LoadState", out->load, sizeof(out->load), err) < 0)
		return -1;
	return read_property(bus, path, "ActiveState", out->active, sizeof(out->active), err);
}

int unit_bus_read(struct unit_bus *bus, const char *unit, struct unit_facts *out, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *path = NULL;
	int rc = sd_bus_call_method(bus->bus, SERVICE, MANAGER_PATH, MANAGER, "LoadUnit", &error, &reply, "s",
				    unit);

	*out = (struct unit_facts){ 0 };
	if (rc >= 0)
		rc = sd_bus_message_read(reply, "o", &path);
	rc = rc < 0 ? fail(rc, "cannot ask for a unit", &error, err) : read_facts(bus, path, out, err);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return rc < 0 ? error_prefix(err, "%s", unit) : 0;
}

/* ---- jobs ------------------------------------------------------------------------------------------- */

/* org.freedesktop.systemd1(5), JobRemoved: its number, its path, the unit, the result. */
static int job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct unit_bus *bus = context;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0)
		return 0;
	if (strcmp(job, bus->job) == 0)
		snprintf(bus->result, sizeof(bus->result), "%s", result);
	return 0;
}

/* Without Subscribe, systemd sends no signals of jobs. */
static int listen_for_jobs(struct unit_bus *bus, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int rc = sd_bus_match_signal(bus->bus, NULL, SERVICE, MANAGER_PATH, MANAGER, "JobRemoved",
				     job_removed, bus);

	if (rc >= 0)
		rc = sd_bus_call_method(bus->bus, SERVICE, MANAGER_PATH, MANAGER, "Subscribe", &error, NULL,
					NULL);
	if (rc < 0)
		rc = fail(rc, "cannot wait for systemd's jobs", &error, err);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

static int begin_job(struct unit_bus *bus, const char *method, const char *unit, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *job;
	int rc = sd_bus_call_method(bus->bus, SERVICE, MANAGER_PATH, MANAGER, method, &error, &reply, "ss",
				    unit, "replace");
	/* systemd itself refuses: no such unit, masked, ... Other errors may be those of the connection. */
	bool is_refused = rc < 0 && error.name && strncmp(error.name, SERVICE ".", strlen(SERVICE ".")) == 0;

	if (rc >= 0)
		rc = sd_bus_message_read(reply, "o", &job);
	if (rc >= 0)
		snprintf(bus->job, sizeof(bus->job), "%s", job);
	else
		(void)fail(rc, "systemd accepts no job", &error, err);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return rc >= 0 ? 0 : is_refused ? UNIT_BUS_FAILED : -1;
}

/* A signal that came before the answer that names the job is still queued: only sd_bus_process() takes it. */
static int await_job(struct unit_bus *bus, struct error *err)
{
	while (!bus->result[0]) {
		int rc = sd_bus_process(bus->bus, NULL);

		if (rc == 0)
			rc = sd_bus_wait(bus->bus, UINT64_MAX);
		if (rc < 0 && rc != -EINTR)
			return error_set(err, -rc, "the connection to systemd ended before the job did");
	}
	return 0;
}

static int run_job(struct unit_bus *bus, const char *method, const char *unit, struct error *err)
{
	struct unit_facts facts;
	int rc = listen_for_jobs(bus, err);

	if (rc == 0)
		rc = begin_job(bus, method, unit, err);
	if (rc == 0)
		rc = await_job(bus, err);
	if (rc < 0)
		return error_prefix(err, "%s", unit);
	if (rc == 0 && strcmp(bus->result, "done") == 0)
		return 0;
	if (rc == 0)
		(void)error_set(err, 0, "the result of systemd's job is %s", bus->result);
	(void)error_prefix(err, "%s", unit);
	if (unit_bus_read(bus, unit, &facts, NULL) == 0) {
		struct error why = *err;

		(void)error_set(err, 0, "%s; it is %s", why.msg, facts.active);
	}
	return UNIT_BUS_FAILED;
}

int unit_bus_stop(struct unit_bus *bus, const char *unit, struct error *err)
{
	return run_job(bus, "StopUnit", unit, err);
}

int unit_bus_start(struct unit_bus *bus, const char *unit, struct error *err)
{
	return run_job(bus, "StartUnit", unit, err);
}

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
#define UNIT_OF_SERVICE SERVICE ".Service"

/* Maximum length of a job's object path and of its result, with the NUL. */
#define JOB_LEN 128
#define RESULT_LEN 32

/* Maximum length of a unit's object path, with the NUL: each byte of a name may become three. */
#define OBJECT_LEN (3 * UNIT_NAME_LEN + 64)

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

static int read_text(struct unit_bus *bus, const char *path, const char *interface, const char *name,
		     char *buf, size_t size, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *text = NULL;
	int rc = sd_bus_get_property_string(bus->bus, SERVICE, path, interface, name, &error, &text);

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

static int read_property(struct unit_bus *bus, const char *path, const char *name, char *buf, size_t size,
			 struct error *err)
{
	return read_text(bus, path, UNIT, name, buf, size, err);
}

/* @type: "t" for a uint64_t in @out, "i" for an int32_t (D-Bus Specification, "Type System"). */
static int read_number(struct unit_bus *bus, const char *path, const char *interface, const char *name,
		       char type, void *out, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int rc = sd_bus_get_property_trivial(bus->bus, SERVICE, path, interface, name, &error, type, out);

	if (rc < 0)
		(void)fail(rc, "cannot read the state of a unit", &error, err);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

static int read_facts(struct unit_bus *bus, const char *path, struct unit_facts *out, struct error *err)
{
	if (read_property(bus, path, "Id", out->id, sizeof(out->id), err) < 0 ||
	    read_property(bus, path, "LoadState", out->load, sizeof(out->load), err) < 0)
		return -1;
	return read_property(bus, path, "ActiveState", out->active, sizeof(out->active), err);
}

/* Loads the unit. @path: receives that of its object */
static int find_object(struct unit_bus *bus, const char *unit, char path[static OBJECT_LEN],
		       struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *found = NULL;
	int rc = sd_bus_call_method(bus->bus, SERVICE, MANAGER_PATH, MANAGER, "LoadUnit", &error, &reply, "s",
				    unit);

	if (rc >= 0)
		rc = sd_bus_message_read(reply, "o", &found);
	if (rc < 0)
		(void)fail(rc, "cannot ask for a unit", &error, err);
	else if (strlen(found) >= OBJECT_LEN)
		rc = error_set(err, 0, "systemd's path of a unit is too long");
	else
		strcpy(path, found);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

int unit_bus_read(struct unit_bus *bus, const char *unit, struct unit_facts *out, struct error *err)
{
	char path[OBJECT_LEN];

	*out = (struct unit_facts){ 0 };
	if (find_object(bus, unit, path, err) < 0 || read_facts(bus, path, out, err) < 0)
		return error_prefix(err, "%s", unit);
	return 0;
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

int unit_bus_queue(struct unit_bus *bus, const char *unit, struct error *err)
{
	int rc = begin_job(bus, "StartUnit", unit, err);

	return rc != 0 ? (error_prefix(err, "%s", unit), rc) : 0;
}

/* ---- a run that proves something --------------------------------------------------------------------- */

/* What is asked of the unit before and after. */
struct service_facts {
	char active[UNIT_STATE_LEN];
	char type[UNIT_STATE_LEN];   /* its Type= */
	char result[UNIT_STATE_LEN]; /* "success", or in which way it failed */
	int32_t status;		     /* exit code or signal of its last main process */
	uint64_t begun;		     /* when it was last started, in microseconds; 0: never */
};

/* Until the connection ends, systemd keeps what it knows of the unit. */
static int keep_loaded(struct unit_bus *bus, const char *unit, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int rc = sd_bus_call_method(bus->bus, SERVICE, MANAGER_PATH, MANAGER, "RefUnit", &error, NULL, "s",
				    unit);

	if (rc < 0)
		(void)fail(rc, "systemd does not keep the unit loaded", &error, err);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

static int read_service(struct unit_bus *bus, const char *path, struct service_facts *out, struct error *err)
{
	static const char service[] = UNIT_OF_SERVICE;

	*out = (struct service_facts){ 0 };
	if (read_property(bus, path, "ActiveState", out->active, sizeof(out->active), err) < 0 ||
	    read_text(bus, path, service, "Type", out->type, sizeof(out->type), err) < 0 ||
	    read_text(bus, path, service, "Result", out->result, sizeof(out->result), err) < 0 ||
	    read_number(bus, path, service, "ExecMainStatus", 'i', &out->status, err) < 0)
		return -1;
	return read_number(bus, path, UNIT, "InactiveExitTimestampMonotonic", 't', &out->begun, err);
}

static int refuse_unfit(const struct service_facts *before, struct error *err)
{
	if (strcmp(before->type, "oneshot") != 0)
		return error_refuse(err, UNIT_BUS_FAILED,
				    "it is of Type=%s, whose start proves nothing; write Type=oneshot",
				    before->type);
	if (strcmp(before->active, "inactive") != 0 && strcmp(before->active, "failed") != 0)
		return error_refuse(err, UNIT_BUS_FAILED,
				    "it is %s already; stop it, and let it have no RemainAfterExit",
				    before->active);
	return 0;
}

/* How it failed: by its exit code, a signal, or as systemd calls it ("timeout", "resources"). */
static int tell_failure(const struct service_facts *after, struct error *err)
{
	if (strcmp(after->result, "exit-code") == 0)
		return error_refuse(err, UNIT_BUS_FAILED, "exit code %d", (int)after->status);
	if (strcmp(after->result, "signal") == 0 || strcmp(after->result, "core-dump") == 0)
		return error_refuse(err, UNIT_BUS_FAILED, "ended by signal %d", (int)after->status);
	return error_refuse(err, UNIT_BUS_FAILED, "it failed; systemd calls the result %s", after->result);
}

static int check_run(const struct unit_bus *bus, const struct service_facts *before,
		     const struct service_facts *after, struct error *err)
{
	if (strcmp(after->result, "success") != 0)
		return tell_failure(after, err);
	if (strcmp(bus->result, "done") != 0)
		return error_refuse(err, UNIT_BUS_FAILED, "the result of systemd's job is %s", bus->result);
	if (after->begun <= before->begun)
		return error_refuse(err, UNIT_BUS_FAILED, "it did not run: a condition of it does not hold");
	if (strcmp(after->active, "inactive") != 0)
		return error_refuse(err, UNIT_BUS_FAILED,
				    "it is %s after its end; let it have no RemainAfterExit", after->active);
	return 0;
}

static int run_service(struct unit_bus *bus, const char *unit, struct error *err)
{
	struct service_facts before, after;
	char path[OBJECT_LEN];
	int rc = keep_loaded(bus, unit, err);

	if (rc == 0)
		rc = find_object(bus, unit, path, err);
	if (rc == 0)
		rc = read_service(bus, path, &before, err);
	if (rc == 0)
		rc = refuse_unfit(&before, err);
	if (rc == 0)
		rc = listen_for_jobs(bus, err);
	if (rc == 0)
		rc = begin_job(bus, "StartUnit", unit, err);
	if (rc == 0)
		rc = await_job(bus, err);
	if (rc == 0)
		rc = read_service(bus, path, &after, err);
	return rc == 0 ? check_run(bus, &before, &after, err) : rc;
}

int unit_bus_run(struct unit_bus *bus, const char *unit, struct error *err)
{
	int rc = run_service(bus, unit, err);

	if (rc != 0)
		(void)error_prefix(err, "%s", unit);
	return rc;
}

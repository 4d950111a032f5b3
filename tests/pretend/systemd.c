/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for systemd, where pcitag-units looks for it: the socket of the system bus. It answers as the
 *bus and as systemd do (LoadUnit, properties of a unit, StopUnit, StartUnit, JobRemoved), and its units have
 * processes, each in the control group that its unit says.
 *
 * usage: systemd        serves until it is killed; prints "ready"
 *
 * A unit is a file UNITS/NAME:
 *	alias=NAME		another name of that unit
 *	load=WORD		its LoadState; "loaded" is the default
 *	stop=WORD, start=WORD	how such a job goes: "ok"; "fail"; "hang"; "half": fails when all is done;
 *				"refuse": there is no job; "idle": it succeeds, and does nothing
 *	type=WORD		its Type; "simple" is the default. One that is "oneshot" has no processes;
 *				when its start is "ok", it has run and ended. Others: "fail" ends with exit=N;
 *				"skip": a condition does not hold; "stay": it is active after its end;
 *				"kill": ended by signal 9
 *	exit=N			of a start that fails
 *	node=PATH		its process has this open
 *	session=ID UID PATH	a session that it began, whose process has PATH open
 *	lasting=ID UID PATH	one that does not end with it: it is a unit session-ID.scope
 *	user=UID PATH		a process of the user's manager, with PATH open, that ends with the unit
 * UNITS/NAME.state has its ActiveState and the process group of its processes, UNITS/log the jobs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define SOCKET "/run/dbus/system_bus_socket"
#define UNITS "/run/pretend-units"
#define SESSIONS "/run/systemd/sessions"
#define SERVICE "org.freedesktop.systemd1"
#define ROOT "/org/freedesktop/systemd1"
#define WORD_LEN 300

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "systemd: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void write_file(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void note(const char *verb, const char *unit)
{
	char line[2 * WORD_LEN];

	snprintf(line, sizeof(line), "%s %s\n", verb, unit);
	write_file(UNITS "/log", O_APPEND, line);
}

/* ---- what a unit's file says -------------------------------------------------------------------------- */

/* The n-th value of a key, or NULL. */
static const char *value_of(const char *unit, const char *key, int n, char buf[static WORD_LEN])
{
	char path[WORD_LEN * 2];
	FILE *file;
	bool found = false;

	snprintf(path, sizeof(path), UNITS "/%s", unit);
	file = fopen(path, "re");
	while (file && !found && fgets(buf, WORD_LEN, file)) {
		size_t len = strlen(key);

		buf[strcspn(buf, "\n")] = '\0';
		found = strncmp(buf, key, len) == 0 && buf[len] == '=' && n-- == 0;
		if (found)
			memmove(buf, buf + len + 1, strlen(buf + len));
	}
	if (file)
		fclose(file);
	return found ? buf : NULL;
}

static bool says(const char *unit, const char *key, const char *word)
{
	char buf[WORD_LEN];
	const char *value = value_of(unit, key, 0, buf);

	return value && strcmp(value, word) == 0;
}

static bool is_there(const char *unit)
{
	char path[WORD_LEN * 2];

	snprintf(path, sizeof(path), UNITS "/%s", unit);
	return access(path, F_OK) == 0;
}

/* The unit's own name; of an instance without a file, its template is asked. */
static const char *own_name(const char *unit, char buf[static WORD_LEN])
{
	const char *alias = value_of(unit, "alias", 0, buf);

	return alias ? alias : unit;
}

/* ---- its state ---------------------------------------------------------------------------------------- */

static void read_state(const char *unit, char state[static WORD_LEN], pid_t *group)
{
	char path[WORD_LEN * 2];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), UNITS "/%s.state", unit);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%299s %d", state, &pid) < 1)
		strcpy(state, "inactive");
	if (file)
		fclose(file);
	*group = pid;
}

static void write_state(const char *unit, const char *state, pid_t group)
{
	char path[WORD_LEN * 2], text[WORD_LEN * 2];

	snprintf(path, sizeof(path), UNITS "/%s.state", unit);
	snprintf(text, sizeof(text), "%s %d\n", state, (int)group);
	write_file(path, O_TRUNC, text);
}

/* ---- its processes ------------------------------------------------------------------------------------ */

/* What the kernel would tell of a process in that group. */
static void enter_cgroup(const char *cgroup)
{
	char path[64], shown[64], text[2 * WORD_LEN];

	snprintf(path, sizeof(path), UNITS "/.cgroup-%d", (int)getpid());
	snprintf(shown, sizeof(shown), "/proc/%d/cgroup", (int)getpid());
	snprintf(text, sizeof(text), "0::%s\n", cgroup);
	write_file(path, O_TRUNC, text);
	if (mount(path, shown, NULL, MS_BIND, NULL) < 0)
		die(shown);
	unlink(path);
}

static _Noreturn void hold(const char *name, const char *cgroup, const char *node, int ready)
{
	int fd = node && node[0] ? open(node, O_RDONLY) : 0;

	if (fd < 0)
		die(node);
	if (cgroup)
		enter_cgroup(cgroup);
	(void)prctl(PR_SET_NAME, name);
	if (write(ready, "x", 1) != 1)
		die("pipe");
	close(ready);
	for (;;)
		pause();
}

static void write_session(const char *id, const char *uid, pid_t leader)
{
	char path[2 * WORD_LEN], text[4 * WORD_LEN];

	mkdir("/run/systemd", 0755);
	mkdir(SESSIONS, 0755);
	snprintf(path, sizeof(path), SESSIONS "/%s", id);
	snprintf(text, sizeof(text),
		 "# "
		 "private\nUID=%s\nACTIVE=1\nSTATE=active\nTYPE=wayland\nCLASS=user\nSCOPE=session-%s."
		 "scope\nSEAT=seat0\nLEADER=%d\n",
		 uid, id, (int)leader);
	write_file(path, O_TRUNC, text);
}

static void end_sessions(const char *unit)
{
	char buf[WORD_LEN], path[WORD_LEN * 2], id[WORD_LEN];

	if (sscanf(unit, "session-%299[^.].scope", id) == 1) {
		snprintf(path, sizeof(path), SESSIONS "/%s", id);
		unlink(path);
	}
	for (int i = 0; value_of(unit, "session", i, buf); i++) {
		if (sscanf(buf, "%299s", id) != 1)
			continue;
		snprintf(path, sizeof(path), SESSIONS "/%s", id);
		unlink(path);
	}
}

/* True when the session is a unit of its own, and has outlived the one that began it. */
static bool lasts(const char *id, char scope[static WORD_LEN])
{
	char state[WORD_LEN];
	pid_t group;

	snprintf(scope, WORD_LEN, "session-%.100s.scope", id);
	read_state(scope, state, &group);
	return group > 0;
}

static void begin_scope(const char *scope, pid_t group)
{
	char path[2 * WORD_LEN];

	snprintf(path, sizeof(path), UNITS "/%s", scope);
	write_file(path, 0, "");
	write_state(scope, "active", group);
}

/* @key: "session" or "lasting". Returns how many it has begun. */
static int spawn_sessions(const char *unit, const char *key, int ready)
{
	char buf[WORD_LEN], id[WORD_LEN], uid[WORD_LEN], node[WORD_LEN], cgroup[4 * WORD_LEN],
		scope[WORD_LEN];
	bool is_lasting = strcmp(key, "lasting") == 0;
	int count = 0;

	for (int i = 0; value_of(unit, key, i, buf); i++) {
		pid_t pid;

		node[0] = '\0';
		if (sscanf(buf, "%299s %299s %299s", id, uid, node) < 2 || lasts(id, scope))
			continue;
		snprintf(cgroup, sizeof(cgroup), "/user.slice/user-%s.slice/session-%s.scope", uid, id);
		pid = fork();
		if (pid == 0) {
			if (is_lasting)
				setsid();
			hold("compositor", cgroup, node, ready);
		}
		write_session(id, uid, pid);
		if (is_lasting)
			begin_scope(scope, pid);
		count++;
	}
	return count;
}

/* Its children are those of the unit's main process, as a display manager's are. Returns how many. */
static int spawn_children(const char *unit, int ready)
{
	char buf[WORD_LEN], uid[WORD_LEN], node[WORD_LEN], cgroup[4 * WORD_LEN];
	int count = spawn_sessions(unit, "session", ready) + spawn_sessions(unit, "lasting", ready);

	for (int i = 0; value_of(unit, "user", i, buf); i++) {
		if (sscanf(buf, "%299s %299s", uid, node) != 2)
			continue;
		snprintf(cgroup, sizeof(cgroup),
			 "/user.slice/user-%s.slice/user@%s.service/session.slice/shell.service", uid, uid);
		if (fork() == 0)
			hold("shell", cgroup, node, ready);
		count++;
	}
	return count;
}

static _Noreturn void become_main(const char *unit, int ready)
{
	char cgroup[2 * WORD_LEN], node[WORD_LEN];
	int fds[2];
	char c;

	setsid();
	(void)signal(SIGCHLD, SIG_IGN);
	snprintf(cgroup, sizeof(cgroup), "/system.slice/%s", unit);
	enter_cgroup(cgroup);
	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe");
	for (int left = spawn_children(unit, fds[1]); left > 0; left--) {
		if (read(fds[0], &c, 1) != 1)
			die("child");
	}
	hold("unit-main", NULL, value_of(unit, "node", 0, node), ready);
}

static void begin_processes(const char *unit)
{
	int fds[2];
	pid_t pid;
	char c;

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		for (int fd = 3; fd < 64; fd++) {
			if (fd != fds[1])
				close(fd);
		}
		become_main(unit, fds[1]);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &c, 1) != 1)
		die(unit);
	close(fds[0]);
	write_state(unit, "active", pid);
}

static void end_processes(const char *unit, const char *state)
{
	char old[WORD_LEN];
	pid_t group;

	read_state(unit, old, &group);
	if (group > 0) {
		kill(-group, SIGKILL);
		/* Its files are closed when it is gone. */
		for (int i = 0; i < 500 && kill(-group, 0) == 0; i++)
			usleep(2000);
	}
	end_sessions(unit);
	write_state(unit, state, 0);
}

/* ---- jobs --------------------------------------------------------------------------------------------- */

static int lock_units(void)
{
	int fd = open(UNITS "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		die("lock");
	return fd;
}

/* How often a oneshot was started; systemd has the time of the last one. */
static unsigned read_runs(const char *unit)
{
	char path[WORD_LEN * 2];
	unsigned runs = 0;
	FILE *file;

	snprintf(path, sizeof(path), UNITS "/%s.runs", unit);
	file = fopen(path, "re");
	if (file && fscanf(file, "%u", &runs) != 1)
		runs = 0;
	if (file)
		fclose(file);
	return runs;
}

static void write_runs(const char *unit, unsigned runs)
{
	char path[WORD_LEN * 2], text[16];

	snprintf(path, sizeof(path), UNITS "/%s.runs", unit);
	snprintf(text, sizeof(text), "%u\n", runs);
	write_file(path, O_TRUNC, text);
}

static const char *do_oneshot(const char *unit)
{
	if (says(unit, "start", "skip"))
		return "done";
	write_runs(unit, read_runs(unit) + 1);
	if (says(unit, "start", "fail") || says(unit, "start", "kill")) {
		write_state(unit, "failed", 0);
		return "failed";
	}
	write_state(unit, says(unit, "start", "stay") ? "active" : "inactive", 0);
	return "done";
}

/* Returns the job's result, or NULL for one that does not end. */
static const char *do_stop(const char *unit)
{
	char state[WORD_LEN];
	pid_t group;

	read_state(unit, state, &group);
	if (strcmp(state, "activating") == 0)
		write_state(unit, "inactive", 0);
	if (strcmp(state, "active") != 0 && strcmp(state, "deactivating") != 0)
		return "done";
	if (says(unit, "stop", "hang")) {
		write_state(unit, "deactivating", group);
		return NULL;
	}
	if (says(unit, "stop", "fail"))
		return "failed";
	if (says(unit, "stop", "idle"))
		return "done";
	end_processes(unit, says(unit, "stop", "half") ? "failed" : "inactive");
	return says(unit, "stop", "half") ? "failed" : "done";
}

static const char *do_start(const char *unit)
{
	char state[WORD_LEN];
	pid_t group;

	read_state(unit, state, &group);
	if (strcmp(state, "active") == 0)
		return "done";
	if (strcmp(state, "deactivating") == 0) {
		/* The new job replaces that of the stop. */
		write_state(unit, "active", group);
		return "done";
	}
	if (says(unit, "start", "hang")) {
		write_state(unit, "activating", 0);
		return NULL;
	}
	if (says(unit, "type", "oneshot"))
		return do_oneshot(unit);
	if (says(unit, "start", "fail")) {
		write_state(unit, "failed", 0);
		return "failed";
	}
	begin_processes(unit);
	return "done";
}

static int emit_removed(sd_bus *bus, const char *unit, const char *result)
{
	sd_bus_message *signal = NULL;
	int rc = sd_bus_message_new_signal(bus, &signal, ROOT, SERVICE ".Manager", "JobRemoved");

	if (rc >= 0)
		rc = sd_bus_message_set_sender(signal, ":1.0");
	if (rc >= 0)
		rc = sd_bus_message_append(signal, "uoss", 7, ROOT "/job/7", unit, result);
	if (rc >= 0)
		rc = sd_bus_send(bus, signal, NULL);
	sd_bus_message_unref(signal);
	return rc;
}

static int run_job(sd_bus_message *call, bool is_stop)
{
	sd_bus *bus = sd_bus_message_get_bus(call);
	char buf[WORD_LEN];
	const char *name, *mode, *unit, *result;
	int lock, rc = sd_bus_message_read(call, "ss", &name, &mode);

	if (rc < 0)
		return rc;
	unit = own_name(name, buf);
	if (!is_there(unit) || says(unit, is_stop ? "stop" : "start", "refuse"))
		return sd_bus_reply_method_errorf(call, SERVICE ".NoSuchUnit", "Unit %s not loaded.", name);
	lock = lock_units();
	note(is_stop ? "stop" : "start", unit);
	result = is_stop ? do_stop(unit) : do_start(unit);
	close(lock);
	rc = sd_bus_reply_method_return(call, "o", ROOT "/job/7");
	if (rc >= 0 && result)
		rc = emit_removed(bus, unit, result);
	return rc < 0 ? rc : 1;
}

/* ---- the bus ------------------------------------------------------------------------------------------ */

static int load_unit(sd_bus_message *call)
{
	char *path = NULL;
	const char *unit;
	int rc = sd_bus_message_read(call, "s", &unit);

	if (rc >= 0)
		rc = sd_bus_path_encode(ROOT "/unit", unit, &path);
	if (rc >= 0)
		rc = sd_bus_reply_method_return(call, "o", path);
	free(path);
	return rc < 0 ? rc : 1;
}

static const char *service_result(const char *unit, const char *state)
{
	if (strcmp(state, "failed") != 0)
		return "success";
	return says(unit, "start", "kill") ? "signal" : "exit-code";
}

/* What a service tells of its run. Returns what sd_bus_reply_method_return() does, or 0 for other names. */
static int get_run(sd_bus_message *call, const char *unit, const char *name)
{
	char exit_code[WORD_LEN];

	if (strcmp(name, "InactiveExitTimestampMonotonic") == 0)
		return sd_bus_reply_method_return(call, "v", "t", (uint64_t)read_runs(unit));
	if (strcmp(name, "ExecMainStatus") != 0)
		return 0;
	if (says(unit, "start", "kill"))
		return sd_bus_reply_method_return(call, "v", "i", 9);
	return sd_bus_reply_method_return(call, "v", "i",
					  value_of(unit, "exit", 0, exit_code) ? atoi(exit_code) : 0);
}

static int get_property(sd_bus_message *call)
{
	char *unit = NULL, alias[WORD_LEN], load[WORD_LEN], state[WORD_LEN], type[WORD_LEN];
	const char *interface, *name, *own, *value;
	pid_t group;
	int rc = sd_bus_message_read(call, "ss", &interface, &name);

	if (rc >= 0)
		rc = sd_bus_path_decode(sd_bus_message_get_path(call), ROOT "/unit", &unit);
	if (rc <= 0)
		return rc < 0 ? rc : -EINVAL;
	own = own_name(unit, alias);
	read_state(own, state, &group);
	rc = get_run(call, own, name);
	if (rc != 0) {
		free(unit);
		return rc < 0 ? rc : 1;
	}
	if (strcmp(name, "Type") == 0)
		value = value_of(own, "type", 0, type) ? type : "simple";
	else if (strcmp(name, "Result") == 0)
		value = service_result(own, state);
	else if (strcmp(name, "Id") == 0)
		value = own;
	else if (strcmp(name, "LoadState") == 0)
		value = !is_there(own) ? "not-found" : value_of(own, "load", 0, load) ? load : "loaded";
	else
		value = state;
	rc = sd_bus_reply_method_return(call, "v", "s", value);
	free(unit);
	return rc < 0 ? rc : 1;
}

static int answer(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(call);

	(void)context;
	(void)error;
	if (!sd_bus_message_is_method_call(call, NULL, NULL))
		return 0;
	if (strcmp(member, "Hello") == 0)
		return sd_bus_reply_method_return(call, "s", ":1.1");
	if (strcmp(member, "LoadUnit") == 0)
		return load_unit(call);
	if (strcmp(member, "Get") == 0)
		return get_property(call);
	if (strcmp(member, "StopUnit") == 0 || strcmp(member, "StartUnit") == 0)
		return run_job(call, strcmp(member, "StopUnit") == 0);
	return sd_bus_reply_method_return(call, NULL); /* AddMatch, RemoveMatch, Subscribe, RefUnit */
}

static _Noreturn void serve(int fd)
{
	sd_bus *bus;
	sd_id128_t id;
	int rc;

	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_id128_randomize(&id) < 0 ||
	    sd_bus_set_server(bus, 1, id) < 0 || sd_bus_add_filter(bus, NULL, answer, NULL) < 0 ||
	    sd_bus_start(bus) < 0)
		_exit(1); /* who connected has gone already */
	do {
		rc = sd_bus_process(bus, NULL);
		if (rc == 0)
			rc = sd_bus_wait(bus, UINT64_MAX);
	} while (rc >= 0);
	_exit(0);
}

int main(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)mkdir("/run/dbus", 0755);
	(void)mkdir(UNITS, 0755);
	(void)unlink(SOCKET);
	(void)signal(SIGCHLD, SIG_IGN);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 16) < 0)
		die(SOCKET);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && errno != EINTR)
			die("accept");
		if (fd >= 0 && fork() == 0)
			serve(fd);
		if (fd >= 0)
			close(fd);
	}
}

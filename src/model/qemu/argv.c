/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu/argv.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "model/lease/domain.h"

/* The result for an option that was inspected. */
enum { REPLACED, KEPT };

static int push(char ***words, size_t *count, char *word, struct error *err)
{
	/* There is always room for the NULL. */
	char **grown = array_grow(*words, *count + 1, sizeof(*grown));

	if (!grown)
		return error_set(err, ENOMEM, "no memory for QEMU's command line");
	*words = grown;
	(*words)[(*count)++] = word;
	(*words)[*count] = NULL;
	return 0;
}

static int push_word(struct qemu_launch *out, char *word, struct error *err)
{
	return push(&out->argv, &out->argc, word, err);
}

/* Takes ownership of @word. */
static int push_made(struct qemu_launch *out, char *word, struct error *err)
{
	if (push(&out->made, &out->made_count, word, err) < 0) {
		free(word);
		return -1;
	}
	return push_word(out, word, err);
}

static int push_devices(struct qemu_launch *out, char *word, char *values[], size_t count, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		if (r < 0)
			free(values[i]);
		else if (push_word(out, word, err) < 0 || push_made(out, values[i], err) < 0)
			r = -1;
	}
	return r;
}

static int swap(struct qemu_launch *out, char *word, const struct qemu_option *option,
		const struct qemu_resolver *resolver, struct error *err)
{
	const char *path = qemu_device_placeholder(option);
	char *values[PCI_FUNCTIONS];
	struct qemu_grant grant = { .is_without = false };
	size_t count;

	if (qemu_device_check(option, err) < 0 || resolver->resolve(resolver->context, path, &grant, err) < 0)
		return -1;
	if (grant.is_without)
		return REPLACED;
	if (qemu_device_swap(option, &grant, values, &count, err) < 0 ||
	    push_devices(out, word, values, count, err) < 0)
		return -1;
	out->placeholders++;
	return REPLACED;
}

static int device(struct qemu_launch *out, char *word, const char *text, const struct qemu_resolver *resolver,
		  struct error *err)
{
	struct qemu_option option;
	struct error why;
	int r = KEPT;

	if (!strstr(text, PLACEHOLDER_DIR))
		return KEPT;
	if (qemu_option_parse(text, "driver", &option, &why) < 0) {
		/* Without "evdev" the path is part of an unrelated id or file name. */
		if (strstr(text, "evdev"))
			r = error_set(err, 0,
				      "cannot read the -device that names a placeholder, '%.256s': %s",
				      strstr(text, PLACEHOLDER_DIR), why.msg);
	} else if (qemu_device_placeholder(&option)) {
		r = swap(out, word, &option, resolver, err);
	}
	qemu_option_clear(&option);
	return r;
}

static int object(const char *text, struct error *err)
{
	struct qemu_option option;
	const char *type, *evdev;
	int r = KEPT;

	if (!strstr(text, VFIO_CONTAINER_PATH) && !strstr(text, PLACEHOLDER_DIR))
		return KEPT;
	if (qemu_option_parse(text, "qom-type", &option, NULL) == 0) {
		type = qemu_option_string(&option, "qom-type");
		evdev = qemu_option_string(&option, "evdev");
		if (qemu_device_placeholder(&option))
			r = error_set(err, 0,
				      "placeholder '%.256s' is the evdev of an object, which has no PCI "
				      "address in the guest: write <input type='passthrough' bus='virtio'> "
				      "instead of <input type='evdev'>",
				      evdev);
		else if (type && evdev && strcmp(type, "input-linux") == 0 &&
			 strcmp(evdev, VFIO_CONTAINER_PATH) == 0)
			r = REPLACED;
	}
	qemu_option_clear(&option);
	return r;
}

static int rewrite(char *const argv[], const struct qemu_resolver *resolver, struct qemu_launch *out,
		   struct error *err)
{
	for (size_t i = 1; argv[0] && argv[i]; i++) {
		const char *text;
		int r = KEPT;

		if ((text = qemu_option_value(argv, i, "device")))
			r = device(out, argv[i], text, resolver, err);
		else if ((text = qemu_option_value(argv, i, "object")))
			r = object(text, err);
		if (r < 0)
			return -1;
		if (r == REPLACED)
			i++;
		else if (push_word(out, argv[i], err) < 0)
			return -1;
	}
	return 0;
}

int qemu_argv_rewrite(const char *emulator, char *const argv[], const struct qemu_resolver *resolver,
		      struct qemu_launch *out, struct error *err)
{
	char *own = strdup(emulator);

	*out = (struct qemu_launch){ 0 };
	if (!own)
		return error_set(err, ENOMEM, "no memory for QEMU's command line");
	if (push_made(out, own, err) < 0 || rewrite(argv, resolver, out, err) < 0)
		return -1;
	if (out->placeholders == 0)
		return 0;
	return qemu_memlock_compute(out->argv, out->placeholders, &out->memlock, err);
}

void qemu_launch_clear(struct qemu_launch *launch)
{
	for (size_t i = 0; i < launch->made_count; i++)
		free(launch->made[i]);
	free(launch->made);
	free(launch->argv);
	*launch = (struct qemu_launch){ 0 };
}

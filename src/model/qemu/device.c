/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/lease/domain.h"

#define SYSFS_DEVICES "/sys/bus/pci/devices/"
#define DRIVER_PLACEHOLDER "virtio-input-host-pci"
#define DRIVER_VFIO "vfio-pci"

const char *qemu_device_placeholder(const struct qemu_option *option)
{
	const char *evdev = qemu_option_string(option, "evdev");

	return evdev && strncmp(evdev, PLACEHOLDER_DIR, strlen(PLACEHOLDER_DIR)) == 0 ? evdev : NULL;
}

int qemu_device_check(const struct qemu_option *option, struct error *err)
{
	/* Any of these would contradict the grant, and QEMU uses the last one given. */
	static const char *const devices[] = { "host", "sysfsdev", "fd", "iommufd" };
	const char *driver = qemu_option_string(option, "driver");

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		if (json_object_object_get_ex(option->props, devices[i], NULL))
			return error_set(err, 0,
					 "placeholder '%.256s' also names a device by '%s': leave that out, "
					 "the placeholder stands for one already",
					 qemu_device_placeholder(option), devices[i]);
	}
	if (driver && strcmp(driver, DRIVER_PLACEHOLDER) == 0)
		return 0;
	return error_set(
		err, 0,
		"placeholder '%.256s' is the evdev of a %.64s device, which has no PCI address in the guest: "
		"write <input type='passthrough' bus='virtio'> in a domain with a PCI bus",
		qemu_device_placeholder(option), driver ? driver : "nameless");
}

/* Keys that only virtio devices have; libvirt: src/qemu/qemu_command.c, qemuBuildVirtioDevProps. */
static bool of_virtio(const char *key)
{
	static const char *const keys[] = { "iommu_platform", "ats",	       "packed", "page-per-vq",
					    "disable-legacy", "disable-modern" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

/* Adds @item, which it takes over, or replaces the current value in place. False when out of memory. */
static bool put(struct qemu_option *option, const char *key, struct json_object *item)
{
	if (item && json_object_object_add(option->props, key, item) == 0)
		return true;
	json_object_put(item);
	return false;
}

static bool put_string(struct qemu_option *option, const char *key, const char *text)
{
	return put(option, key, json_object_new_string(text));
}

static bool put_sysfsdev(struct qemu_option *option, const struct pci_addr *addr)
{
	char path[sizeof(SYSFS_DEVICES) + PCI_ADDR_LEN] = SYSFS_DEVICES;

	pci_addr_format(addr, path + strlen(SYSFS_DEVICES));
	return put_string(option, "sysfsdev", path);
}

static bool put_addr(struct qemu_option *option, unsigned slot, unsigned function)
{
	char text[sizeof("0x1f.0x7")];

	/* The format that libvirt writes: src/qemu/qemu_command.c, qemuBuildDeviceAddressProps. */
	snprintf(text, sizeof(text), "0x%x.0x%x", slot & 0x1fU, function & 7U);
	return put_string(option, "addr", text);
}

/* Parses a hexadecimal number of at most @max at *text and moves *text past it. */
static bool take_hex(const char **text, unsigned max, unsigned *out)
{
	unsigned long value;
	char *end;

	if (!**text || !strchr("0123456789abcdefABCDEF", **text))
		return false;
	value = strtoul(*text, &end, 16);
	*text = end;
	*out = (unsigned)value;
	return value <= max;
}

static bool read_addr_text(const char *text, unsigned *slot, unsigned *function)
{
	*function = 0;
	if (!take_hex(&text, 0x1f, slot))
		return false;
	if (*text == '.') {
		text++;
		if (!take_hex(&text, PCI_FUNCTIONS - 1, function))
			return false;
	}
	return *text == '\0';
}

/*
 * Parses the guest address as QEMU does (hw/core/qdev-properties-system.c, set_pci_devfn): a string is "slot"
 * or "slot.function", both hexadecimal; a number is slot * 8 + function. False without a valid address.
 */
static bool read_guest_addr(const struct qemu_option *option, unsigned *slot, unsigned *function)
{
	const char *text = qemu_option_string(option, "addr");
	struct json_object *item;
	int64_t devfn;

	if (text)
		return read_addr_text(text, slot, function);
	if (!json_object_object_get_ex(option->props, "addr", &item) ||
	    !json_object_is_type(item, json_type_int))
		return false;
	devfn = json_object_get_int64(item);
	if (devfn < 0 || devfn > 0xff)
		return false;
	*slot = (unsigned)devfn >> 3;
	*function = (unsigned)devfn & 7;
	return true;
}

static unsigned guest_function(const struct qemu_grant *grant, unsigned function)
{
	unsigned lowest = 0;

	while (lowest < grant->addr.function && !(grant->functions & (1U << lowest)))
		lowest++;
	return function == lowest ? 0 : function;
}

/* The function that matched gets the placeholder's keys, except driver, evdev and the virtio keys. */
static bool matched(const struct qemu_option *from, const struct qemu_grant *grant, struct qemu_option *to)
{
	json_object_object_foreach(from->props, key, val)
	{
		bool ok;

		if (of_virtio(key))
			continue;
		/* json-c represents a JSON null as NULL. It is passed on, and QEMU refuses it. */
		if (!val)
			ok = json_object_object_add(to->props, key, NULL) == 0;
		else if (strcmp(key, "driver") == 0)
			ok = put_string(to, "driver", DRIVER_VFIO);
		else if (strcmp(key, "evdev") == 0)
			ok = put_sysfsdev(to, &grant->addr);
		else
			ok = put(to, key, json_object_get(val));
		if (!ok)
			return false;
	}
	return true;
}

/* Another function of the same slot gets only the placeholder's location. */
static bool sibling(const struct qemu_option *from, const struct pci_addr *addr, struct qemu_option *to)
{
	const char *id = qemu_option_string(from, "id");
	CLEANUP_FREE char *own = NULL;
	struct json_object *bus;

	if (id && asprintf(&own, "%s-fn%u", id, (unsigned)addr->function) < 0) {
		own = NULL;
		return false;
	}
	return put_string(to, "driver", DRIVER_VFIO) && put_sysfsdev(to, addr) &&
	       (!own || put_string(to, "id", own)) &&
	       (!json_object_object_get_ex(from->props, "bus", &bus) || put(to, "bus", json_object_get(bus)));
}

static struct json_object *option_value(const struct device_option *option, bool json)
{
	char path[sizeof(ROM_DIR) + ROM_NAME_LEN];

	if (option->kind == OPTION_ROM) {
		snprintf(path, sizeof(path), ROM_DIR "%s", option->value);
		return json_object_new_string(path);
	}
	/* QEMU takes no string for these in JSON, and only strings in the other format. */
	if (json && option->kind == OPTION_SWITCH)
		return json_object_new_boolean((json_bool)option->number);
	if (json && option->kind != OPTION_WORD)
		return json_object_new_int64(option->number);
	return json_object_new_string(option->value);
}

static bool put_options(struct qemu_option *to, const struct device_options *options, bool is_matched)
{
	struct device_option option;

	for (const char *at = options->text; device_options_next(&at, &option);) {
		if ((!is_matched && !option.of_every_function) ||
		    json_object_object_get_ex(to->props, option.name, NULL))
			continue;
		if (!put(to, option.name, option_value(&option, to->json)))
			return false;
	}
	return true;
}

static char *write_function(const struct qemu_option *option, const struct qemu_grant *grant,
			    unsigned function, const unsigned *slot)
{
	struct pci_addr addr = grant->addr;
	bool is_matched = function == grant->addr.function;
	unsigned guest = guest_function(grant, function);
	struct qemu_option made = *option;
	char *text = NULL;
	bool ok;

	made.props = json_object_new_object();
	if (!made.props)
		return NULL;
	addr.function = (uint8_t)function;
	ok = is_matched ? matched(option, grant, &made) : sibling(option, &addr, &made);
	if (ok && slot && guest == 0)
		ok = put(&made, "multifunction",
			 made.json ? json_object_new_boolean(1) : json_object_new_string("on"));
	/* A matched function 0 already has the right address, as libvirt wrote it. */
	if (ok && slot && (guest != 0 || !is_matched))
		ok = put_addr(&made, *slot, guest);
	if (ok && put_options(&made, &grant->options, is_matched))
		text = qemu_option_format(&made);
	qemu_option_clear(&made);
	return text;
}

static int check_slot(const struct qemu_option *option, const struct qemu_grant *grant, unsigned *slot,
		      struct error *err)
{
	char host[PCI_ADDR_LEN];
	unsigned function;

	if (read_guest_addr(option, slot, &function) && function == 0)
		return 0;
	return error_set(err, 0,
			 "placeholder '%.256s' stands for several functions of %s, which need a guest slot "
			 "of their own: leave its <address> out, or write one with function='0x0'",
			 qemu_device_placeholder(option), pci_addr_format(&grant->addr, host));
}

int qemu_device_swap(const struct qemu_option *option, const struct qemu_grant *grant,
		     char *out[static PCI_FUNCTIONS], size_t *count, struct error *err)
{
	unsigned first = grant->addr.function;
	bool several = (grant->functions & ~(1U << first)) != 0;
	unsigned slot = 0;

	*count = 0;
	if (several && check_slot(option, grant, &slot, err) < 0)
		return -1;
	for (unsigned i = 0; i <= PCI_FUNCTIONS; i++) {
		/* The function that matched comes first, regardless of its number. */
		unsigned function = i == 0 ? first : i - 1;

		if (i > 0 && (function == first || !(grant->functions & (1U << function))))
			continue;
		out[*count] = write_function(option, grant, function, several ? &slot : NULL);
		if (!out[*count])
			goto no_memory;
		(*count)++;
	}
	return 0;

no_memory:
	while (*count)
		free(out[--*count]);
	return error_set(err, ENOMEM, "no memory to swap placeholder '%.256s'",
			 qemu_device_placeholder(option));
}

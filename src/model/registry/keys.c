/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of a section of the registry: one function per key, and one table of all keys. */
#include "model/registry/registry.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "model/registry/settings.h"
#include "model/registry/unit_keys.h"

#define BLANKS " \t"

/* ---- hexadecimal values -------------------------------------------------------------------------- */

static const char *skip_0x(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
}

/* Returns the length of @text when all characters are hex digits, otherwise 0. */
static size_t hex_digits(const char *text)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");

	return text[len] == '\0' ? len : 0;
}

/* Parses exactly 4 hex digits, with or without 0x. */
static bool take_id(const char *text, uint16_t *out)
{
	text = skip_0x(text);
	if (hex_digits(text) != 4)
		return false;
	*out = (uint16_t)strtoul(text, NULL, 16);
	return true;
}

/* Parses "19e5:d500". */
static bool take_pair(const char *text, uint16_t *first, uint16_t *second)
{
	const char *colon = strchr(text, ':');
	char left[8];

	if (!colon || (size_t)(colon - text) >= sizeof(left))
		return false;
	memcpy(left, text, (size_t)(colon - text));
	left[colon - text] = '\0';
	return take_id(left, first) && take_id(colon + 1, second);
}

/* Reports which common mistake @value is: a pair, a class code, a wrong length, a name. */
static int refuse_id(const char *key, const char *value, struct error *err)
{
	const char *digits = skip_0x(value);
	size_t len = hex_digits(digits);
	uint16_t vendor, device;

	if (take_pair(value, &vendor, &device))
		return error_set(
			err, 0, "%s = %s holds two ids; write vendor = %04x and device = %04x on a line each",
			key, value, vendor, device);
	if (len == 6)
		return error_set(err, 0,
				 "%s = %s has 6 digits: that is a class code, not an id; write the 4 digits "
				 "lspci -nn shows in brackets, and class = %.4s to narrow by class",
				 key, value, digits);
	if (len > 0)
		return error_set(
			err, 0,
			"%s = %.100s has %zu digit%s; an id has 4 hex digits, as lspci -nn shows in brackets",
			key, value, len, len == 1 ? "" : "s");
	return error_set(
		err, 0,
		"%s: invalid id %.100s; write the 4 hex digits that lspci -nn shows in brackets, not a name",
		key, value);
}

static int set_vendor(struct model *model, const char *key, const char *value, struct error *err)
{
	if (!take_id(value, &model->vendor))
		return refuse_id(key, value, err);
	/* Configuration space reads as this value when no function answers. */
	if (model->vendor == 0 || model->vendor == 0xffff)
		return error_set(err, 0,
				 "vendor = %s is what an absent device reads as; write the first 4 digits of "
				 "the pair lspci -nn shows in brackets",
				 value);
	return 0;
}

static int set_device(struct model *model, const char *key, const char *value, struct error *err)
{
	const char *at = value;
	size_t count = 0;

	if (strcmp(value, "*") == 0) {
		model->any_device = true;
		return 0;
	}
	/* An error in one word of a list is reported for that word. */
	do {
		char word[80];
		size_t len = strcspn(at, " \t,");
		uint16_t id;

		if (len == 0 || len >= sizeof(word))
			return refuse_id(key, value, err);
		memcpy(word, at, len);
		word[len] = '\0';
		if (!take_id(word, &id))
			return refuse_id(key, word, err);
		if (count > MODEL_MORE_DEVICES)
			return error_set(err, 0,
					 "%s names more than %d ids; write another section of the same type, "
					 "or device = * and a class",
					 key, MODEL_MORE_DEVICES + 1);
		*(count ? &model->more_devices[count - 1] : &model->device) = id;
		count++;
		at += len;
		at += strspn(at, " \t,");
	} while (*at);
	model->more_count = count - 1;
	return 0;
}

static int set_subsystem(struct model *model, const char *key, const char *value, struct error *err)
{
	model->has_subsystem = take_pair(value, &model->subsystem_vendor, &model->subsystem_device);
	if (model->has_subsystem)
		return 0;
	return error_set(err, 0,
			 "%s: invalid pair of ids %.100s; write VVVV:DDDD, the 4+4 hex digits that lspci "
			 "-nnv shows behind Subsystem, such as 19e5:0100",
			 key, value);
}

static int set_class(struct model *model, const char *key, const char *value, struct error *err)
{
	struct pci_device device = { 0 };
	size_t len = hex_digits(skip_0x(value));

	if (len != 2 && len != 4 && len != 6)
		return error_set(err, 0,
				 "%s: invalid class code %.100s; write the 4 hex digits that lspci -nn shows "
				 "behind the name of the class, such as 0302, or 2 or 6 of them",
				 key, value);
	model->class_digits = (unsigned)len;
	model->class_code = (uint32_t)strtoul(skip_0x(value), NULL, 16);
	device.id.class_code = model->class_code << (24 - 4 * len);
	if (len >= 4 && pci_device_is_host_function(&device))
		return error_set(err, 0,
				 "%s = %s is plumbing of the host (0500, 0600, 0601, 0604 and 0c05 are never "
				 "given to a guest); write the class of the device itself",
				 key, value);
	return 0;
}

static int set_revision(struct model *model, const char *key, const char *value, struct error *err)
{
	if (hex_digits(skip_0x(value)) != 2)
		return error_set(err, 0,
				 "%s: invalid revision %.100s; write the 2 hex digits that lspci -nn shows "
				 "behind rev, such as a1",
				 key, value);
	model->has_revision = true;
	model->revision = (uint8_t)strtoul(skip_0x(value), NULL, 16);
	return 0;
}

/* ---- lists ------------------------------------------------------------------------------------------ */

static int split(const char *key, const char *value, struct pattern_list *list, struct error *err)
{
	return pattern_list_split(key, value, REGISTRY_PATTERNS_MAX,
				  "patterns; use * in them, or write a second model of the same type", list,
				  err);
}

/* For address and exclude. */
static int set_addresses(struct model *model, const char *key, const char *value, struct error *err)
{
	struct pattern_list *list = strcmp(key, "exclude") == 0 ? &model->exclude : &model->address;

	if (split(key, value, list, err) != 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (!pci_addr_pattern_valid(list->items[i]))
			return error_set(err, 0,
					 "%s: invalid PCI address %.100s; write DOMAIN:BUS:SLOT.FUNCTION as "
					 "lspci -D shows it, such as 0000:3b:00.0, * for any of the four",
					 key, list->items[i]);
	}
	return 0;
}

/* Patterns are not allowed: functions that are assigned despite the host's use are named individually. */
static int set_force(struct model *model, const char *key, const char *value, struct error *err)
{
	struct pci_addr addr;

	if (split(key, value, &model->force, err) != 0)
		return -1;
	for (size_t i = 0; i < model->force.count; i++) {
		if (pci_addr_parse(model->force.items[i], &addr) != 0)
			return error_set(err, 0,
					 "%s: invalid PCI address %.100s; write each device to be taken from "
					 "the host as lspci -D shows it, such as 0000:3b:00.0, without *",
					 key, model->force.items[i]);
	}
	return 0;
}

static bool host_pattern_valid(const char *pattern)
{
	if (*pattern == '!')
		pattern++;
	if (*pattern == '\0' || *pattern == '!')
		return false;
	return pattern[strspn(pattern,
			      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*?[]!^")] ==
	       '\0';
}

static int set_hosts(struct model *model, const char *key, const char *value, struct error *err)
{
	if (split(key, value, &model->hosts, err) != 0)
		return -1;
	for (size_t i = 0; i < model->hosts.count; i++) {
		if (!host_pattern_valid(model->hosts.items[i]))
			return error_set(err, 0,
					 "%s: %.100s fits no host name; write names with * and ?, and ! "
					 "right in front to exclude, such as node-*, !node-7",
					 key, model->hosts.items[i]);
	}
	return 0;
}

/* ---- words ------------------------------------------------------------------------------------------ */

static int set_type(struct model *model, const char *key, const char *value, struct error *err)
{
	if (!name_valid(value))
		return error_set(err, 0,
				 "%s: invalid type name %.100s; write 1 to %d letters, digits, - and _", key,
				 value, NAME_LEN - 1);
	strcpy(model->type, value);
	return 0;
}

/* The kernel's VFIO drivers for PCI are known by name: vfio-pci, mlx5_vfio_pci, hisi-acc-vfio-pci. */
static int set_driver(struct model *model, const char *key, const char *value, struct error *err)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	if (value[len] != '\0' || len >= sizeof(model->driver))
		return error_set(err, 0,
				 "%s: invalid driver name %.100s; write 1 to %zu letters, digits, - and _, "
				 "such as " REGISTRY_DRIVER_DEFAULT,
				 key, value, sizeof(model->driver) - 1);
	if (!strstr(value, "vfio") && strcmp(value, REGISTRY_DRIVER_KEEP) != 0)
		return error_set(err, 0,
				 "%s: %s is not a VFIO driver, and only a VFIO driver hands a device to a "
				 "guest; delete the line for " REGISTRY_DRIVER_DEFAULT
				 ", write the VFIO variant for this device, such as mlx5_vfio_pci, or keep "
				 "if the vendor's own driver, such as that of NVIDIA vGPU, has it and stays",
				 key, value);
	strcpy(model->driver, value);
	return 0;
}

/* Function numbers separated by commas or blanks, without repetitions. */
static bool take_functions(const char *value, uint8_t *out)
{
	const char *c = value + strspn(value, "," BLANKS);

	*out = 0;
	while (*c) {
		uint8_t bit = (uint8_t)(*c >= '0' && *c < '0' + PCI_FUNCTIONS ? 1U << (*c - '0') : 0);

		if (!bit || (*out & bit) || strcspn(c, "," BLANKS) != 1)
			return false;
		*out |= bit;
		c++;
		c += strspn(c, "," BLANKS);
	}
	return *out != 0;
}

static int set_functions(struct model *model, const char *key, const char *value, struct error *err)
{
	if (strcmp(value, "one") == 0)
		model->functions = FUNCTIONS_ONE;
	else if (strcmp(value, "all") == 0)
		model->functions = FUNCTIONS_ALL;
	else if (take_functions(value, &model->function_list))
		model->functions = FUNCTIONS_LIST;
	else
		return error_set(err, 0,
				 "%s = %.100s is neither one nor all nor a list; write one for the function "
				 "that matches, all for every function of its slot, or the numbers (0 to 7, "
				 "each once) of those that go with it, such as 0 1",
				 key, value);
	return 0;
}

static int set_reset(struct model *model, const char *key, const char *value, struct error *err)
{
	if (pci_resets_parse(value, &model->resets) == 0)
		return 0;
	return error_set(
		err, 0,
		"%s: invalid list of reset methods %.100s; write some of device_specific, acpi, flr, "
		"af_flr, pm, bus and cxl_bus, each once, those that reset_method of the device in "
		"sysfs shows",
		key, value);
}

static int set_vfs(struct model *model, const char *key, const char *value, struct error *err)
{
	size_t digits = strspn(value, "0123456789");
	long number = digits <= 5 ? strtol(value, NULL, 10) : 0;

	if (value[digits] != '\0' || number < 1 || number > REGISTRY_VFS_MAX)
		return error_set(
			err, 0,
			"%s = %.100s: write how many virtual functions each physical one is to have, "
			"1 to what sriov_totalvfs of the device in sysfs shows",
			key, value);
	model->vfs = (unsigned)number;
	return 0;
}

static int set_setting(struct model *model, const char *key, const char *value, struct error *err)
{
	switch (pci_setting_parse_line(key, value, &model->setting)) {
	case 0:
		return 0;
	case PCI_SETTING_VALUE:
		return error_set(err, 0,
				 "%s = %.100s: write the number of a vGPU type, 1 to 65535, such as one that "
				 "nvidia/creatable_vgpu_types of the device in sysfs shows",
				 key, value);
	default:
		return error_set(err, 0,
				 "%s = %.100s is not an attribute that pcitag sets; write set = "
				 "nvidia/current_vgpu_type=NUMBER",
				 key, value);
	}
}

static int set_boot(struct model *model, const char *key, const char *value, struct error *err)
{
	model->is_vfio_at_boot = strcmp(value, "vfio") == 0;
	if (model->is_vfio_at_boot || strcmp(value, "native") == 0)
		return 0;
	return error_set(err, 0,
			 "%s = %.100s is neither vfio nor native; write vfio for devices that their native "
			 "driver must never touch, and run pcitag boot --write",
			 key, value);
}

/* Most models have none. */
static int make_options(struct model *model, struct error *err)
{
	if (!model->options)
		model->options = calloc(1, sizeof(*model->options));
	return model->options ? 0 : error_set(err, ENOMEM, "cannot hold the options of [%s]", model->name);
}

/* What the guest's device is told: rombar and romfile; `qemu` has a list of the others. */
static int set_option(struct model *model, const char *key, const char *value, struct error *err)
{
	return make_options(model, err) < 0
		       ? -1
		       : device_options_set(model->options, OPTION_OF_MODEL, key, value, err);
}

static int set_qemu(struct model *model, const char *key, const char *value, struct error *err)
{
	char word[DEVICE_OPTIONS_LEN];

	if (make_options(model, err) < 0)
		return -1;
	for (value += strspn(value, BLANKS); *value; value += strspn(value, BLANKS)) {
		size_t len = strcspn(value, BLANKS);

		snprintf(word, sizeof(word), "%.*s", (int)MIN(len, sizeof(word) - 1), value);
		value += len;
		if (device_options_set_text(model->options, OPTION_OF_QEMU, word, err) < 0)
			return error_prefix(err, "%s", key);
	}
	return 0;
}

/* What a network card's virtual function is told: a key for each setting. */
static int set_net(struct model *model, const char *key, const char *value, struct error *err)
{
	if (!model->net)
		model->net = calloc(1, sizeof(*model->net));
	if (!model->net)
		return error_set(err, ENOMEM, "cannot hold the settings of [%s]", model->name);
	if (strcmp(key, "mac") == 0 && strchr(value, ':'))
		return error_set(err, 0,
				 "mac = %.64s would be the address of every device of [%s]; write stable or "
				 "keep, and an address with pcitag add DOMAIN REQUEST --option mac=ADDRESS",
				 value, model->name);
	return vf_net_set(model->net, key, value, err);
}

/* For enabled and lend_console_input. */
static int set_switch(struct model *model, const char *key, const char *value, struct error *err)
{
	return switch_parse(key, value, strcmp(key, "enabled") == 0 ? &model->enabled : &model->lends_input,
			    err);
}

/* ---- identity --------------------------------------------------------------------------------------- */

/* For serial, wwid, slot and path. */
static int set_identity(struct model *model, const char *key, const char *value, struct error *err)
{
	if (!model->identity)
		model->identity = calloc(1, sizeof(*model->identity));
	if (!model->identity)
		return error_set(err, ENOMEM, "cannot hold %s of [%s]", key, model->name);
	return model_identity_set(model->identity, key, value, err);
}

/* ---- wishes ----------------------------------------------------------------------------------------- */

static int set_allow(struct model *model, const char *key, const char *value, struct error *err)
{
	return wish_parse_allow(key, value, &model->allow, err);
}

/* For limit, per_domain and prefer. */
static int set_wish(struct model *model, const char *key, const char *value, struct error *err)
{
	return wishes_set(&model->wishes, key, value, err);
}

/* ---- the keys --------------------------------------------------------------------------------------- */

/* In the order of the bits in keys_set; required keys come first. */
static const struct {
	const char *name;
	int (*set)(struct model *model, const char *key, const char *value, struct error *err);
	const char *needed; /* what to write when the key is missing, NULL when it is optional */
} keys[] = {
	{ "type", set_type, "type = NAME, the tag that domains ask for" },
	{ "vendor", set_vendor, "vendor = the first 4 digits of the pair lspci -nn shows in brackets" },
	{ "device", set_device, "device = the last 4 digits of the pair lspci -nn shows in brackets" },
	{ "subsystem", set_subsystem, NULL },
	{ "class", set_class, NULL },
	{ "revision", set_revision, NULL },
	{ "address", set_addresses, NULL },
	{ "exclude", set_addresses, NULL },
	{ "hosts", set_hosts, NULL },
	{ "driver", set_driver, NULL },
	{ "functions", set_functions, NULL },
	{ "enabled", set_switch, NULL },
	{ "force", set_force, NULL },
	{ "lend_console_input", set_switch, NULL },
	{ "after_use", unit_keys_set_after_use, NULL },
	{ "clean_units", unit_keys_set_units, NULL },
	{ "clean_timeout", unit_keys_set_clean_timeout, NULL },
	{ "boot", set_boot, NULL },
	{ "reset", set_reset, NULL },
	{ "stop_units", unit_keys_set_units, NULL },
	{ "start_units", unit_keys_set_units, NULL },
	{ "rombar", set_option, NULL },
	{ "romfile", set_option, NULL },
	{ "qemu", set_qemu, NULL },
	{ "vfs", set_vfs, NULL },
	{ "set", set_setting, NULL },
	{ "mac", set_net, NULL },
	{ "vlan", set_net, NULL },
	{ "trust", set_net, NULL },
	{ "spoofchk", set_net, NULL },
	{ "link_state", set_net, NULL },
	{ "max_tx_rate", set_net, NULL },
	{ "allow", set_allow, NULL },
	{ "limit", set_wish, NULL },
	{ "per_domain", set_wish, NULL },
	{ "prefer", set_wish, NULL },
	{ "serial", set_identity, NULL },
	{ "wwid", set_identity, NULL },
	{ "slot", set_identity, NULL },
	{ "path", set_identity, NULL },
};

/* The name of the n-th key, those of profiles behind those of models; NULL after the last one. */
static const char *key_name(size_t n)
{
	return n < ARRAY_SIZE(keys) ? keys[n].name : profile_keys[n - ARRAY_SIZE(keys)];
}

static int refuse_key(const char *key, struct error *err)
{
	unsigned best = 4; /* more than 3 changes, or no character kept: not a typing error */
	const char *near = NULL;
	size_t len = strlen(key);
	char all[ERROR_MSG_LEN] = "";

	for (size_t i = 0; key_name(i); i++) {
		unsigned d = name_distance(key, key_name(i));

		if (d < best && d < len) {
			best = d;
			near = key_name(i);
		}
	}
	if (near)
		return error_set(err, 0, "unknown key %s; write %s if that is meant", key, near);
	for (size_t i = 0; key_name(i); i++)
		text_append(all, sizeof(all), "%s%s%s", i == 0 ? "" : ", ",
			    i == ARRAY_SIZE(keys) ? "and of a profile " : "", key_name(i));
	return error_set(err, 0, "unknown key %.100s; the keys are %s", key, all);
}

/* One key has more forms than its name. */
static bool is_key(size_t n, const char *key)
{
	return keys[n].set == set_setting ? pci_setting_is_key(key) : strcmp(key, keys[n].name) == 0;
}

int model_set_known(struct model *model, const char *key, const char *value, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!is_key(i, key))
			continue;
		if (model->keys_set & (UINT64_C(1) << i))
			return error_set(err, 0, "%s is given twice in [%s]; delete one of the two",
					 keys[i].name, model->name);
		if (*value == '\0')
			return error_set(err, 0, "%s has no value; write one or delete the line", key);
		model->keys_set |= UINT64_C(1) << i;
		return keys[i].set(model, key, value, err);
	}
	return MODEL_NO_SUCH_KEY;
}

int model_set(struct model *model, const char *key, const char *value, struct error *err)
{
	int rc = model_set_known(model, key, value, err);

	return rc == MODEL_NO_SUCH_KEY ? refuse_key(key, err) : rc;
}

/* ---- whole sections --------------------------------------------------------------------------------- */

/* Whether a profile may have the n-th key, too. */
static bool is_shared(size_t n)
{
	return keys[n].set == set_allow || keys[n].set == set_wish;
}

int model_to_profile(struct model *section, struct profile *profile, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(keys) && profile->any.count; i++) {
		if (!is_shared(i) && section->keys_set & (UINT64_C(1) << i))
			return error_set(
				err, 0,
				"%s: [%s] has any, which makes it a profile, and %s, a key of models; write "
				"%s into the section of a model, and its name into any",
				profile_place(profile, place), profile->name, keys[i].name, keys[i].name);
	}
	profile->wishes.limit = section->wishes.limit;
	profile->wishes.per_domain = section->wishes.per_domain;
	profile->wishes.prefer = section->wishes.prefer;
	profile->allow = section->allow;
	section->allow = (struct pattern_list){ 0 };
	return profile_check(profile, err);
}

/* The driver of a physical function makes the virtual ones; a vendor's driver has the attributes. */
static int check_driver(const struct model *model, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	if (model->is_vfio_at_boot && model_keeps_driver(model))
		return error_set(err, 0,
				 "%s: [%s] has boot = vfio and driver = keep, which contradict each other; "
				 "delete one of the two",
				 model_place(model, place), model->name);
	if (model->is_vfio_at_boot && model->vfs)
		return error_set(err, 0,
				 "%s: [%s] has boot = vfio and vfs, which contradict each other: only its "
				 "native driver makes virtual functions; delete one of the two",
				 model_place(model, place), model->name);
	if (model->setting.attribute && !model_keeps_driver(model))
		return error_set(err, 0,
				 "%s: [%s] has set and no driver = keep: what it sets is an attribute of its "
				 "vendor's driver; write driver = keep",
				 model_place(model, place), model->name);
	return 0;
}

int model_check(const struct model *model, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].needed && !(model->keys_set & (UINT64_C(1) << i)))
			return error_set(err, 0, "%s: [%s] has no %s; write %s", model_place(model, place),
					 model->name, keys[i].name, keys[i].needed);
	}
	if (check_driver(model, err) < 0)
		return -1;
	/* All devices of a vendor would include chipsets, bridges and cards of any kind. */
	if (model->any_device && !model->class_digits)
		return error_set(err, 0,
				 "%s: [%s] has device = * and no class; write class = the 4 digits in front "
				 "of the ids that lspci -nn shows in brackets",
				 model_place(model, place), model->name);
	if (strcmp(model->name, model->type) == 0)
		return error_set(err, 0,
				 "%s: [%s] has the name of its own type; a name is either a type or a model, "
				 "rename one of the two",
				 model_place(model, place), model->name);
	return unit_keys_check(model, err);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/lease_json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/json/fields.h"
#include "model/lease/lease_text.h"
#include "model/lease/placeholder.h"

static void put_hex(struct json_object *object, const char *key, int digits, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*" PRIx32, digits, value);
	fields_put_string(object, key, text);
}

static struct json_object *grant_to_json(const struct lease_grant *grant)
{
	struct json_object *object = json_object_new_object();
	char link[GRANT_LINK_LEN];

	fields_put_string(object, "owner", grant->request.owner);
	fields_put_string(object, "request", grant->request.text);
	fields_put_string(object, "model", grant->model);
	fields_put_string(object, "type", grant->type);
	fields_put_string(object, "device", grant_link_format(&grant->addr, grant->functions, NULL, link));
	fields_put_number(object, "group", grant->group);
	fields_put_string(object, "way", grant_way_name(grant->way));
	if (grant->after_use != AFTER_RETURN)
		fields_put_string(object, "after_use", after_use_name(grant->after_use));
	/* Most grants have none: a start reads every lease. */
	if (grant->options.text[0])
		fields_put_string(object, "options", grant->options.text);
	if (grant->is_remembered)
		json_object_object_add(object, "remember", json_object_new_boolean(true));
	return object;
}

static struct json_object *member_to_json(const struct lease_member *member)
{
	struct json_object *object = json_object_new_object();
	char addr[PCI_ADDR_LEN], resets[PCI_RESETS_LEN], setting[PCI_SETTING_LEN];

	fields_put_string(object, "address", pci_addr_format(&member->addr, addr));
	put_hex(object, "vendor", 4, member->id.vendor);
	put_hex(object, "device", 4, member->id.device);
	put_hex(object, "subsystem_vendor", 4, member->id.subsystem_vendor);
	put_hex(object, "subsystem_device", 4, member->id.subsystem_device);
	put_hex(object, "class", 6, member->id.class_code);
	fields_put_number(object, "group", member->group);
	fields_put_string(object, "role", member_role_name(member->role));
	fields_put_string(object, "driver", member->driver);
	fields_put_string(object, "previous_driver", member->previous_driver);
	fields_put_string(object, "previous_override", member->previous_override);
	json_object_object_add(object, "previous_unknown", json_object_new_boolean(member->previous_unknown));
	if (member->resets) {
		fields_put_string(object, "resets", pci_resets_format(member->resets, resets));
		fields_put_string(object, "previous_resets",
				  pci_resets_format(member->previous_resets, resets));
	}
	if (member->setting.attribute)
		fields_put_string(object, "set", pci_setting_format(&member->setting, setting));
	if (member->errors.fatal || member->errors.nonfatal) {
		fields_put_number(object, "fatal_errors", member->errors.fatal);
		fields_put_number(object, "nonfatal_errors", member->errors.nonfatal);
	}
	if (member->serial.dsn[0] || member->serial.nvme[0]) {
		fields_put_string(object, "serial", member->serial.dsn);
		fields_put_string(object, "nvme_serial", member->serial.nvme);
	}
	if (member->marks.mac[0])
		fields_put_string(object, "mac", member->marks.mac);
	if (member->marks.wwid[0])
		fields_put_string(object, "wwid", member->marks.wwid);
	return object;
}

static struct json_object *hostdev_to_json(const struct lease_hostdev *hostdev)
{
	struct json_object *object = json_object_new_object();
	char addr[PCI_ADDR_LEN];

	fields_put_string(object, "address", pci_addr_format(&hostdev->addr, addr));
	fields_put_number(object, "group", hostdev->group);
	return object;
}

static void put_units(struct json_object *object, const struct lease *lease)
{
	struct json_object *units = json_object_new_array();

	for (size_t i = 0; i < lease->unit_count; i++) {
		struct json_object *unit = json_object_new_object();

		fields_put_string(unit, "unit", lease->units[i].name);
		fields_put_string(unit, "action", unit_action_name(lease->units[i].action));
		fields_put_number(unit, "group", lease->units[i].group);
		json_object_array_add(units, unit);
	}
	json_object_object_add(object, "units", units);
}

static void put_nets(struct json_object *object, const struct lease *lease)
{
	struct json_object *nets = json_object_new_array();

	for (size_t i = 0; i < lease->net_count; i++) {
		const struct lease_net *net = &lease->nets[i];
		struct json_object *entry = json_object_new_object();
		char text[VF_NET_LEN], addr[PCI_ADDR_LEN];

		fields_put_string(entry, "address", pci_addr_format(&net->addr, addr));
		fields_put_number(entry, "group", net->group);
		fields_put_string(entry, "set", vf_net_text(&net->set, text));
		fields_put_string(entry, "before", vf_net_text(&net->before, text));
		json_object_array_add(nets, entry);
	}
	json_object_object_add(object, "nets", nets);
}

static void put_withouts(struct json_object *object, const struct lease *lease)
{
	struct json_object *withouts = json_object_new_array();

	for (size_t i = 0; i < lease->without_count; i++) {
		struct json_object *entry = json_object_new_object();

		fields_put_string(entry, "owner", lease->withouts[i].owner);
		fields_put_string(entry, "request", lease->withouts[i].text);
		json_object_array_add(withouts, entry);
	}
	json_object_object_add(object, "without", withouts);
}

static void put_cleaning(struct json_object *object, const struct cleaning *cleaning)
{
	struct json_object *entry = json_object_new_object();

	fields_put_string(entry, "state", cleaning_state_name(cleaning->state));
	fields_put_string(entry, "since", cleaning->since);
	fields_put_string(entry, "why", cleaning->why);
	fields_put_string(entry, "boot_id", cleaning->boot_id);
	json_object_object_add(object, "cleaning", entry);
}

/* An earlier pcitag would leave units stopped, what functions are told and set to as it is, and links. */
static int version_of(const struct lease *lease)
{
	if (lease->without_count)
		return LEASE_VERSION;
	if (lease->net_count)
		return LEASE_VERSION_TOLD;
	for (size_t i = 0; i < lease->member_count; i++) {
		if (lease->members[i].setting.attribute)
			return LEASE_VERSION_TOLD;
	}
	return lease->unit_count ? LEASE_VERSION_UNITS : LEASE_VERSION_PLAIN;
}

struct json_object *lease_to_json(const struct lease *lease)
{
	struct json_object *object = json_object_new_object();
	struct json_object *grants = json_object_new_array();
	struct json_object *members = json_object_new_array();
	struct json_object *hostdevs = json_object_new_array();

	if (!object || !grants || !members || !hostdevs) {
		json_object_put(object);
		json_object_put(grants);
		json_object_put(members);
		json_object_put(hostdevs);
		return NULL;
	}
	fields_put_number(object, "version", version_of(lease));
	fields_put_string(object, "uuid", lease->uuid);
	fields_put_string(object, "domain", lease->domain);
	fields_put_string(object, "boot_id", lease->boot_id);
	fields_put_number(object, "daemon_pid", lease->daemon.pid);
	fields_put_number(object, "daemon_start_time", (int64_t)lease->daemon.start_time);
	fields_put_string(object, "state", lease_state_name(lease->state));
	fields_put_number(object, "since", lease->since);
	fields_put_number(object, "since_boottime_ms", lease->since_boottime_ms);
	fields_put_string(object, "note", lease->note);
	fields_put_string(object, "drivers", lease->drivers);
	for (size_t i = 0; i < lease->grant_count; i++)
		json_object_array_add(grants, grant_to_json(&lease->grants[i]));
	for (size_t i = 0; i < lease->member_count; i++)
		json_object_array_add(members, member_to_json(&lease->members[i]));
	json_object_object_add(object, "grants", grants);
	for (size_t i = 0; i < lease->hostdev_count; i++)
		json_object_array_add(hostdevs, hostdev_to_json(&lease->hostdevs[i]));
	json_object_object_add(object, "members", members);
	json_object_object_add(object, "hostdevs", hostdevs);
	/* Most leases have none, and stay as an earlier pcitag reads them. */
	if (lease->unit_count)
		put_units(object, lease);
	if (lease->net_count)
		put_nets(object, lease);
	if (lease->without_count)
		put_withouts(object, lease);
	if (lease->cleaning)
		put_cleaning(object, lease->cleaning);
	return object;
}

char *lease_to_text(const struct lease *lease)
{
	struct json_object *object = lease_to_json(lease);
	const char *text = object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY) : NULL;
	char *copy = text ? strdup(text) : NULL;

	json_object_put(object);
	return copy;
}

/* ---- reading: *err names the first invalid field ------------------------------------ */

/*
 * Reads a driver's name or an override, which is also one: it becomes part of a path in sysfs when it is
 * restored.
 */
static int get_driver(struct json_object *object, const char *key, char buf[static PCI_DRIVER_LEN],
		      struct error *err)
{
	if (fields_string(object, key, buf, PCI_DRIVER_LEN, err) < 0)
		return -1;
	return buf[0] == '\0' || pci_driver_name_valid(buf) ? 0 : fields_wrong(key, err);
}

static int get_bool(struct json_object *object, const char *key, bool *out, struct error *err)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_boolean))
		return fields_wrong(key, err);
	*out = json_object_get_boolean(value);
	return 0;
}

static int get_hex(struct json_object *object, const char *key, size_t digits, uint32_t *out,
		   struct error *err)
{
	char text[16], *end;

	if (fields_string(object, key, text, sizeof(text), err) < 0)
		return -1;
	if (strlen(text) != digits || strspn(text, "0123456789abcdef") != digits)
		return fields_wrong(key, err);
	*out = (uint32_t)strtoul(text, &end, 16);
	return 0;
}

static int get_group(struct json_object *object, int *out, struct error *err)
{
	int64_t group;

	if (fields_number(object, "group", 0, INT32_MAX, &group, err) < 0)
		return -1;
	*out = (int)group;
	return 0;
}

/* Absent in leases of a pcitag without attach: their devices were assigned at start. */
static int get_way(struct json_object *object, enum grant_way *out, struct error *err)
{
	char text[16];

	if (!json_object_object_get_ex(object, "way", NULL))
		return 0;
	if (fields_string(object, "way", text, sizeof(text), err) < 0)
		return -1;
	return grant_way_parse(text, out) == 0 ? 0 : fields_wrong("way", err);
}

/* Absent in the leases of devices that go back. */
static int get_after_use(struct json_object *object, enum after_use *out, struct error *err)
{
	char text[16];

	if (!json_object_object_get_ex(object, "after_use", NULL))
		return 0;
	if (fields_string(object, "after_use", text, sizeof(text), err) < 0)
		return -1;
	return after_use_parse(text, out) == 0 ? 0 : fields_wrong("after_use", err);
}

/* Absent in leases of a pcitag that used the wall clock only. */
static int get_since_boottime(struct json_object *object, int64_t *out, struct error *err)
{
	static const char key[] = "since_boottime_ms";

	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	return fields_number(object, key, 0, INT64_MAX, out, err);
}

/* Reads a string of less than @size bytes into memory of its own: NULL for an empty one. */
static int get_text(struct json_object *object, const char *key, size_t size, char **out, struct error *err)
{
	CLEANUP_FREE char *buf = calloc(1, size);

	if (!buf)
		return error_set(err, ENOMEM, "cannot read the field \"%s\"", key);
	if (fields_string(object, key, buf, size, err) < 0)
		return -1;
	*out = buf[0] ? strdup(buf) : NULL;
	return buf[0] && !*out ? error_set(err, ENOMEM, "cannot keep the field \"%s\"", key) : 0;
}

/* Absent in grants without options. They become a part of a link's name, and of QEMU's command line. */
static int get_options(struct json_object *object, struct device_options *out, struct error *err)
{
	if (!json_object_object_get_ex(object, "options", NULL))
		return 0;
	if (fields_string(object, "options", out->text, sizeof(out->text), err) < 0)
		return -1;
	return device_options_valid(out->text) ? 0 : fields_wrong("options", err);
}

/* Absent in grants of which nothing is to be remembered. */
static int get_remember(struct json_object *object, bool *out, struct error *err)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, "remember", &value))
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return fields_wrong("remember", err);
	*out = json_object_get_boolean(value);
	return 0;
}

/* Owner and request become parts of paths, so their syntax is checked again. */
static int get_request(struct json_object *object, struct request *out, struct error *err)
{
	if (fields_string(object, "owner", out->owner, sizeof(out->owner), err) < 0 ||
	    fields_string(object, "request", out->text, sizeof(out->text), err) < 0)
		return -1;
	if (!name_valid(out->owner) || strcmp(out->owner, PLACEHOLDER_RESERVED_OWNER) == 0)
		return fields_wrong("owner", err);
	return request_parse(out->text, out->name, &out->index) == 0 ? 0 : fields_wrong("request", err);
}

static int grant_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct lease_grant grant = { 0 };
	char link[GRANT_LINK_LEN];

	if (get_request(object, &grant.request, err) < 0 ||
	    fields_string(object, "model", grant.model, sizeof(grant.model), err) < 0 ||
	    fields_string(object, "type", grant.type, sizeof(grant.type), err) < 0 ||
	    fields_string(object, "device", link, sizeof(link), err) < 0 ||
	    get_group(object, &grant.group, err) < 0 || get_way(object, &grant.way, err) < 0 ||
	    get_after_use(object, &grant.after_use, err) < 0 ||
	    get_options(object, &grant.options, err) < 0 ||
	    get_remember(object, &grant.is_remembered, err) < 0)
		return -1;
	if (grant_link_parse(link, &grant.addr, &grant.functions, NULL) != 0)
		return fields_wrong("device", err);
	return lease_add_grant(lease, &grant, err);
}

static int identity_from_json(struct json_object *object, struct pci_identity *out, struct error *err)
{
	uint32_t vendor, device, subvendor, subdevice, class_code;

	if (get_hex(object, "vendor", 4, &vendor, err) < 0 ||
	    get_hex(object, "device", 4, &device, err) < 0 ||
	    get_hex(object, "subsystem_vendor", 4, &subvendor, err) < 0 ||
	    get_hex(object, "subsystem_device", 4, &subdevice, err) < 0 ||
	    get_hex(object, "class", 6, &class_code, err) < 0)
		return -1;
	*out = (struct pci_identity){ (uint16_t)vendor, (uint16_t)device, (uint16_t)subvendor,
				      (uint16_t)subdevice, class_code };
	return 0;
}

/* Absent in the leases of members whose methods are not changed. */
static int get_resets(struct json_object *object, const char *key, pci_resets *out, struct error *err)
{
	char text[PCI_RESETS_LEN];

	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	if (fields_string(object, key, text, sizeof(text), err) < 0)
		return -1;
	return pci_resets_parse(text, out) == 0 ? 0 : fields_wrong(key, err);
}

/* Absent in the leases of members of which nothing is set. */
static int get_setting(struct json_object *object, struct pci_setting *out, struct error *err)
{
	char text[PCI_SETTING_LEN];

	if (!json_object_object_get_ex(object, "set", NULL))
		return 0;
	if (fields_string(object, "set", text, sizeof(text), err) < 0)
		return -1;
	return pci_setting_parse(text, out) == 0 ? 0 : fields_wrong("set", err);
}

/* Absent in the leases of members without errors. */
static int get_errors(struct json_object *object, const char *key, uint32_t *out, struct error *err)
{
	int64_t count;

	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	if (fields_number(object, key, 0, UINT32_MAX, &count, err) < 0)
		return -1;
	*out = (uint32_t)count;
	return 0;
}

/* Absent in the leases of devices that are not kept after their use, or have none. */
static int get_serial(struct json_object *object, struct pci_serial *out, struct error *err)
{
	if (!json_object_object_get_ex(object, "serial", NULL))
		return 0;
	if (fields_string(object, "serial", out->dsn, sizeof(out->dsn), err) < 0 ||
	    fields_string(object, "nvme_serial", out->nvme, sizeof(out->nvme), err) < 0)
		return -1;
	return pci_serial_valid(out) ? 0 : fields_wrong("serial", err);
}

/* Absent in the leases of devices whose models do not ask for it. It becomes a part of messages. */
static int get_mark(struct json_object *object, const char *key, char *buf, size_t size, struct error *err)
{
	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	if (fields_string(object, key, buf, size, err) < 0)
		return -1;
	for (const char *c = buf; *c; c++) {
		if (*c < ' ' || *c > '~')
			return fields_wrong(key, err);
	}
	return 0;
}

static int member_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct lease_member member = { 0 };
	char addr[PCI_ADDR_LEN], role[16];

	if (fields_string(object, "address", addr, sizeof(addr), err) < 0 ||
	    identity_from_json(object, &member.id, err) < 0 || get_group(object, &member.group, err) < 0 ||
	    fields_string(object, "role", role, sizeof(role), err) < 0 ||
	    get_driver(object, "driver", member.driver, err) < 0 ||
	    get_driver(object, "previous_driver", member.previous_driver, err) < 0 ||
	    get_driver(object, "previous_override", member.previous_override, err) < 0 ||
	    get_bool(object, "previous_unknown", &member.previous_unknown, err) < 0 ||
	    get_resets(object, "resets", &member.resets, err) < 0 ||
	    get_resets(object, "previous_resets", &member.previous_resets, err) < 0 ||
	    get_setting(object, &member.setting, err) < 0 ||
	    get_errors(object, "fatal_errors", &member.errors.fatal, err) < 0 ||
	    get_errors(object, "nonfatal_errors", &member.errors.nonfatal, err) < 0 ||
	    get_serial(object, &member.serial, err) < 0 ||
	    get_mark(object, "mac", member.marks.mac, sizeof(member.marks.mac), err) < 0 ||
	    get_mark(object, "wwid", member.marks.wwid, sizeof(member.marks.wwid), err) < 0)
		return -1;
	if (pci_addr_parse(addr, &member.addr) != 0)
		return fields_wrong("address", err);
	if (member_role_parse(role, &member.role) != 0)
		return fields_wrong("role", err);
	return lease_add_member(lease, &member, err);
}

static int hostdev_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct lease_hostdev hostdev = { 0 };
	char addr[PCI_ADDR_LEN];

	if (fields_string(object, "address", addr, sizeof(addr), err) < 0 ||
	    get_group(object, &hostdev.group, err) < 0)
		return -1;
	if (pci_addr_parse(addr, &hostdev.addr) != 0)
		return fields_wrong("address", err);
	return lease_add_hostdev(lease, &hostdev, err);
}

static int unit_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct lease_unit unit = { 0 };
	char action[16];
	enum unit_name_kind kind;

	if (fields_string(object, "unit", unit.name, sizeof(unit.name), err) < 0 ||
	    fields_string(object, "action", action, sizeof(action), err) < 0 ||
	    get_group(object, &unit.group, err) < 0)
		return -1;
	/* It becomes an argument of a program. */
	kind = unit_name_kind(unit.name);
	if (kind != UNIT_NAME_PLAIN && kind != UNIT_NAME_INSTANCE)
		return fields_wrong("unit", err);
	if (unit_action_parse(action, &unit.action) != 0)
		return fields_wrong("action", err);
	return lease_add_unit(lease, &unit, err);
}

static int get_net(struct json_object *object, const char *key, struct vf_net *out, struct error *err)
{
	char text[VF_NET_LEN];

	if (fields_string(object, key, text, sizeof(text), err) < 0)
		return -1;
	return vf_net_parse(text, out) == 0 ? 0 : fields_wrong(key, err);
}

/* They become arguments of a program. */
static int net_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct lease_net net = { 0 };
	char addr[PCI_ADDR_LEN];

	if (fields_string(object, "address", addr, sizeof(addr), err) < 0 ||
	    get_group(object, &net.group, err) < 0 || get_net(object, "set", &net.set, err) < 0 ||
	    get_net(object, "before", &net.before, err) < 0)
		return -1;
	if (pci_addr_parse(addr, &net.addr) != 0 || lease_find_net(lease, &net.addr))
		return fields_wrong("address", err);
	if (!net.set.set || net.set.mac_kind != VF_MAC_GIVEN)
		return fields_wrong("set", err);
	if (net.before.set != net.set.set || net.before.mac_kind != VF_MAC_GIVEN)
		return fields_wrong("before", err);
	return lease_add_net(lease, &net, err);
}

static int without_from_json(struct json_object *object, struct lease *lease, struct error *err)
{
	struct request request = { 0 };

	return get_request(object, &request, err) < 0 ? -1 : lease_add_without(lease, &request, err);
}

typedef int element_fn(struct json_object *object, struct lease *lease, struct error *err);

static int each_element(struct json_object *object, const char *key, element_fn *read, struct lease *lease,
			struct error *err)
{
	struct json_object *array;

	if (!json_object_object_get_ex(object, key, &array) || !json_object_is_type(array, json_type_array))
		return fields_wrong(key, err);
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *element = json_object_array_get_idx(array, i);

		if (!json_object_is_type(element, json_type_object))
			return fields_wrong(key, err);
		if (read(element, lease, err) < 0)
			return error_prefix(err, "%s[%zu]", key, i);
	}
	return 0;
}

/* Absent but in the files of devices that are held, and that units clean. */
static int get_cleaning(struct json_object *object, struct lease *lease, struct error *err)
{
	struct cleaning cleaning = { 0 };
	struct json_object *entry;
	char state[16];

	if (!json_object_object_get_ex(object, "cleaning", &entry))
		return 0;
	if (!json_object_is_type(entry, json_type_object))
		return fields_wrong("cleaning", err);
	if (fields_string(entry, "state", state, sizeof(state), err) < 0 ||
	    fields_string(entry, "since", cleaning.since, sizeof(cleaning.since), err) < 0 ||
	    fields_string(entry, "why", cleaning.why, sizeof(cleaning.why), err) < 0 ||
	    fields_string(entry, "boot_id", cleaning.boot_id, sizeof(cleaning.boot_id), err) < 0)
		return error_prefix(err, "cleaning");
	if (cleaning_state_parse(state, &cleaning.state) != 0)
		return fields_wrong("state", err);
	return lease_set_cleaning(lease, cleaning.state, cleaning.since, cleaning.boot_id, cleaning.why, err);
}

static int fields_from_json(struct json_object *object, struct lease *out, struct error *err)
{
	int64_t version, pid, start_time;
	char state[16];

	if (fields_number(object, "version", 1, INT32_MAX, &version, err) < 0)
		return -1;
	if (version > LEASE_VERSION)
		return error_refuse(err, LEASE_JSON_NEWER,
				    "it has version %" PRId64
				    ", written by a newer pcitag; this one knows %d",
				    version, LEASE_VERSION);
	if (fields_string(object, "uuid", out->uuid, sizeof(out->uuid), err) < 0 ||
	    fields_string(object, "domain", out->domain, sizeof(out->domain), err) < 0 ||
	    fields_string(object, "boot_id", out->boot_id, sizeof(out->boot_id), err) < 0 ||
	    fields_number(object, "daemon_pid", 0, INT32_MAX, &pid, err) < 0 ||
	    fields_number(object, "daemon_start_time", 0, INT64_MAX, &start_time, err) < 0 ||
	    fields_string(object, "state", state, sizeof(state), err) < 0 ||
	    fields_number(object, "since", 0, INT64_MAX, &out->since, err) < 0 ||
	    get_since_boottime(object, &out->since_boottime_ms, err) < 0 ||
	    get_text(object, "note", LEASE_NOTE_LEN, &out->note, err) < 0)
		return -1;
	/* Absent in leases of a pcitag that left every function without a previous driver driverless. */
	if (json_object_object_get_ex(object, "drivers", NULL) &&
	    get_text(object, "drivers", LEASE_DRIVERS_LEN, &out->drivers, err) < 0)
		return -1;
	if (!uuid_valid(out->uuid))
		return fields_wrong("uuid", err);
	if (lease_state_parse(state, &out->state) != 0)
		return fields_wrong("state", err);
	out->daemon = (struct process_id){ (pid_t)pid, (uint64_t)start_time };
	if (each_element(object, "grants", grant_from_json, out, err) < 0)
		return -1;
	if (each_element(object, "members", member_from_json, out, err) < 0)
		return -1;
	if (each_element(object, "hostdevs", hostdev_from_json, out, err) < 0)
		return -1;
	if (json_object_object_get_ex(object, "units", NULL) &&
	    each_element(object, "units", unit_from_json, out, err) < 0)
		return -1;
	if (json_object_object_get_ex(object, "nets", NULL) &&
	    each_element(object, "nets", net_from_json, out, err) < 0)
		return -1;
	if (json_object_object_get_ex(object, "without", NULL) &&
	    each_element(object, "without", without_from_json, out, err) < 0)
		return -1;
	return get_cleaning(object, out, err);
}

static int parse(const char *text, size_t len, struct lease *out, struct error *err)
{
	struct json_object *object;
	struct lease lease = { 0 };
	int rc = fields_parse(text, len, &object, err);

	if (rc == 0)
		rc = fields_from_json(object, &lease, err);
	json_object_put(object);
	if (rc != 0)
		lease_clear(&lease);
	else
		*out = lease;
	return rc;
}

int lease_from_json(const char *text, size_t len, struct lease *out, struct error *err)
{
	return lease_text_read(text, len, out) ? 0 : parse(text, len, out, err);
}

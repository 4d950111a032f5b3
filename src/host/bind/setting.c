/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/setting.h"

#include <errno.h>
#include <stdio.h>

#include "host/pci/vgpu.h"

static int refuse_changed(const struct lease_member *member, struct error *err, uint16_t now)
{
	(void)error_set(err, 0, "since it was chosen %s has become %u, it was 0",
			pci_attribute_path(member->setting.attribute), now);
	if (err)
		err->code = ESTALE;
	return -1;
}

static int write_value(const struct sysfs *sysfs, const struct lease_member *member, uint16_t value,
		       struct error *err)
{
	char path[SYSFS_PATH_LEN], text[8];

	snprintf(text, sizeof(text), "%u", value);
	return sysfs_write(
		sysfs, sysfs_device_path(&member->addr, pci_attribute_path(member->setting.attribute), path),
		text, err);
}

/* Reads what the attribute is now. Returns as sysfs_read(). */
static int read_value(const struct sysfs *sysfs, const struct lease_member *member, uint16_t *out,
		      struct error *err)
{
	return pci_vgpu_read_type(sysfs, &member->addr, out, err);
}

/* Whether other functions of the card, of this domain or of others, have taken what it had left. */
static bool is_taken(const struct sysfs *sysfs, const struct lease_member *member)
{
	struct vgpu_state vgpu;

	pci_vgpu_read(sysfs, &member->addr, &vgpu);
	return vgpu.is_read && !vgpu.type && !vgpu_has_left(&vgpu, member->setting.value);
}

static int apply(const struct sysfs *sysfs, const struct lease_member *member, struct error *err)
{
	uint16_t now;
	int rc = read_value(sysfs, member, &now, err);

	if (rc < 0)
		return -1;
	if (rc != 0)
		return error_set(err, ENODEV, "its driver does not have the attribute");
	if (now != 0)
		return refuse_changed(member, err, now);
	if (write_value(sysfs, member, member->setting.value, err) < 0) {
		if (err && is_taken(sysfs, member))
			err->code = SETTING_FULL;
		return -1;
	}
	rc = read_value(sysfs, member, &now, err);
	if (rc == 0 && now != member->setting.value)
		return error_set(err, 0, "its driver has accepted that, and reads %u", now);
	return rc == 0 ? 0 : rc < 0 ? -1 : error_set(err, ENODEV, "the attribute is gone");
}

int setting_apply(const struct sysfs *sysfs, const struct lease_member *member, struct error *err)
{
	char text[PCI_SETTING_LEN];

	if (apply(sysfs, member, err) == 0)
		return 0;
	return error_prefix(err, "set = %s", pci_setting_format(&member->setting, text));
}

int setting_undo(const struct sysfs *sysfs, const struct lease_member *member, struct error *err)
{
	char text[PCI_SETTING_LEN];
	struct error cause = { 0 };
	uint16_t now;
	int rc = read_value(sysfs, member, &now, &cause);

	if (rc == SYSFS_ABSENT || (rc == 0 && now != member->setting.value))
		return 0;
	if (rc == 0) {
		/* The driver refuses to end what has ended meanwhile. */
		rc = write_value(sysfs, member, 0, &cause);
		if (read_value(sysfs, member, &now, NULL) == 0 && now != member->setting.value)
			return 0;
		if (rc == 0)
			(void)error_set(&cause, 0, "its driver has accepted 0, and reads %u", now);
	}
	(void)error_pass(err, &cause);
	return error_prefix(err, "set = %s cannot be undone", pci_setting_format(&member->setting, text));
}

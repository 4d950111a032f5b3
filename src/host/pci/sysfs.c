/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/fileio.h"

/* The text of an attribute is at most one page (kernel: Documentation/filesystems/sysfs.rst). */
#define ATTRIBUTE_MAX 4096

int sysfs_open(const char *path, struct sysfs *out, struct error *err)
{
	out->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->root < 0)
		return error_set(err, errno, "cannot open %s", path);
	return 0;
}

void sysfs_close(struct sysfs *sysfs)
{
	if (sysfs->root >= 0)
		(void)close(sysfs->root);
	sysfs->root = -1;
}

static bool means_absent(int code)
{
	return code == ENOENT || code == ENOTDIR;
}

/*
 * Returns true when @path does not exist (any more), after an operation on it failed with @code. ENODEV comes
 * from the files of a device that is being removed, but also from drivers of existing devices. So only a name
 * that is not found is absent (kernel: fs/kernfs/dir.c, kernfs_iop_lookup does not find a node that is being
 * removed).
 */
static bool is_gone(const struct sysfs *sysfs, const char *path, int code)
{
	if (code == ENODEV && faccessat(sysfs->root, path, F_OK, 0) < 0)
		code = errno;
	return means_absent(code);
}

/* Reports @code instead of errno, which the second check may change. */
static int absent_or_failed(const struct sysfs *sysfs, const char *path, int code, const char *verb,
			    struct error *err)
{
	if (is_gone(sysfs, path, code))
		return SYSFS_ABSENT;
	return error_set(err, code, "cannot %s /sys/%s", verb, path);
}

int sysfs_read_bytes_at(const struct sysfs *sysfs, const char *path, off_t offset, void *buf, size_t size,
			size_t *len, struct error *err)
{
	CLEANUP_CLOSE int fd = openat(sysfs->root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return absent_or_failed(sysfs, path, errno, "open", err);
	do {
		n = pread(fd, buf, size, offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return absent_or_failed(sysfs, path, errno, "read", err);
	*len = (size_t)n;
	return 0;
}

int sysfs_read_bytes(const struct sysfs *sysfs, const char *path, void *buf, size_t size, size_t *len,
		     struct error *err)
{
	CLEANUP_CLOSE int fd = openat(sysfs->root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return absent_or_failed(sysfs, path, errno, "open", err);
	do {
		n = read(fd, buf, size);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return absent_or_failed(sysfs, path, errno, "read", err);
	*len = (size_t)n;
	return 0;
}

int sysfs_read(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err)
{
	char text[ATTRIBUTE_MAX + 1];
	size_t len;
	int rc = sysfs_read_bytes(sysfs, path, text, ATTRIBUTE_MAX, &len, err);

	if (rc != 0)
		return rc;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (len >= size)
		return error_set(err, 0, "/sys/%s is longer than %zu characters", path, size - 1);
	memcpy(buf, text, len);
	buf[len] = '\0';
	return 0;
}

int sysfs_read_number(const struct sysfs *sysfs, const char *path, long *out, struct error *err)
{
	char text[32], *end;
	int rc = sysfs_read(sysfs, path, text, sizeof(text), err);
	long value;

	if (rc != 0)
		return rc;
	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end)
		return error_set(err, 0, "/sys/%s is not a number: \"%s\"", path, text);
	*out = value;
	return 0;
}

int sysfs_write(const struct sysfs *sysfs, const char *path, const char *text, struct error *err)
{
	CLEANUP_CLOSE int fd = openat(sysfs->root, path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return error_set(err, errno, "cannot open /sys/%s", path);
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, errno, "cannot write to /sys/%s", path);
	if ((size_t)n != len)
		return error_set(err, EIO, "short write to /sys/%s", path);
	return 0;
}

int sysfs_read_link(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err)
{
	ssize_t n = readlinkat(sysfs->root, path, buf, size - 1);

	if (n < 0 && errno == EINVAL)
		return SYSFS_ABSENT;
	if (n < 0)
		return absent_or_failed(sysfs, path, errno, "read the link", err);
	buf[n] = '\0';
	return 0;
}

int sysfs_read_link_name(const struct sysfs *sysfs, const char *path, char *buf, size_t size,
			 struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(sysfs->root, path, target, sizeof(target) - 1);
	const char *name;
	size_t len;

	if (n < 0)
		return absent_or_failed(sysfs, path, errno, "read the link", err);
	target[n] = '\0';
	name = memrchr(target, '/', (size_t)n);
	name = name ? name + 1 : target;
	len = (size_t)(target + n - name);
	if (len >= size)
		return error_set(err, 0, "the link /sys/%s names something longer than %zu characters", path,
				 size - 1);
	memcpy(buf, name, len + 1);
	return 0;
}

int sysfs_find(const struct sysfs *sysfs, const char *path, struct error *err)
{
	if (faccessat(sysfs->root, path, F_OK, 0) == 0)
		return 0;
	return absent_or_failed(sysfs, path, errno, "look for", err);
}

DIR *sysfs_opendir(const struct sysfs *sysfs, const char *path, struct error *err)
{
	DIR *dir = opendir_at(sysfs->root, path);
	int code = errno;

	if (!dir)
		(void)error_set(err, is_gone(sysfs, path, code) ? ENOENT : code, "cannot open /sys/%s", path);
	return dir;
}

char *sysfs_device_path(const struct pci_addr *addr, const char *attribute, char buf[static SYSFS_PATH_LEN])
{
	static const char devices[] = SYSFS_PCI_DEVICES "/";
	size_t len = sizeof(devices) - 1;

	memcpy(buf, devices, len);
	pci_addr_format(addr, buf + len);
	if (attribute) {
		len += strlen(buf + len);
		buf[len++] = '/';
		if (!memccpy(buf + len, attribute, '\0', SYSFS_PATH_LEN - len))
			buf[SYSFS_PATH_LEN - 1] = '\0';
	}
	return buf;
}

int sysfs_join(char out[static PATH_MAX], const char *path, const char *name, struct error *err)
{
	if (snprintf(out, PATH_MAX, "%s/%s", path, name) < PATH_MAX)
		return 0;
	return error_set(err, ENAMETOOLONG, "cannot look below /sys/%s", path);
}

int sysfs_read_device_number(const struct sysfs *sysfs, const char *path, dev_t *out, struct error *err)
{
	char attribute[PATH_MAX], text[32], *colon, *end;
	unsigned long first, second;
	int rc = sysfs_join(attribute, path, "dev", err);

	if (rc == 0)
		rc = sysfs_read(sysfs, attribute, text, sizeof(text), err);
	if (rc != 0)
		return rc;
	first = strtoul(text, &colon, 10);
	second = *colon == ':' ? strtoul(colon + 1, &end, 10) : 0;
	if (*colon != ':' || colon == text || end == colon + 1 || *end)
		return error_set(err, 0, "no device number in /sys/%s: \"%s\"", attribute, text);
	*out = makedev(first, second);
	return 0;
}

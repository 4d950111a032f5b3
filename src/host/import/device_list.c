/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/device_list.h"

#include <fcntl.h>
#include <string.h>

#include "base/fileio.h"
#include "base/ini_line.h"

/* Of bytes that no line ends with, so that strspn(3) stays in it; the text ends with a NUL. */
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* Whether the first line but empty ones and comments is "[section]" or "key = ...", as in no YAML list. */
static bool is_ini(const char *text, size_t len)
{
	struct span left = skip_byte_order_mark((struct span){ text, len });

	while (left.len) {
		struct span line = strip_blanks(take_line(&left));
		size_t word;

		if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		word = strspn(line.at, WORD);
		if (word) {
			line = strip_blanks((struct span){ line.at + word, line.len - word });
			return line.len && line.at[0] == '=';
		}
		if (line.at[0] != '[')
			return false;
		word = strspn(line.at + 1, WORD ".:-");
		return word && line.len == word + 2 && line.at[word + 1] == ']';
	}
	return false;
}

int device_list_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		      struct error *err)
{
	int rc;

	*out = (struct pci_devices){ .path = path, .err = err };
	if (is_ini(text, len))
		return nova_conf_parse(text, len, out);
	rc = cluster_yaml_parse(text, len, out);
	return rc == CLUSTER_YAML_OTHER ? pci_devices_yaml_parse(text, len, out) : rc;
}

int device_list_read(const char *path, struct pci_devices *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;

	*out = (struct pci_devices){ .path = path };
	if (read_file_at(AT_FDCWD, path, DEVICE_LIST_LIMIT, &text, &len, err) < 0)
		return -1;
	return device_list_parse(text, len, path, out, err);
}

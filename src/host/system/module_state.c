/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/module_state.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fileio.h"
#include "base/text.h"
#include "model/system/host_text.h"

/* The modules.dep of a distribution's kernel is about 1 MiB in size. */
#define MODULES_MAX ((size_t)16 << 20)

static int look_into(const char *path, const char *module, bool *found, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	int rc = read_file_if_any(path, MODULES_MAX, &text, err);

	*found = rc == 0 && module_list_has(text, module);
	return rc < 0 ? -1 : 0;
}

int module_find(const char *modules, const char *module, enum module_source *out, char release[static 65],
		struct error *err)
{
	bool loadable, built_in;
	struct utsname system;
	char path[PATH_MAX];

	if (uname(&system) < 0)
		return error_set(err, errno, "cannot read the kernel's release");
	snprintf(release, 65, "%s", system.release);
	snprintf(path, sizeof(path), "%s/%s/modules.dep", modules, release);
	if (look_into(path, module, &loadable, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s/modules.builtin", modules, release);
	if (look_into(path, module, &built_in, err) < 0)
		return -1;
	*out = built_in ? MODULE_BUILT_IN : loadable ? MODULE_LOADABLE : MODULE_MISSING;
	return 0;
}

bool module_parameter_is_on(const struct sysfs *sysfs, const char *module, const char *parameter)
{
	char path[SYSFS_PATH_LEN], text[16];

	snprintf(path, sizeof(path), "module/%s/parameters/%s", module, parameter);
	return sysfs_read(sysfs, path, text, sizeof(text), NULL) == 0 && (text[0] == 'Y' || text[0] == '1');
}

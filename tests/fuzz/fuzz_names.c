/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/domain.c model/lease/name.c model/qemu/emulator.c base/error.c model/lease/options.c model/lease/vf_net.c */
/* Placeholder paths and emulators: what is accepted is safe as part of a path. */
#include "model/lease/domain.h"
#include "model/qemu/emulator.h"
#include "fuzz.h"

static void check_placeholder(const char *path)
{
	struct request request;
	struct error err = { 0 };
	char written[sizeof(PLACEHOLDER_DIR) + NAME_LEN + REQUEST_LEN], name[NAME_LEN];
	int index;

	if (placeholder_parse(path, &request, &err) != 0) {
		require_message(&err);
		return;
	}
	require_no_message(&err);
	REQUIRE(placeholder_path(path));
	REQUIRE(name_valid(request.owner) && strcmp(request.owner, PLACEHOLDER_RESERVED_OWNER) != 0);
	REQUIRE(request_parse(request.text, name, &index) == 0);
	REQUIRE(strcmp(name, request.name) == 0 && index == request.index && index < 1000);
	snprintf(written, sizeof(written), PLACEHOLDER_DIR "%s/%s", request.owner, request.text);
	REQUIRE(strcmp(written, path) == 0);
}

/* However a path is spelt: one component more or less in front of it makes no difference. */
static void check_spelling(const char *path)
{
	char *longer;

	if (path[0] != '/')
		return;
	REQUIRE(asprintf(&longer, "/some/..//.%s", path) > 0);
	REQUIRE(placeholder_path(longer) == placeholder_path(path));
	free(longer);
}

/* Whatever a domain calls its emulator, a file right in the given directory is run. */
static void check_emulator(const char *word)
{
	const char *name = qemu_emulator_of_wrapper(word);
	char emulator[QEMU_EMULATOR_LEN];

	if (!name || !qemu_emulator_path("/usr/bin", 0, name, emulator))
		return;
	REQUIRE(strlen(emulator) < sizeof(emulator) && strncmp(emulator, "/usr/bin/", 9) == 0);
	REQUIRE(emulator[9] != '\0' && !strchr(emulator + 9, '/') && strcmp(emulator + 9, "..") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_placeholder(text);
	check_spelling(text);
	check_emulator(text);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/ini_line.h"

/* ---- the lines of a text ------------------------------------------------------------------------------ */

enum line_kind {
	LINE_EMPTY,
	LINE_COMMENT,
	LINE_SECTION,
	LINE_OTHER, /* a pair, or a line that the reader refuses */
};

struct line {
	enum line_kind kind;
	size_t begin; /* its start in the text; the range includes the line end */
	size_t end;
	struct span raw;     /* without the line end */
	struct span content; /* without the comment and surrounding blanks */
};

struct scan {
	struct span all, left;
};

static struct scan scan_start(const char *text, size_t len)
{
	struct span all = { text, len };

	return (struct scan){ .all = all, .left = skip_byte_order_mark(all) };
}

static bool is_section(struct span content)
{
	return content.len >= 2 && content.at[0] == '[' &&
	       memchr(content.at, ']', content.len) == content.at + content.len - 1;
}

/* Returns where the first line begins. */
static size_t first_line(struct span text)
{
	return (size_t)(skip_byte_order_mark(text).at - text.at);
}

static enum line_kind kind_of(const struct line *line)
{
	if (is_section(line->content))
		return LINE_SECTION;
	if (line->content.len)
		return LINE_OTHER;
	return strip_blanks(line->raw).len ? LINE_COMMENT : LINE_EMPTY;
}

static bool scan_next(struct scan *scan, struct line *line)
{
	if (scan->left.len == 0)
		return false;
	line->begin = (size_t)(scan->left.at - scan->all.at);
	line->raw = take_line(&scan->left);
	line->end = (size_t)(scan->left.at - scan->all.at);
	line->content = strip_blanks(strip_comment(line->raw));
	line->kind = kind_of(line);
	return true;
}

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static bool is_section_of(const struct line *line, const char *model)
{
	const struct span name = { line->content.at + 1, line->content.len - 2 };

	return line->kind == LINE_SECTION && span_is(name, model);
}

/* True for "#[Edu]": a section that was commented out does not describe the section below it. */
static bool is_commented_section(const struct line *line)
{
	struct span rest = strip_blanks(line->raw);

	while (rest.len && (rest.at[0] == '#' || rest.at[0] == ';')) {
		rest.at++;
		rest.len--;
	}
	return line->kind == LINE_COMMENT && is_section(strip_blanks(strip_comment(rest)));
}

size_t registry_text_sections(const char *text, size_t len)
{
	struct scan scan = scan_start(text, len);
	struct line line;
	size_t count = 0;

	while (scan_next(&scan, &line))
		count += line.kind == LINE_SECTION;
	return count;
}

bool registry_text_says_something(const char *text, size_t len)
{
	struct scan scan = scan_start(text, len);
	struct line line;

	while (scan_next(&scan, &line)) {
		if (line.kind == LINE_SECTION || line.kind == LINE_OTHER || is_commented_section(&line))
			return true;
	}
	return false;
}

/* ---- growing text ------------------------------------------------------------------------------------- */

static int append(struct registry_text *out, const char *bytes, size_t len, struct error *err)
{
	char *grown = out->failed ? NULL : realloc(out->at, out->len + len + 1);

	out->failed = !grown;
	if (!grown)
		return error_set(err, ENOMEM, "cannot hold %zu bytes of the registry", out->len + len);
	out->at = grown;
	memcpy(grown + out->len, bytes, len);
	out->len += len;
	grown[out->len] = '\0';
	return 0;
}

int registry_text_add(struct registry_text *out, struct error *err, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		out->failed = true;
		return error_set(err, ENOMEM, "cannot hold a line of the registry");
	}
	return append(out, text, (size_t)n, err);
}

/* Copies @text, with @by in place of the bytes from @begin to @end. */
static int replace(struct span text, size_t begin, size_t end, struct span by, struct registry_text *out,
		   struct error *err)
{
	int rc = append(out, text.at, begin, err);

	if (rc == 0)
		rc = append(out, by.at, by.len, err);
	if (rc == 0)
		rc = append(out, text.at + end, text.len - end, err);
	if (rc != 0) {
		free(out->at);
		*out = (struct registry_text){ 0 };
	}
	return rc;
}

/* ---- finding a section -------------------------------------------------------------------------------- */

/* The comment lines before the current line. */
struct block {
	bool open;
	bool has_section;
	bool begins_file;
	size_t begin;
};

/* Moves @scan past the header of [@model]. @begin: receives the start of the section's comments or header. */
static bool find_header(struct scan *scan, const char *model, struct line *header, size_t *begin)
{
	struct block block = { 0 };

	for (bool is_first = true; scan_next(scan, header); is_first = false) {
		if (is_section_of(header, model)) {
			bool is_description = block.open && !block.has_section && !block.begins_file;

			*begin = is_description ? block.begin : header->begin;
			return true;
		}
		if (header->kind != LINE_COMMENT)
			block.open = false;
		else if (!block.open)
			block = (struct block){ .open = true,
						.begin = header->begin,
						.begins_file = is_first };
		block.has_section = block.has_section || is_commented_section(header);
	}
	return false;
}

/* Returns the end of a section and its comments, after its header was read. */
static size_t find_end(struct scan scan, const struct line *header)
{
	size_t end = header->end, comments = header->end;
	bool attached = true;
	struct line line;

	while (scan_next(&scan, &line)) {
		if (line.kind == LINE_SECTION)
			return end;
		if (line.kind == LINE_OTHER) {
			end = comments = line.end;
			attached = true;
		} else if (line.kind == LINE_EMPTY || is_commented_section(&line)) {
			if (attached)
				end = comments;
			attached = false;
		} else if (attached) {
			comments = line.end;
		}
	}
	return attached ? comments : end;
}

/* Returns the end of the empty lines after @at. */
static size_t skip_empty_lines(struct span text, size_t at)
{
	struct span left = { text.at + at, text.len - at };
	size_t end = at;

	while (left.len && strip_blanks(take_line(&left)).len == 0)
		end = (size_t)(left.at - text.at);
	return end;
}

/* Returns the start of the empty lines before @at. */
static size_t drop_empty_lines(struct span text, size_t at)
{
	struct scan scan = scan_start(text.at, at);
	size_t end = first_line(text);
	struct line line;

	while (scan_next(&scan, &line)) {
		if (line.kind != LINE_EMPTY)
			end = line.end;
	}
	return end;
}

int registry_text_cut(const char *text, size_t len, const char *model, struct registry_text *out,
		      struct error *err)
{
	const struct span all = { text, len };
	struct scan scan = scan_start(text, len);
	struct line header;
	size_t begin, end, before, next;

	if (!find_header(&scan, model, &header, &begin))
		return REGISTRY_TEXT_ABSENT;
	end = find_end(scan, &header);
	next = skip_empty_lines(all, end);
	before = drop_empty_lines(all, begin);
	if (next == len) {
		end = len;
		begin = before;
	} else if (before < begin || begin == first_line(all)) {
		end = next;
	}
	return replace(all, begin, end, (struct span){ "", 0 }, out, err);
}

/* ---- a key -------------------------------------------------------------------------------------------- */

/* Splits "key = value". Returns false when the line is not a pair. */
static bool take_pair(const struct line *line, struct span *key, struct span *value)
{
	struct span content = line->content;
	const char *sign = memchr(content.at, '=', content.len);

	if (line->kind != LINE_OTHER || !sign)
		return false;
	*key = strip_blanks((struct span){ content.at, (size_t)(sign - content.at) });
	*value = strip_blanks((struct span){ sign + 1, (size_t)(content.at + content.len - sign - 1) });
	return true;
}

/* Adds a line after @last, a line of the section with the header @header. */
static int add_line(struct span text, const struct line *header, const struct line *last, const char *key,
		    const char *value, struct registry_text *out, struct error *err)
{
	const bool has_crlf = header->end - header->begin >= 2 && text.at[header->end - 2] == '\r';
	const char *line_end = has_crlf ? "\r\n" : "\n";
	const bool is_open = text.at[last->end - 1] != '\n';
	const int indent = (int)(last->content.at - last->raw.at);
	const char *sign = last->kind == LINE_OTHER ? memchr(last->content.at, '=', last->content.len) : NULL;
	const size_t column = sign ? (size_t)(sign - last->content.at) : 0;
	struct registry_text added = { 0 };
	/* Writes "key = value", with the '=' aligned with the line above when there is room. */
	int rc = registry_text_add(&added, err, "%s%.*s%-*s= %s%s", is_open ? line_end : "", indent,
				   last->raw.at, (int)(column > strlen(key) ? column : strlen(key) + 1), key,
				   value, is_open ? "" : line_end);

	if (rc == 0)
		rc = replace(text, last->end, last->end, (struct span){ added.at, added.len }, out, err);
	free(added.at);
	return rc;
}

int registry_text_set(const char *text, size_t len, const char *model, const char *key, const char *value,
		      struct registry_text *out, struct error *err)
{
	const struct span all = { text, len }, new_value = { value, strlen(value) };
	struct scan scan = scan_start(text, len);
	struct line header, last, line;
	size_t begin;

	if (!find_header(&scan, model, &header, &begin))
		return REGISTRY_TEXT_ABSENT;
	last = header;
	while (scan_next(&scan, &line) && line.kind != LINE_SECTION) {
		struct span old_key, old_value;

		if (line.kind == LINE_OTHER)
			last = line;
		if (!take_pair(&line, &old_key, &old_value) || !span_is(old_key, key))
			continue;
		begin = (size_t)(old_value.at - text);
		return replace(all, begin, begin + old_value.len, new_value, out, err);
	}
	return add_line(all, &header, &last, key, value, out, err);
}

/* ---- a new section ------------------------------------------------------------------------------------ */

/* Maximum number of keys that a section is written with, and the length of the longest name. */
#define KEY_WIDTH 9

struct writer {
	struct registry_text *out;
	const struct model *model;
	size_t line_max;
	struct error *err;
	int rc;
};

static void put(struct writer *w, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void put(struct writer *w, const char *key, const char *fmt, ...)
{
	CLEANUP_FREE char *value = NULL;
	char place[MODEL_PLACE_LEN];
	va_list args;
	int n;

	if (w->rc != 0)
		return;
	va_start(args, fmt);
	n = vasprintf(&value, fmt, args);
	va_end(args);
	if (n < 0) {
		value = NULL;
		w->rc = error_set(w->err, ENOMEM, "cannot hold the section of %s", w->model->name);
	} else if ((size_t)n + KEY_WIDTH + strlen(" = ") > w->line_max) {
		w->rc = error_set(w->err, 0,
				  "%s: %s makes a line of %zu characters, %zu are the most; shorten it, with "
				  "* in patterns or a second model of the same type",
				  model_place(w->model, place), key, (size_t)n + KEY_WIDTH + strlen(" = "),
				  w->line_max);
	} else {
		w->rc = registry_text_add(w->out, w->err, "%-*s = %s\n", KEY_WIDTH, key, value);
	}
}

static void put_list(struct writer *w, const char *key, const struct pattern_list *list)
{
	struct registry_text value = { 0 };

	for (size_t i = 0; w->rc == 0 && i < list->count; i++)
		w->rc = registry_text_add(&value, w->err, "%s%s", i ? ", " : "", list->items[i]);
	if (w->rc == 0 && list->count)
		put(w, key, "%s", value.at);
	free(value.at);
}

static void put_functions(struct writer *w)
{
	char list[2 * PCI_FUNCTIONS + 1] = "";

	for (unsigned f = 0; f < PCI_FUNCTIONS && w->model->functions == FUNCTIONS_LIST; f++) {
		if (w->model->function_list & (1U << f))
			sprintf(list + strlen(list), list[0] ? " %u" : "%u", f);
	}
	if (w->model->functions != FUNCTIONS_ONE)
		put(w, "functions", "%s", list[0] ? list : "all");
}

/* rombar and romfile have a key each; the others are one list. */
static void put_options(struct writer *w)
{
	struct registry_text list = { 0 };
	struct device_option option;

	for (const char *at = model_options(w->model)->text;
	     w->rc == 0 && device_options_next(&at, &option);) {
		if (option.kind == OPTION_BAR)
			put(w, option.name, "%s", option.number ? "on" : "off");
		else if (option.kind == OPTION_ROM)
			put(w, option.name, "%s", option.value);
		else
			w->rc = registry_text_add(&list, w->err, "%s%s=%s", list.len ? " " : "", option.name,
						  option.value);
	}
	if (w->rc == 0 && list.len)
		put(w, "qemu", "%s", list.at);
	free(list.at);
}

/* Each setting is a key. */
static void put_net(struct writer *w)
{
	char text[VF_NET_LEN], *value;

	for (enum vf_net_key key = 0; w->model->net && key < VF_NET_KEYS; key++) {
		const struct vf_net one = vf_net_only(w->model->net, key);

		value = strchr(vf_net_text(&one, text), '=');
		if (value)
			put(w, vf_net_name(key), "%s", value + 1);
	}
}

int registry_text_add_model(struct registry_text *out, const struct model *model, size_t line_max,
			    struct error *err)
{
	struct writer w = { .out = out, .model = model, .line_max = line_max, .err = err };
	char devices[MODEL_DEVICES_LEN], resets[PCI_RESETS_LEN], setting[PCI_SETTING_LEN];

	w.rc = registry_text_add(out, err, "[%s]\n", model->name);
	put(&w, "type", "%s", model->type);
	put(&w, "vendor", "%04x", model->vendor);
	put(&w, "device", "%s", model_devices(model, devices));
	if (model->has_subsystem)
		put(&w, "subsystem", "%04x:%04x", model->subsystem_vendor, model->subsystem_device);
	if (model->class_digits)
		put(&w, "class", "%0*x", (int)model->class_digits, model->class_code);
	if (model->has_revision)
		put(&w, "revision", "%02x", model->revision);
	put_list(&w, "address", &model->address);
	put_list(&w, "exclude", &model->exclude);
	put_list(&w, "hosts", &model->hosts);
	if (strcmp(model->driver, REGISTRY_DRIVER_DEFAULT) != 0)
		put(&w, "driver", "%s", model->driver);
	put_functions(&w);
	put_options(&w);
	put_net(&w);
	if (!model->enabled)
		put(&w, "enabled", "no");
	put_list(&w, "force", &model->force);
	if (model->lends_input)
		put(&w, "lend_console_input", "yes");
	put_list(&w, "stop_units", &model->stop_units);
	put_list(&w, "start_units", &model->start_units);
	if (model->after_use != AFTER_RETURN)
		put(&w, "after_use", "%s", after_use_name(model->after_use));
	put_list(&w, "clean_units", &model->clean_units);
	if (model->clean_timeout != REGISTRY_CLEAN_TIMEOUT_DEFAULT)
		put(&w, "clean_timeout", "%d", model->clean_timeout);
	if (model->resets)
		put(&w, "reset", "%s", pci_resets_format(model->resets, resets));
	if (model->is_vfio_at_boot)
		put(&w, "boot", "vfio");
	if (model->vfs)
		put(&w, "vfs", "%u", model->vfs);
	if (model->setting.attribute)
		put(&w, "set", "%s", pci_setting_format(&model->setting, setting));
	return w.rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/text.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
#include "model/registry/text.h"
#include "test.h"

#define NPU "type = npu\nvendor = 19e5\ndevice = d500\n"

static void cut(const char *text, const char *model, const char *expected)
{
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_cut(text, strlen(text), model, &out, &err) == 0);
	CHECK_STR(out.at, expected);
	CHECK(out.len == strlen(expected));
	free(out.at);
}

static void set(const char *text, const char *value, const char *expected)
{
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_set(text, strlen(text), "A", "enabled", value, &out, &err) == 0);
	CHECK_STR(out.at, expected);
	CHECK(out.len == strlen(expected));
	free(out.at);
}

static void test_a_section_is_cut_out_of_the_middle(void)
{
	cut("[A]\n" NPU "\n[B]\n" NPU "\n[C]\n" NPU, "B", "[A]\n" NPU "\n[C]\n" NPU);
	cut("[A]\n" NPU "[B]\n" NPU "[C]\n" NPU, "B", "[A]\n" NPU "[C]\n" NPU);
	/* The only empty line between its neighbours stays. */
	cut("[A]\n" NPU "[B]\n" NPU "\n[C]\n" NPU, "B", "[A]\n" NPU "\n[C]\n" NPU);
}

static void test_the_first_and_the_last_leave_no_empty_lines(void)
{
	cut("[A]\n" NPU "\n[B]\n" NPU, "A", "[B]\n" NPU);
	cut("[A]\n" NPU "\n[B]\n" NPU, "B", "[A]\n" NPU);
	cut("[A]\n" NPU "\n\n[B]\n" NPU "\n", "B", "[A]\n" NPU);
	cut("[A]\n" NPU, "A", "");
	cut("\n\n[A]\n" NPU, "A", "");
}

static void test_what_was_said_right_above_it_goes_too(void)
{
	cut("[A]\n" NPU "\n# about B\n; and more\n[B]\n" NPU "\n# about C\n[C]\n" NPU, "B",
	    "[A]\n" NPU "\n# about C\n[C]\n" NPU);
	cut("[A]\n" NPU "\n# network cards\n\n# about B\n[B]\n" NPU "\n[C]\n" NPU, "B",
	    "[A]\n" NPU "\n# network cards\n\n[C]\n" NPU);
}

static void test_comments_of_others_stay(void)
{
	/* The file's own, a section that somebody switched off, the next one's without an empty line. */
	cut("# Devices of node-7\n[A]\n" NPU "\n[B]\n" NPU, "A", "# Devices of node-7\n\n[B]\n" NPU);
	cut("[B]\n" NPU "\n#[Old]\n#type = npu\n[A]\n" NPU, "A", "[B]\n" NPU "\n#[Old]\n#type = npu\n");
	cut("[A]\n" NPU "# about B\n[B]\n" NPU, "A", "# about B\n[B]\n" NPU);
	cut("[A]\n" NPU "# [Old]\n# type = npu\n\n[B]\n" NPU, "A", "# [Old]\n# type = npu\n\n[B]\n" NPU);
	cut("[A]\n" NPU "\n# at the end\n", "A", "# at the end\n");
}

static void test_comments_inside_and_right_below_go(void)
{
	cut("[A]\ntype = npu\n# ids\n\n; of the card\nvendor = 19e5\ndevice = d500\n#force = 0000:01:00.0\n\n"
	    "[B]\n" NPU,
	    "A", "[B]\n" NPU);
	cut("[B]\n" NPU "\n[A]\n" NPU "# the last word\n", "A", "[B]\n" NPU);
}

static void test_a_cut_reads_lines_as_the_registry_does(void)
{
	static const char crlf[] =
		"\xef\xbb\xbf[A] ; the card\r\n\ttype = npu\r\n\r\n  [B]\t# other\r\nx=y\r\n";

	cut(crlf, "A", "\xef\xbb\xbf  [B]\t# other\r\nx=y\r\n");
	cut(crlf, "B", "\xef\xbb\xbf[A] ; the card\r\n\ttype = npu\r\n");
	/* No section: behind a comment sign, another name, a name that goes on. */
	cut("[AA]\n" NPU "#[A]\n# type = [A]\n[B]\ntype = [A]\n\n[A]\n" NPU, "A",
	    "[AA]\n" NPU "#[A]\n# type = [A]\n[B]\ntype = [A]\n");
	/* No line end at the end. */
	cut("[A]\n" NPU "\n[B]\ntype = npu", "A", "[B]\ntype = npu");
	cut("[A]\n" NPU "\n[B]\ntype = npu", "B", "[A]\n" NPU);
}

static void test_no_such_section(void)
{
	struct registry_text out = { 0 };
	struct error err = { 0 };
	const char *text = "; [A]\n#[A]\n[B]\ntype = A\n[A\n[A] x\n";

	CHECK(registry_text_cut(text, strlen(text), "A", &out, &err) == REGISTRY_TEXT_ABSENT);
	CHECK(registry_text_set(text, strlen(text), "A", "enabled", "no", &out, &err) ==
	      REGISTRY_TEXT_ABSENT);
	CHECK(registry_text_cut("", 0, "A", &out, &err) == REGISTRY_TEXT_ABSENT);
	CHECK(!out.at && !err.msg[0]);
}

static void test_a_value_is_replaced_and_nothing_else(void)
{
	set("[A]\n" NPU "enabled = no\n", "yes", "[A]\n" NPU "enabled = yes\n");
	set("[A]\n\tenabled=  off  ; for now\r\ntype = npu\r\n", "yes",
	    "[A]\n\tenabled=  yes  ; for now\r\ntype = npu\r\n");
	set("[B]\nenabled = no\n[A]\nenabled = 1", "no", "[B]\nenabled = no\n[A]\nenabled = no");
	set("[A]\n#enabled = yes\nenabled = yes # enabled = yes\n", "no",
	    "[A]\n#enabled = yes\nenabled = no # enabled = yes\n");
}

static void test_a_key_that_is_missing_goes_below_the_last(void)
{
	set("[A]\n" NPU "\n# about B\n[B]\n" NPU, "no", "[A]\n" NPU "enabled = no\n\n# about B\n[B]\n" NPU);
	set("[A]\n" NPU "; more\n[B]\nenabled = yes\n", "no",
	    "[A]\n" NPU "enabled = no\n; more\n[B]\nenabled = yes\n");
	set("[A]\n" NPU, "no", "[A]\n" NPU "enabled = no\n");
	set("[A]", "no", "[A]\nenabled = no");
}

static void test_a_new_line_looks_like_those_above(void)
{
	set("[A]\n  type      = npu\n  functions = all\n", "no",
	    "[A]\n  type      = npu\n  functions = all\n  enabled   = no\n");
	set("[A]\r\ntype   = npu\r\n\r\n[B]\r\n", "no", "[A]\r\ntype   = npu\r\nenabled = no\r\n\r\n[B]\r\n");
	set("\xef\xbb\xbf[A]\r\ntype = npu", "no", "\xef\xbb\xbf[A]\r\ntype = npu\r\nenabled = no");
	set("[A]\n\ttype=npu\n", "no", "[A]\n\ttype=npu\n\tenabled = no\n");
}

static void test_what_is_worth_keeping(void)
{
	static const char bare[] = "# Written by hand\n\n ; nothing yet\n";

	CHECK(!registry_text_says_something("", 0));
	CHECK(!registry_text_says_something(bare, strlen(bare)));
	CHECK(registry_text_says_something("# [Old] ; card\n", 15));
	CHECK(registry_text_says_something("[A]\n", 4));
	CHECK(registry_text_says_something("nonsense\n", 9));
	CHECK(registry_text_sections("[A]\n#[B]\n [C] ; c\ntype = [D]\n", 28) == 2);
}

static struct model model_of(const char *const *pairs)
{
	struct model model;
	struct error err = { 0 };

	CHECK(model_init(&model, "Atlas", "define", 0, &err) == 0);
	for (; *pairs; pairs += 2)
		CHECK(model_set(&model, pairs[0], pairs[1], &err) == 0);
	CHECK(model_check(&model, &err) == 0);
	return model;
}

static void test_a_model_is_written_with_what_it_was_given(void)
{
	static const char *const pairs[] = { "type",	  "npu",
					     "vendor",	  "0X19E5",
					     "device",	  "d500",
					     "subsystem", "19E5:0100",
					     "class",	  "0x1200",
					     "revision",  "0A",
					     "address",	  "3b:00.*,0001:*:*.0",
					     "hosts",	  "node-* !node-7",
					     "functions", "all",
					     "driver",	  "mlx5_vfio_pci",
					     "enabled",	  "no",
					     NULL };
	struct model model = model_of(pairs);
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_add_model(&out, &model, 197, &err) == 0);
	CHECK_STR(out.at, "[Atlas]\n"
			  "type      = npu\n"
			  "vendor    = 19e5\n"
			  "device    = d500\n"
			  "subsystem = 19e5:0100\n"
			  "class     = 1200\n"
			  "revision  = 0a\n"
			  "address   = 3b:00.*, 0001:*:*.0\n"
			  "hosts     = node-*, !node-7\n"
			  "driver    = mlx5_vfio_pci\n"
			  "functions = all\n"
			  "enabled   = no\n");
	free(out.at);
	out = (struct registry_text){ 0 };
	CHECK(registry_text_add_model(&out, &model, 30, &err) == -1);
	CHECK_STR(err.msg,
		  "define: address makes a line of 31 characters, 30 are the most; shorten it, with * "
		  "in patterns or a second model of the same type");
	free(out.at);
	model_clear(&model);
}

static void test_a_list_of_functions_is_written_in_order(void)
{
	static const char *const pairs[] = { "type", "gpu",	  "vendor", "1002", "device",
					     "164e", "functions", "6, 0 1", NULL };
	struct model model = model_of(pairs);
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_add_model(&out, &model, 197, &err) == 0);
	CHECK(strstr(out.at, "\nfunctions = 0 1 6\n"));
	free(out.at);
	model_clear(&model);
}

static void test_options_are_written_by_their_keys(void)
{
	static const char *const pairs[] = { "type",	"gpu",	 "vendor", "1002",
					     "device",	"164e",	 "qemu",   "x-vga=on x-no-mmap=on",
					     "romfile", "x.rom", "rombar", "1",
					     NULL };
	struct model model = model_of(pairs);
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_add_model(&out, &model, 197, &err) == 0);
	CHECK(strstr(out.at, "\nrombar    = on\n"
			     "romfile   = x.rom\n"
			     "qemu      = x-no-mmap=on x-vga=on\n"));
	free(out.at);
	model_clear(&model);
}

static void test_equal_is_what_says_the_same_of_devices(void)
{
	static const char *const plain[] = { "type", "npu", "vendor", "19e5", "device", "d500", NULL };
	static const char *const same[] = { "type",    "npu",	 "vendor",   "0x19E5",	  "device",
					    "D500",    "driver", "vfio-pci", "functions", "one",
					    "enabled", "no",	 NULL };
	static const char *const narrow[] = { "type", "npu",	 "vendor",  "19e5", "device",
					      "d500", "address", "3b:00.0", NULL };
	static const char *const other[] = { "type", "npu",	"vendor",  "19e5", "device",
					     "d500", "address", "3b:00.1", NULL };
	static const char *const input[] = {
		"type", "npu", "vendor", "19e5", "device", "d500", "lend_console_input", "yes", NULL
	};
	static const char *const held[] = { "type", "npu",	 "vendor", "19e5", "device",
					    "d500", "after_use", "hold",   NULL };
	static const char *const held_short[] = { "type",	   "npu",  "vendor",	"19e5",
						  "device",	   "d500", "after_use", "hold",
						  "clean_timeout", "9",	   NULL };
	static const char *const held_units[] = { "type",	 "npu",	      "vendor",	   "19e5",
						  "device",	 "d500",      "after_use", "hold",
						  "clean_units", "a.service", NULL };
	struct model a = model_of(plain), b = model_of(same), c = model_of(narrow), d = model_of(other);
	static const char *const stops[] = { "type", "npu",	   "vendor",	"19e5", "device",
					     "d500", "stop_units", "a.service", NULL };
	static const char *const starts[] = { "type", "npu",	     "vendor",	   "19e5", "device",
					      "d500", "start_units", "a@.service", NULL };
	struct model e = model_of(input), f = model_of(stops), g = model_of(starts), h = model_of(held);
	struct model i = model_of(held_short), j = model_of(held_units);

	CHECK(model_equal(&a, &b));
	CHECK(!model_equal(&a, &e) && model_equal(&e, &e));
	CHECK_STR(model_hand_written(&e), "lend_console_input");
	CHECK(!model_equal(&a, &h) && model_equal(&h, &h));
	CHECK(!model_equal(&h, &i) && !model_equal(&h, &j) && model_equal(&j, &j));
	CHECK_STR(model_hand_written(&h), "after_use");
	CHECK(!model_equal(&a, &c) && !model_equal(&c, &d) && model_equal(&c, &c));
	CHECK(!model_equal(&a, &f) && !model_equal(&a, &g) && model_equal(&g, &g));
	CHECK_STR(model_hand_written(&f), "stop_units");
	CHECK_STR(model_hand_written(&g), "start_units");
	model_clear(&c);
	model_clear(&d);
	model_clear(&f);
	model_clear(&g);
	model_clear(&j);
}

static void test_units_are_written_as_a_list(void)
{
	static const char *const keys[] = {
		"type",	       "npu",	     "vendor",	   "19e5",
		"device",      "d500",	     "stop_units", "gdm.service nvidia.service",
		"start_units", "a@.service", "after_use",  "clean",
		"clean_units", "b@.service", NULL
	};
	struct model model = model_of(keys);
	struct registry_text out = { 0 };
	struct error err = { 0 };

	CHECK(registry_text_add_model(&out, &model, 197, &err) == 0);
	CHECK(strstr(
		out.at,
		"\nstop_units = gdm.service, nvidia.service\nstart_units = a@.service\nafter_use = clean\n"
		"clean_units = b@.service\n"));
	CHECK(!strstr(out.at, "clean_timeout"));
	free(out.at);
	out = (struct registry_text){ 0 };
	model.clean_timeout = 60;
	CHECK(registry_text_add_model(&out, &model, 197, &err) == 0);
	CHECK(strstr(out.at, "\nclean_timeout = 60\n"));
	free(out.at);
	model_clear(&model);
}

int main(void)
{
	RUN(test_a_section_is_cut_out_of_the_middle);
	RUN(test_the_first_and_the_last_leave_no_empty_lines);
	RUN(test_what_was_said_right_above_it_goes_too);
	RUN(test_comments_of_others_stay);
	RUN(test_comments_inside_and_right_below_go);
	RUN(test_a_cut_reads_lines_as_the_registry_does);
	RUN(test_no_such_section);
	RUN(test_a_value_is_replaced_and_nothing_else);
	RUN(test_a_key_that_is_missing_goes_below_the_last);
	RUN(test_a_new_line_looks_like_those_above);
	RUN(test_what_is_worth_keeping);
	RUN(test_a_model_is_written_with_what_it_was_given);
	RUN(test_a_list_of_functions_is_written_in_order);
	RUN(test_options_are_written_by_their_keys);
	RUN(test_equal_is_what_says_the_same_of_devices);
	RUN(test_units_are_written_as_a_list);
	return 0;
}

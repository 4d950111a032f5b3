/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked with programs of SANITIZE=1 without LEAKS=1. LeakSanitizer stops the process at its end and searches
 * its memory, which takes half of the time of programs that live for milliseconds. The unit tests look for
 * leaks.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

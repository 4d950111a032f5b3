/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>

#include "base/fileio.h"
#include "base/text.h"
#include "host/net/tcx.h"

/* Large enough for a router with a full Internet routing table. */
#define TABLE_MAX (256 << 20)

#define INTERFACE_LEN 64

void net_tables_clear(struct net_tables *tables)
{
	if (tables->addresses)
		freeifaddrs(tables->addresses);
	free(tables->routes);
	free(tables->routes6);
	net_facts_clear(&tables->facts);
	*tables = (struct net_tables){ 0 };
}

int net_tables_read(struct net_tables *tables, const char *proc, struct error *err)
{
	if (tables->are_read)
		return 0;
	if (getifaddrs(&tables->addresses) < 0)
		return error_set(err, errno, "cannot list the addresses of this host");
	if (read_table(proc, "net/route", TABLE_MAX, &tables->routes, err) < 0 ||
	    net_facts_read(&tables->facts, proc, err) < 0 ||
	    read_table(proc, "net/ipv6_route", TABLE_MAX, &tables->routes6, err) < 0)
		return -1;
	tables->are_read = true;
	return 0;
}

/* ---- addresses ------------------------------------------------------------------------------------- */

/* Formats an address: "" when it is not an IP address, or one that each interface has when it is up. */
static void format_address(const struct sockaddr *address, char text[static INET6_ADDRSTRLEN])
{
	text[0] = '\0';
	if (address && address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)address;

		(void)inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
	} else if (address && address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)address;

		if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
			(void)inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
	}
}

/* An address may have a label, "eth0:1" (ip-address(8)). An interface name never contains a colon. */
static bool is_of(const char *label, const char *interface)
{
	size_t len = strcspn(label, ":");

	return strncmp(label, interface, len) == 0 && interface[len] == '\0';
}

static int find_address(const struct net_tables *tables, const char *interface, char use[static HOST_USE_LEN])
{
	char text[INET6_ADDRSTRLEN];

	for (const struct ifaddrs *a = tables->addresses; a; a = a->ifa_next) {
		if (!(a->ifa_flags & IFF_UP) || !is_of(a->ifa_name, interface))
			continue;
		format_address(a->ifa_addr, text);
		if (text[0])
			return use_text(use, "interface %s has the address %s", interface, text);
	}
	return 0;
}

/* ---- links ----------------------------------------------------------------------------------------- */

/* @path: of the interface itself */
static int find_master(const struct sysfs *sysfs, const char *path, const char *interface,
		       char use[static HOST_USE_LEN], struct error *err)
{
	char link[PATH_MAX], master[INTERFACE_LEN];
	int rc;

	if (sysfs_join(link, path, "master", err) < 0)
		return -1;
	rc = sysfs_read_link_name(sysfs, link, master, sizeof(master), err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return use_text(use, "interface %s is part of %s", interface, master);
}

static int find_upper(const struct sysfs *sysfs, const char *path, const char *interface,
		      char use[static HOST_USE_LEN], struct error *err)
{
	static const char prefix[] = "upper_";
	struct error cause = { 0 };
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, path, &cause);
	const struct dirent *entry;
	int rc = 0;

	/* An interface may disappear at any time; it is then unused. */
	if (!dir)
		return cause.code == ENOENT ? 0 : error_pass(err, &cause);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			rc = use_text(use, "interface %s carries %s", interface,
				      entry->d_name + strlen(prefix));
	}
	return rc;
}

/* ---- routes ---------------------------------------------------------------------------------------- */

static int say_route(const char *interface, const char *destination, unsigned int prefix,
		     char use[static HOST_USE_LEN])
{
	if (prefix == 0)
		return use_text(use, "interface %s carries the default route", interface);
	return use_text(use, "interface %s carries the route to %s/%u", interface, destination, prefix);
}

static unsigned int hex_word(const char *line, int n)
{
	return (unsigned int)strtoul(word_at(line, n), NULL, 16);
}

/* Columns: interface, destination, gateway, flags, 3 counters, mask; hexadecimal, in memory byte order. */
static int find_route(const char *routes, const char *interface, char use[static HOST_USE_LEN])
{
	for (const char *line = routes; line && *line; line = next_line(line)) {
		unsigned int destination = hex_word(line, 1), mask = hex_word(line, 7);
		char text[INET_ADDRSTRLEN];

		if (!word_is(line, interface) || !(hex_word(line, 3) & RTF_UP))
			continue;
		(void)inet_ntop(AF_INET, &destination, text, sizeof(text));
		return say_route(interface, text, (unsigned int)__builtin_popcount(mask), use);
	}
	return 0;
}

/* Reads the 32 hexadecimal digits of an address. */
static struct in6_addr take_address(const char *digits)
{
	struct in6_addr out = { 0 };
	char byte[3] = "";

	for (size_t i = 0; i < sizeof(out.s6_addr) && digits[2 * i] > ' ' && digits[2 * i + 1] > ' '; i++) {
		memcpy(byte, digits + 2 * i, 2);
		out.s6_addr[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return out;
}

/*
 * Columns: destination and its prefix, source and its prefix, next hop, 3 counters, flags, interface. The
 * loop skips routes that every interface has when it is up: link-local, multicast, its own addresses.
 */
static int find_route6(const char *routes, const char *interface, char use[static HOST_USE_LEN])
{
	for (const char *line = routes; line && *line; line = next_line(line)) {
		struct in6_addr destination = take_address(line);
		unsigned int flags = hex_word(line, 8);
		char text[INET6_ADDRSTRLEN];

		if (!word_is(word_at(line, 9), interface) || !(flags & RTF_UP) || (flags & RTF_LOCAL) ||
		    IN6_IS_ADDR_LINKLOCAL(&destination) || IN6_IS_ADDR_MULTICAST(&destination))
			continue;
		(void)inet_ntop(AF_INET6, &destination, text, sizeof(text));
		return say_route(interface, text, hex_word(line, 1), use);
	}
	return 0;
}

/* ---- what else there is ---------------------------------------------------------------------------- */

static int find_fact(const struct net_tables *tables, const char *interface, char use[static HOST_USE_LEN],
		     struct error *err)
{
	unsigned int ifindex = if_nametoindex(interface);
	const struct net_fact *fact = net_facts_find(&tables->facts, ifindex);
	int rc;

	if (fact)
		return use_text(use, "interface %s %s", interface, fact->text);
	if (ifindex && tables->facts.silent)
		return use_text(
			use, "process %d does not tell in time whether interface %s carries one of its own",
			(int)tables->facts.silent, interface);
	rc = ifindex ? tcx_has_program(ifindex, err) : 0;
	return rc > 0 ? use_text(use, "interface %s has a tcx program", interface) : rc;
}

/* ---- the interfaces of a device -------------------------------------------------------------------- */

static int look_at(const struct sysfs *sysfs, const struct net_tables *tables, const char *path,
		   const char *interface, char use[static HOST_USE_LEN], struct error *err)
{
	char own[PATH_MAX];
	int rc = sysfs_join(own, path, interface, err);

	if (rc == 0)
		rc = find_address(tables, interface, use);
	if (rc == 0)
		rc = find_master(sysfs, own, interface, use, err);
	if (rc == 0)
		rc = find_upper(sysfs, own, interface, use, err);
	if (rc == 0)
		rc = find_route(tables->routes, interface, use);
	if (rc == 0)
		rc = find_route6(tables->routes6, interface, use);
	if (rc == 0)
		rc = find_fact(tables, interface, use, err);
	return rc;
}

int net_use(const struct sysfs *sysfs, const struct net_tables *tables, const char *path,
	    char use[static HOST_USE_LEN], struct error *err)
{
	struct error cause = { 0 };
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, path, &cause);
	const struct dirent *entry;
	size_t interfaces = 0;
	int rc = 0;

	/* An interface may disappear at any time; it is then unused. */
	if (!dir)
		return cause.code == ENOENT ? 0 : error_pass(err, &cause);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] == '.')
			continue;
		interfaces++;
		rc = look_at(sysfs, tables, path, entry->d_name, use, err);
	}
	if (rc == 0 && interfaces == 0)
		return use_text(use, "its network interface is in another network namespace");
	return rc;
}

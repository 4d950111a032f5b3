/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/vf/vf_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* An interface with 256 functions takes at most 64 KiB, the limit of an attribute (linux/netlink.h). */
#define BUFFER_LEN (256 << 10)
#define TRIES 3

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		(void)mnl_socket_close(*socket);
}

/* Limits every wait that a signal could end as well. */
static int open_socket(struct mnl_socket **out)
{
	const struct timeval patience = { .tv_sec = 1 };
	int fd;

	*out = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!*out)
		return -errno;
	fd = mnl_socket_get_fd(*out);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    mnl_socket_bind(*out, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

/* Receives the whole answer. Returns 0 or a negative errno value. */
static int receive(struct mnl_socket *socket, const struct nlmsghdr *request, mnl_cb_t take, void *context)
{
	CLEANUP_FREE char *buffer = malloc(BUFFER_LEN);
	int rc = MNL_CB_OK;

	if (!buffer)
		return -ENOMEM;
	while (rc > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(socket, buffer, BUFFER_LEN);

		if (n <= 0)
			return n < 0 ? -errno : -EPROTO;
		rc = mnl_cb_run(buffer, (size_t)n, request->nlmsg_seq, mnl_socket_get_portid(socket), take,
				context);
	}
	return rc < 0 ? -errno : 0;
}

/*
 * Sends a request and receives the answer. Each has a socket of its own, so that what is left of an
 * interrupted list belongs to no other one. Returns 0 or a negative errno value, and in *is_asked whether the
 * kernel had the request.
 */
static int exchange(const struct nlmsghdr *request, mnl_cb_t take, void *context, bool *is_asked)
{
	CLEANUP(close_socket) struct mnl_socket *socket = NULL;
	int rc = open_socket(&socket);

	*is_asked = rc == 0 && mnl_socket_sendto(socket, request, request->nlmsg_len) >= 0;
	if (rc == 0 && !*is_asked)
		rc = -errno;
	return rc == 0 ? receive(socket, request, take, context) : rc;
}

struct listing {
	vf_state_fn *take;
	void *context;
	struct error *err;
	bool is_failed; /* @take has failed */
};

static int take_message(const struct nlmsghdr *message, void *data)
{
	struct listing *listing = data;

	if (vf_message_read(message, listing->take, listing->context, listing->err) == 0)
		return MNL_CB_OK;
	listing->is_failed = true;
	errno = ECANCELED;
	return MNL_CB_ERROR;
}

int vf_link_list(vf_state_fn *take, void *context, struct error *err)
{
	struct listing listing = { .take = take, .context = context, .err = err };
	char buf[VF_MESSAGE_LEN];
	bool is_asked;
	int rc = -EINTR;

	/* The list was changed meanwhile: EINTR (libmnl, mnl_cb_run, NLM_F_DUMP_INTR). */
	for (int i = 0; i < TRIES && rc == -EINTR; i++)
		rc = exchange(vf_message_list(buf), take_message, &listing, &is_asked);
	if (rc == 0 || listing.is_failed)
		return rc < 0 ? -1 : 0;
	return error_set(err, -rc, "cannot list the virtual functions of network interfaces");
}

int vf_link_set(unsigned ifindex, unsigned vf, const struct vf_net *net, struct error *err)
{
	char buf[VF_MESSAGE_LEN], text[VF_NET_LEN];
	bool is_asked;
	int rc = exchange(vf_message_set(ifindex, vf, net, buf), NULL, NULL, &is_asked);

	if (rc == 0)
		return 0;
	(void)error_set(err, -rc, "virtual function %u: cannot set %s", vf, vf_net_text(net, text));
	return is_asked ? VF_LINK_REFUSED : -1;
}

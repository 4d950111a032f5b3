/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/solve/mincost.h"

#include <stdlib.h>
#include <string.h>

enum { MARK_NONE, MARK_REACHED, MARK_DONE };

void mincost_state_clear(struct mincost_state *state)
{
	free(state->room);
	free(state->price);
	*state = (struct mincost_state){ 0 };
}

int mincost_state_init(const struct mincost *net, struct mincost_state *state)
{
	state->room = calloc(net->edge_count + 1, sizeof(*state->room));
	state->price = calloc(net->node_count, sizeof(*state->price));
	return state->room && state->price ? 0 : -1;
}

void mincost_copy(const struct mincost *net, const struct mincost_state *from, struct mincost_state *to)
{
	memcpy(to->room, from->room, net->edge_count * sizeof(*to->room));
	memcpy(to->price, from->price, net->node_count * sizeof(*to->price));
	to->total = from->total;
}

void mincost_clear(struct mincost *net)
{
	mincost_state_clear(&net->now);
	free(net->edges);
	free(net->first);
	free(net->last);
	free(net->distance);
	free(net->via);
	free(net->mark);
	free(net->touched);
	free(net->heap);
	free(net->heap_place);
	*net = (struct mincost){ 0 };
}

int mincost_init(struct mincost *net, size_t nodes, size_t edges)
{
	*net = (struct mincost){ .node_count = nodes, .edge_count = 2 * edges };
	net->edges = calloc(2 * edges + 1, sizeof(*net->edges));
	net->first = calloc(nodes, sizeof(*net->first));
	net->last = calloc(nodes, sizeof(*net->last));
	net->distance = calloc(nodes, sizeof(*net->distance));
	net->via = calloc(nodes, sizeof(*net->via));
	net->mark = calloc(nodes, sizeof(*net->mark));
	net->touched = calloc(nodes, sizeof(*net->touched));
	net->heap = calloc(nodes, sizeof(*net->heap));
	net->heap_place = calloc(nodes, sizeof(*net->heap_place));
	if (mincost_state_init(net, &net->now) < 0 || !net->edges || !net->first || !net->last ||
	    !net->distance || !net->via || !net->mark || !net->touched || !net->heap || !net->heap_place)
		return -1;
	for (size_t i = 0; i < nodes; i++)
		net->first[i] = net->last[i] = MINCOST_NO_EDGE;
	net->edge_count = 0;
	return 0;
}

static void append(struct mincost *net, uint32_t from, uint32_t to, uint8_t room, wide_cost cost)
{
	uint32_t edge = (uint32_t)net->edge_count++;

	net->edges[edge] = (struct mincost_edge){ .cost = cost, .to = to, .next = MINCOST_NO_EDGE };
	net->now.room[edge] = room;
	if (net->last[from] == MINCOST_NO_EDGE)
		net->first[from] = edge;
	else
		net->edges[net->last[from]].next = edge;
	net->last[from] = edge;
}

uint32_t mincost_add(struct mincost *net, uint32_t from, uint32_t to, uint8_t room, wide_cost cost)
{
	append(net, from, to, room, cost);
	append(net, to, from, 0, -cost);
	return (uint32_t)net->edge_count - 2;
}

/* Among equal distances the lowest node comes first: the sink is one of the first that are taken. */
static bool comes_before(const struct mincost *net, uint32_t a, uint32_t b)
{
	return net->distance[a] != net->distance[b] ? net->distance[a] < net->distance[b] : a < b;
}

static void heap_put(struct mincost *net, size_t place, uint32_t node)
{
	net->heap[place] = node;
	net->heap_place[node] = (uint32_t)place;
}

static void heap_up(struct mincost *net, uint32_t node)
{
	size_t place = net->heap_place[node];

	while (place && comes_before(net, node, net->heap[(place - 1) / 2])) {
		heap_put(net, place, net->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	heap_put(net, place, node);
}

static uint32_t heap_take(struct mincost *net)
{
	uint32_t top = net->heap[0], node = net->heap[--net->heap_count];
	size_t place = 0, child;

	while ((child = 2 * place + 1) < net->heap_count) {
		if (child + 1 < net->heap_count && comes_before(net, net->heap[child + 1], net->heap[child]))
			child++;
		if (!comes_before(net, net->heap[child], node))
			break;
		heap_put(net, place, net->heap[child]);
		place = child;
	}
	if (net->heap_count)
		heap_put(net, place, node);
	return top;
}

static void reach(struct mincost *net, uint32_t node, wide_cost distance, uint32_t edge, size_t *touched)
{
	if (net->mark[node] == MARK_NONE) {
		net->mark[node] = MARK_REACHED;
		net->touched[(*touched)++] = node;
		heap_put(net, net->heap_count++, node);
	} else if (net->mark[node] == MARK_DONE || distance >= net->distance[node]) {
		return;
	}
	net->distance[node] = distance;
	net->via[node] = edge;
	heap_up(net, node);
}

static void look_around(struct mincost *net, uint32_t node, size_t *touched)
{
	wide_cost base = net->distance[node] + net->now.price[node];

	for (uint32_t e = net->first[node]; e != MINCOST_NO_EDGE; e = net->edges[e].next) {
		const struct mincost_edge *edge = &net->edges[e];

		net->work++;
		if (net->now.room[e] && net->mark[edge->to] != MARK_DONE)
			reach(net, edge->to, base + edge->cost - net->now.price[edge->to], e, touched);
	}
}

/* Sends a unit along the way that was found, and lets the prices follow it. */
static void send_along(struct mincost *net, uint32_t from, uint32_t to, size_t touched)
{
	wide_cost length = net->distance[to];

	for (size_t i = 0; i < touched; i++) {
		uint32_t node = net->touched[i];

		if (net->mark[node] == MARK_DONE && net->distance[node] < length)
			net->now.price[node] += net->distance[node] - length;
	}
	for (uint32_t node = to; node != from;) {
		uint32_t edge = net->via[node];

		net->now.room[edge]--;
		net->now.room[edge ^ 1]++;
		net->now.total += net->edges[edge].cost;
		node = net->edges[edge ^ 1].to;
	}
}

bool mincost_send(struct mincost *net, uint32_t from, uint32_t to)
{
	size_t touched = 0;
	bool is_found = false;

	net->heap_count = 0;
	reach(net, from, 0, MINCOST_NO_EDGE, &touched);
	while (net->heap_count && !is_found) {
		uint32_t node = heap_take(net);

		net->mark[node] = MARK_DONE;
		is_found = node == to;
		if (!is_found)
			look_around(net, node, &touched);
	}
	if (is_found)
		send_along(net, from, to, touched);
	for (size_t i = 0; i < touched; i++)
		net->mark[net->touched[i]] = MARK_NONE;
	return is_found;
}

bool mincost_close(struct mincost *net, uint32_t edge)
{
	bool is_used = mincost_flows(net, edge);

	net->now.room[edge] = net->now.room[edge ^ 1] = 0;
	if (!is_used)
		return true;
	/* What arrived at its end goes on from there; so the unit only has to come to that end. */
	net->now.total -= net->edges[edge].cost;
	return mincost_send(net, net->edges[edge ^ 1].to, net->edges[edge].to);
}

wide_cost mincost_reduced(const struct mincost *net, uint32_t edge)
{
	wide_cost reduced = net->edges[edge].cost + net->now.price[net->edges[edge ^ 1].to] -
			    net->now.price[net->edges[edge].to];

	return mincost_flows(net, edge) || reduced < 0 ? 0 : reduced;
}

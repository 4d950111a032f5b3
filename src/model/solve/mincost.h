/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A flow of least cost through a network: one unit from each source to the sink. Edges can be closed while it
 * flows; what flowed through them takes the next best way. Pure.
 *
 * Method: successive shortest paths with prices (Ahuja, Magnanti, Orlin: Network Flows, chapter 9.7). The
 * price of a node makes the reduced cost of each edge that has room at least 0, so that a shortest path is
 * found by Dijkstra's algorithm, and so that the total plus the reduced cost of an edge is a lower bound of
 * each flow that uses this edge.
 */
#ifndef PCITAG_MODEL_SOLVE_MINCOST_H
#define PCITAG_MODEL_SOLVE_MINCOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Several levels of costs in one number: model/solve/solver.c, "digits". */
__extension__ typedef __int128 wide_cost;

#define MINCOST_SINK 0
#define MINCOST_NO_EDGE UINT32_MAX

struct mincost_edge {
	wide_cost cost;
	uint32_t to;
	uint32_t next; /* of the same node */
};

/* What changes while it flows; mincost_copy() keeps it. */
struct mincost_state {
	uint8_t *room;	  /* of each edge: how many more units it takes */
	wide_cost *price; /* of each node */
	wide_cost total;  /* costs of the flow */
};

/* An edge has an even number; the one after it is its way back. */
struct mincost {
	struct mincost_edge *edges; /* owned */
	size_t edge_count;
	uint32_t *first, *last; /* owned: node -> its edges */
	size_t node_count;
	struct mincost_state now;
	wide_cost *distance;  /* owned: node; during one search */
	uint32_t *via;	      /* owned: node -> the edge that leads to it */
	uint8_t *mark;	      /* owned: node -> whether it was reached, and done */
	uint32_t *touched;    /* owned: nodes that were reached */
	uint32_t *heap;	      /* owned: nodes, the next one first */
	uint32_t *heap_place; /* owned: node -> its place in the heap */
	size_t heap_count;
	unsigned long work; /* edges that were looked at */
};

/*
 * Makes a network of @nodes nodes and room for @edges edges. Of equal ways the search takes the one through
 * nodes of low numbers. Returns 0, or -1 when out of memory; mincost_clear() frees it in both cases.
 */
int mincost_init(struct mincost *net, size_t nodes, size_t edges);
void mincost_clear(struct mincost *net);

/*
 * Adds an edge before anything flows; there must be room for it. @cost: at least 0; @room: at most 127
 * Returns its number.
 */
uint32_t mincost_add(struct mincost *net, uint32_t from, uint32_t to, uint8_t room, wide_cost cost);

/* Sends one unit from a node to another: the sink, for a source. False when there is no way. */
bool mincost_send(struct mincost *net, uint32_t from, uint32_t to);

/* Closes an edge for good; what flows through it takes another way. False when there is none. */
bool mincost_close(struct mincost *net, uint32_t edge);

/* True when the edge is used. */
static inline bool mincost_flows(const struct mincost *net, uint32_t edge)
{
	return net->now.room[edge ^ 1] != 0;
}

/* A lower bound of what the total grows by when the edge must be used. */
wide_cost mincost_reduced(const struct mincost *net, uint32_t edge);

/* Copies a state of the same network; both own their arrays, @to from mincost_state_init(). */
void mincost_copy(const struct mincost *net, const struct mincost_state *from, struct mincost_state *to);
int mincost_state_init(const struct mincost *net, struct mincost_state *state);
void mincost_state_clear(struct mincost_state *state);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/vgpu_rooms.h"

#include <stdlib.h>

#include "base/array.h"

void vgpu_rooms_clear(struct vgpu_rooms *rooms)
{
	free(rooms->rooms);
	*rooms = (struct vgpu_rooms){ 0 };
}

/* How many of the type the card has taken. */
static unsigned count_taken(const struct lease *lease, const struct topology *topology,
			    const struct vgpu_room *room)
{
	unsigned count = 0;

	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];
		const struct pci_device *device = topology_find(topology, &member->addr);

		count += device && device->is_virtual && pci_addr_equal(&device->physfn, &room->card) &&
			 member->setting.attribute && member->setting.value == room->type && member->is_moved;
	}
	return count;
}

static struct vgpu_room *find(struct vgpu_rooms *rooms, const struct vgpu_room *like)
{
	for (size_t i = 0; i < rooms->count; i++) {
		if (pci_addr_equal(&rooms->rooms[i].card, &like->card) && rooms->rooms[i].type == like->type)
			return &rooms->rooms[i];
	}
	return NULL;
}

/* True when that is less than was known before. */
static bool note(struct vgpu_rooms *rooms, const struct vgpu_room *found)
{
	struct vgpu_room *known = find(rooms, found);

	if (!known)
		return ARRAY_APPEND(rooms->rooms, rooms->count, *found);
	if (known->most <= found->most)
		return false;
	known->most = found->most;
	return true;
}

bool vgpu_rooms_learn(struct vgpu_rooms *rooms, const struct lease *lease, const struct topology *topology)
{
	bool is_new = false;

	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];
		const struct pci_device *device = topology_find(topology, &member->addr);
		struct vgpu_room found = { .type = member->setting.value };

		if (!member->is_full || !device || !device->is_virtual)
			continue;
		found.card = device->physfn;
		found.most = count_taken(lease, topology, &found);
		is_new |= note(rooms, &found);
	}
	return is_new;
}

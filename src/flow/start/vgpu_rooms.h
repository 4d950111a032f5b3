/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For how many vGPUs of a type a card has room. Its driver lists the types that it has room for, without a
 * number, so a start that wants several tries, and learns from what the driver refuses.
 */
#ifndef PCITAG_FLOW_START_VGPU_ROOMS_H
#define PCITAG_FLOW_START_VGPU_ROOMS_H

#include "model/lease/lease.h"
#include "model/pci/setting.h"
#include "model/pci/topology.h"

struct vgpu_rooms {
	struct vgpu_room *rooms; /* owned */
	size_t count;
};

void vgpu_rooms_clear(struct vgpu_rooms *rooms);

/*
 * Learns from a lease that bind_lease() could not bind: a card that refused one has room for those that it
 * took, beside what others have. Other types of this domain on the card count as what others have.
 * Returns true when something was learned; false also when out of memory.
 */
bool vgpu_rooms_learn(struct vgpu_rooms *rooms, const struct lease *lease, const struct topology *topology);

#endif

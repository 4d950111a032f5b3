/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of the host: the objects of `pcitag VERB --json`, read again when something changes. A view names the
 * verbs that it shows; the others are not run.
 */
import { PCITAG, read } from "./tool.js";

const cockpit = window.cockpit;

const verbs = {
	list: ["list"],
	leases: ["leases"],
	types: ["types"],
	probe: ["probe"],
	check: ["check"],
	domains: ["domains"],
	log: ["log"],
};

/* These look at each function of the host. */
const is_slow = ["probe", "check", "log"];

/* Milliseconds: events that come together are one reading; without a stream of events, how often to look. */
const TOGETHER = 120, LOOK_AGAIN = 5000;

export const host = {
	/* The last object of each verb, and the last refusal. */
	data: {},
	refusals: {},
	wanted: [],
	listeners: new Set(),
};

const reading = {}, stale = {};
let timer = null;

function tell(verb) {
	for (const listener of host.listeners)
		listener(verb);
}

/* Reads one verb; what changes meanwhile is read once more afterwards. */
async function refresh(verb) {
	if (reading[verb]) {
		stale[verb] = true;
		return;
	}
	reading[verb] = true;
	try {
		host.data[verb] = await read(verbs[verb]);
		delete host.refusals[verb];
	} catch (error) {
		host.refusals[verb] = error.message;
	}
	reading[verb] = false;
	tell(verb);
	if (stale[verb]) {
		stale[verb] = false;
		refresh(verb);
	}
}

/* Reads again what the view shows: first what is read quickly, so that nothing takes the processors from it. */
export async function refresh_all() {
	const names = host.wanted;

	timer = null;
	await Promise.all(names.filter(name => !is_slow.includes(name)).map(refresh));
	if (names === host.wanted)
		names.filter(name => is_slow.includes(name)).forEach(refresh);
}

export function refresh_soon() {
	if (timer === null)
		timer = window.setTimeout(refresh_all, TOGETHER);
}

/* Names the verbs that are shown from now on. What is known of them already is shown until it is read again. */
export function want(names) {
	host.wanted = names;
	refresh_all();
}

/* Without `pcitag watch`: the files of leases and of the registry, and a look now and then. */
function watch_files() {
	for (const path of ["/run/pcitag/leases", "/etc/pcitag", "/etc/pcitag/registry.d"]) {
		const channel = cockpit.channel({ payload: "fswatch1", path, superuser: "try" });

		channel.addEventListener("message", refresh_soon);
	}
	window.setInterval(() => {
		if (!cockpit.hidden)
			refresh_soon();
	}, LOOK_AGAIN);
}

/* Reads again whenever `pcitag watch` prints an event; begins anew when it ends. */
export function watch() {
	let events = 0;

	cockpit.spawn([PCITAG, "watch", "--json"], { superuser: "try", err: "ignore" })
		.stream(() => {
			events++;
			refresh_soon();
		})
		.then(() => window.setTimeout(watch, LOOK_AGAIN), error => {
			if (error.exit_status === 2 && events === 0)
				watch_files();
			else
				window.setTimeout(watch, LOOK_AGAIN);
		});
}

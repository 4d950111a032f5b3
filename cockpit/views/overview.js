/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many devices there are of each type and model, and what waits for the administrator. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { alert, button, card, empty, label, states } from "../parts.js";
import { propose } from "../task.js";
import { clean_button } from "./device.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

function counts_of(devices) {
	return states.map(state => [state, devices.filter(device => device.state === state).length]).filter(([, n]) => n);
}

function bar(counts) {
	return h("div", { "class": "bar", "aria-hidden": "true" }, counts.map(([state, n]) => {
		const part = h("span", { "class": `part part-${state}` }, n);

		part.style.flexGrow = n;
		return part;
	}));
}

/* One model: its bar, and the same in words. */
function model_row(model, devices) {
	const counts = counts_of(devices);

	return h("li", { "class": "model" },
		h("div", { "class": "model-name" },
			h("a", { href: `#/devices?model=${encodeURIComponent(model.model)}` }, model.model),
			model.enabled ? null : label("unavailable", _("disabled"))),
		counts.length ? bar(counts) : h("span", { "class": "quiet" }, _("no device of this host")),
		h("div", { "class": "legend" }, counts.map(([state, n]) => label(state, `${n} ${state}`))));
}

function types() {
	const models = host.data.types ? host.data.types.models : [], devices = host.data.list ? host.data.list.devices : [];
	const names = [...new Set(models.map(model => model.type))];

	if (!host.data.types)
		return host.refusals.types ? alert("danger", _("The registry cannot be read"), host.refusals.types) : null;
	if (!names.length)
		return empty(_("The registry offers no device to guests yet"),
			h("a", { href: "#/devices" }, _("Choose a device and offer it")));
	return names.map(type => h("section", { "class": "type", "aria-label": type }, h("h3", null, type),
		h("ul", { "class": "models" }, models.filter(model => model.type === type)
			.map(model => model_row(model, devices.filter(device => device.model === model.model))))));
}

function fix_of(check, number) {
	if (!check.fix)
		return null;
	if (!check.fix_is_command)
		return h("p", { "class": "words quiet" }, check.fix);
	return button(_("Show the command…"), () => propose({
		title: check.name,
		about: check.found,
		argv: () => ["/bin/sh", "-c", check.fix],
		action: _("Run as root"),
	}), { id: id_of("fix", check.name, number), "aria-label": cockpit.format(_("Show the command for $0"), check.name) });
}

function waiting() {
	const checks = host.data.check ? host.data.check.checks.filter(check => check.result !== "PASS") : [];
	const leases = host.data.leases ? host.data.leases.leases.filter(lease => lease.state === "quarantined") : [];
	const held = host.data.list ? host.data.list.devices.filter(device => ["held", "out"].includes(device.state)) : [];

	if (!host.data.check)
		return host.refusals.check ? alert("danger", "pcitag check", host.refusals.check) : h("p", { "class": "quiet" }, _("Looking…"));
	checks.sort((a, b) => (a.result < b.result ? -1 : a.result > b.result ? 1 : 0));
	if (!checks.length && !leases.length && !held.length)
		return empty(_("Nothing waits for you"), _("This host is ready."));
	return h("ul", { "class": "waiting" },
		leases.map(lease => h("li", null, label("quarantined"), h("div", null,
			h("a", { href: "#/leases" }, lease.domain), h("p", { "class": "words" }, lease.note)))),
		held.map(device => h("li", null, label(device.state), h("div", null,
			h("a", { href: `#/devices/${device.address}` }, device.address), h("p", { "class": "words" }, device.reason),
			device.state === "held" ? clean_button(device, id_of("clean", device.address)) : null))),
		checks.map((check, i) => h("li", null, label(check.result), h("div", null,
			h("strong", null, check.name), h("p", { "class": "words" }, check.found), fix_of(check, i)))));
}

export const overview = {
	title: () => _("Overview"),
	wants: ["types", "list", "leases", "check"],
	open(place) {
		const types_place = h("div"), waiting_place = h("div");

		fill(place, h("div", { "class": "cards" },
			card(_("Devices for guests"), { id: "types" }, types_place),
			card(_("What waits for you"), { id: "waiting" }, waiting_place)));
		return () => {
			fill(types_place, types());
			fill(waiting_place, waiting());
		};
	},
};

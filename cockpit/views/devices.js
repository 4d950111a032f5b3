/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All functions of the host that a guest may or might have, and the details of one. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { button, device_name, empty, field, link_text, state_label, states, table } from "../parts.js";
import { device_panel } from "./device.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

/* Rows that are shown at first: a host can have thousands of functions. */
const ROWS = 200;

const columns = () => [
	{ title: _("Address"), key: "address" },
	{ title: _("Device"), key: "name" },
	{ title: _("Model"), key: "model" },
	{ title: _("State"), key: "state", name: "state" },
	{ title: _("Why not free"), key: "reason", name: "reason" },
	{ title: _("Group"), key: "group", name: "beside" },
	{ title: _("Driver"), key: "driver", name: "beside" },
	{ title: _("Node"), key: "numa", name: "beside far" },
	{ title: _("Link"), name: "beside far" },
];

/* What probe tells of each function, with what list has told since. */
function all_devices() {
	const listed = host.data.list ? host.data.list.devices : [];

	if (!host.data.probe)
		return listed;
	const news = new Map(listed.map(device => [device.address, device]));

	return host.data.probe.devices.filter(device => !device.bridge)
		.map(device => ({ ...device, ...news.get(device.address) }));
}

function value_of(device, key) {
	if (key === "name")
		return device_name(device);
	return device[key];
}

function compare(key, ascending) {
	return (a, b) => {
		const x = value_of(a, key), y = value_of(b, key);

		if (x === y)
			return a.address < b.address ? -1 : 1;
		if (x === null || x === undefined)
			return 1;
		if (y === null || y === undefined)
			return -1;
		return (x < y ? -1 : 1) * (ascending ? 1 : -1);
	};
}

function group_text(device) {
	if (device.group === null)
		return null;
	const others = (device.members || []).map(member => member.address);

	return [String(device.group), others.length
		? h("span", { "class": "members" }, cockpit.format(_("with $0"), others.map(one => one.replace(/^0000:/, "")).join(", "))) : null];
}

function cells(device) {
	return [
		h("a", { href: `#/devices/${device.address}`, id: id_of("device", device.address) }, device.address),
		device_name(device),
		device.model ? [device.model, h("span", { "class": "members" }, device.type)] : null,
		[state_label(device), device.domain ? h("span", { "class": "members" }, device.domain) : null],
		device.reason ? h("span", { "class": "words" }, device.reason) : null,
		group_text(device),
		device.driver,
		device.numa,
		link_text(device.link),
	];
}

function matches(device, filter) {
	const text = filter.text.toLowerCase();

	if (filter.offered && !device.model)
		return false;
	if ((filter.state && device.state !== filter.state) || (filter.model && device.model !== filter.model && device.type !== filter.model))
		return false;
	return !text || [device.address, device_name(device), device.vendor_name, device.model, device.type, device.driver,
		device.domain, device.reason, `${device.vendor}:${device.device}`, device.group === null ? null : `group ${device.group}`]
		.some(word => word && word.toLowerCase().includes(text));
}

export const devices = {
	title: () => _("Devices"),
	wants: ["list", "probe", "types", "domains"],
	open(place, path, options) {
		const filter = { text: options.text || "", state: options.state || "", model: options.model || "", offered: Boolean(options.model) };
		const sort = { key: "address", ascending: true, by: sort_by };
		const found = h("p", { role: "status", "class": "quiet" }), rows_place = h("div");
		const panel_place = h("div", { "class": "panel" });
		let shown = ROWS, panel = null;

		function sort_by(key) {
			sort.ascending = sort.key === key ? !sort.ascending : true;
			sort.key = key;
			draw();
		}

		function filtered() {
			filter.text = document.getElementById("filter-text").value;
			filter.state = document.getElementById("filter-state").value;
			filter.offered = document.getElementById("filter-offered").checked;
			filter.model = filter.offered ? filter.model : "";
			shown = ROWS;
			draw();
		}

		function more(count) {
			return button(cockpit.format(_("Show all $0"), count), () => {
				shown = Infinity;
				draw();
			}, { kind: "link", id: "show-all" });
		}

		function draw() {
			const all = all_devices(), some = all.filter(device => matches(device, filter)).sort(compare(sort.key, sort.ascending));

			if (!host.data.list && !host.data.probe)
				return;
			found.textContent = host.data.probe || host.refusals.probe
				? cockpit.format(_("Devices: $0 of $1"), some.length, all.length)
				: cockpit.format(_("Devices: $0; looking at the others…"), some.length);
			fill(rows_place, some.length
				? table(_("PCI devices of this host"), columns(), some.slice(0, shown).map(cells), sort,
					{ hide_caption: true, id: "devices", current: some.findIndex(device => device.address === path[0]) })
				: empty(_("No device is like that")),
			some.length > shown ? more(some.length) : null);
		}

		const toolbar = h("div", { "class": "toolbar", role: "search", on: { input: filtered } },
			field(_("Search"), "filter-text", filter.text, null, { type: "search" }),
			field(_("State"), "filter-state", filter.state, [["", _("all")], ...states]),
			h("label", { "class": "check" }, h("input", { type: "checkbox", id: "filter-offered", checked: filter.offered }),
				" ", _("only what is offered to guests")));

		fill(place, h("div", { "class": "with-panel" }, h("div", { "class": "list" }, toolbar, found, rows_place), panel_place));
		if (path[0]) {
			panel = device_panel(path[0], () => cockpit.location.go(["devices"]));
			fill(panel_place, panel.element);
			panel.focus();
		}
		return verb => {
			draw();
			if (panel)
				panel.update(verb);
		};
	},
	/* The row of the device whose details were left has the focus again. */
	back(path) {
		const row = path[0] && document.getElementById(id_of("device", path[0]));

		if (row)
			row.focus();
		return Boolean(row);
	},
};

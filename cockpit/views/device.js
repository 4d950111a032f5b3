/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The details of one device: `pcitag show`, and what can be done with it. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { alert, button, details, device_name, field, label, link_text, state_label, table, time_text } from "../parts.js";
import { propose } from "../task.js";
import { PCITAG, read } from "../tool.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

const value = id => document.getElementById(id).value.trim();

/* The registry gets a section for the ids of this device; the words are those that probe proposes, if it does. */
function offer(device) {
	const proposed = host.data.probe && host.data.probe.sections.find(section => section.model === device.section);
	const more = proposed ? [["--subsystem", proposed.subsystem], ["--class", proposed.class]] : [];
	const dialog_fields = [
		field(_("Model: a name for devices like this one"), "offer-model", proposed ? proposed.model : "", null, { required: true }),
		field(_("Type: what a domain asks for"), "offer-type", proposed ? proposed.type : "", null, { required: true }),
		h("label", { "class": "check" }, h("input", { type: "checkbox", id: "offer-this" }), " ",
			cockpit.format(_("only the one at $0"), device.address)),
	];

	propose({
		title: _("Offer this device to guests"),
		about: cockpit.format(_("Domains may ask for every device of this host with the ids $0."), `${device.vendor}:${device.device}`),
		fields: dialog_fields,
		argv: () => [PCITAG, "define", ...more.filter(([, word]) => word).flat(),
			...document.getElementById("offer-this")?.checked ? ["--address", device.address] : [],
			...document.getElementById("offer-model") ? [value("offer-model"), value("offer-type")] : ["", ""],
			device.vendor, device.device],
		action: _("Offer"),
	});
}

/* What the view has read already, or what is read now: a list without words would leave nothing to choose. */
function known(verb, none) {
	return host.data[verb] || read([verb]).catch(() => none);
}

export async function give(domain, request) {
	const domains = (await known("domains", { domains: [] })).domains.map(one => one.domain);
	const types = await known("types", { models: [], profiles: [] });
	const words = [...new Set([...types.models.map(model => model.type), ...types.models.map(model => model.model),
		...types.profiles.map(profile => profile.profile)])];

	propose({
		title: _("Give a domain a device"),
		about: _("The domain gets it from its next start on, whichever is free then."),
		fields: [field(_("Domain"), "give-domain", domain, domains), field(_("Request"), "give-request", request, words),
			field(_("How many"), "give-count", "1", null, { type: "number", min: "1", max: "64" }),
			h("label", { "class": "check" }, h("input", { type: "checkbox", id: "give-optional" }), " ",
				_("start without it when none is free"))],
		argv: () => [PCITAG, "add",
			...document.getElementById("give-count") && value("give-count") !== "1" ? ["--count", value("give-count")] : [],
			...document.getElementById("give-optional")?.checked ? ["--optional"] : [],
			...document.getElementById("give-domain") ? [value("give-domain"), value("give-request")] : [domain || "", request || ""]],
		action: _("Give"),
	});
}

export function clean_button(device, id) {
	const as_is = h("input", { type: "checkbox", id: "clean-as-is" });

	return button(_("Clean…"), () => propose({
		title: _("Clean a device that is held"), about: device.reason,
		fields: [h("label", { "class": "check" }, as_is, " ", _("free it as it is, without cleaning"))],
		argv: () => [PCITAG, "clean", ...as_is.checked ? ["--as-is"] : [], device.address], action: _("Clean"),
	}), { id, "aria-label": cockpit.format(_("Clean $0"), device.address) });
}

function change_vfs(device, verb, text) {
	return button(text, () => propose({
		title: text.replace("…", ""), about: _("Their number is that of the registry: the key vfs of the model."),
		argv: () => [PCITAG, "vf", verb, device.address], action: text.replace("…", ""), danger: verb === "remove",
	}), { id: `do-vf-${verb}` });
}

function actions(device) {
	const id = name => id_of("do", name);

	return h("div", { "class": "actions" },
		device.model
			? button(_("Give to a domain…"), () => give("", device.type), { kind: "primary", id: id("give") })
			: button(_("Offer to guests…"), () => offer(device), { kind: "primary", id: id("offer") }),
		device.state === "held" ? clean_button(device, id("clean")) : null,
		device.virtual_functions_max ? [change_vfs(device, "create", _("Make virtual functions…")),
			device.virtual_functions ? change_vfs(device, "remove", _("Remove virtual functions…")) : null] : null,
		button(_("Test…"), () => propose({
			title: _("Look at the device again"),
			about: _("It is reset if it is not in use. What was kept against it is cleared, or renewed."),
			argv: () => [PCITAG, "test", device.address], action: _("Test"),
		}), { id: id("test") }));
}

function facts(device) {
	const lease = device.lease;

	return details([
		[_("State"), state_label(device)],
		[_("Why not free"), device.reason],
		[_("What to do"), device.advice],
		[_("Domain"), lease ? h("a", { href: `#/domains/${encodeURIComponent(lease.domain)}` }, lease.domain) : device.domain],
		[_("Lease"), lease && [label(lease.state), " ", lease.role, " ", lease.request, h("br"), time_text(lease.since)]],
		[_("Note"), lease && lease.note],
		[_("Model"), device.model && `${device.model} (${device.type})`],
		[_("Vendor"), device.vendor_name ? `${device.vendor_name} (${device.vendor})` : device.vendor],
		[_("Device"), device.device_name ? `${device.device_name} (${device.device})` : device.device],
		[_("Class"), `${device.class_name || ""} (${device.class})`],
		[_("Board"), [device.subsystem_name, `${device.subsystem_vendor}:${device.subsystem_device}`].filter(Boolean).join(" ")],
		[_("Driver"), device.driver || _("none")],
		[_("IOMMU group"), device.group === null ? _("none") : String(device.group)],
		[_("Other members"), device.members.length > 0 && device.members.map(member => h("div", null,
			h("a", { href: `#/devices/${member.address}` }, member.address), " ", member.name))],
		[_("NUMA node"), device.numa],
		[_("Card"), device.place && device.place.card], [_("Switch"), device.place && device.place.switch],
		[_("Root"), device.place && device.place.root],
		[_("Link"), link_text(device.link)],
		[_("Reset"), device.reset_methods.join(", ") || _("none")],
		[_("Physical function"), device.physical_function],
		[_("Virtual functions"), device.virtual_functions_max
			? cockpit.format(_("$0 of $1"), device.virtual_functions, device.virtual_functions_max) : null],
		[_("Serial number"), device.serial || device.nvme_serial], [_("MAC address"), device.mac], [_("Slot"), device.slot],
		[_("Options"), device.options], [_("ROM file"), device.rom_file], [_("ROM"), device.rom_problem],
	]);
}

function models(device) {
	return device.models.length
		? table(_("Models of the registry with these ids"), [{ title: _("Model") }, { title: _("Matches") }, { title: _("Why") }, { title: _("Written in") }],
			device.models.map(model => [model.model, model.matches ? _("yes") : _("no"), model.why, `${model.file}:${model.line}`]),
			null, { narrow: true })
		: null;
}

/* Returns the panel: its element, and functions that update it and give it the focus. */
export function device_panel(address, close) {
	const title = h("h2", { "class": "pf-v6-c-card__title-text", id: "panel-title", tabindex: "-1" }, address);
	const body = h("div", { "class": "pf-v6-c-card__body" });
	const element = h("section", {
		"class": "pf-v6-c-card", "aria-labelledby": "panel-title",
		on: { keydown: event => event.key === "Escape" && close() },
	}, h("div", { "class": "pf-v6-c-card__header" }, h("div", { "class": "pf-v6-c-card__header-main" }, title),
		button(_("Close"), close, { kind: "plain", id: "panel-close" })), body);

	async function update(verb) {
		if (verb && verb !== "list" && verb !== "leases")
			return;
		try {
			const device = (await read(["show", address])).device;

			title.textContent = `${address} ${device_name(device)}`;
			fill(body, actions(device), facts(device), models(device));
		} catch (error) {
			fill(body, alert("danger", _("Refused"), error.message));
		}
	}
	update();
	return { element, update, focus: () => title.focus() };
}

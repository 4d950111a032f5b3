/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domains of this host: what each asks for, what it would get or has, and what happened to it. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { alert, button, card, empty, label, table } from "../parts.js";
import { propose } from "../task.js";
import { PCITAG, plan, read } from "../tool.js";
import { give } from "./device.js";
import { lines_table } from "./journal.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

const LIBVIRT = ["virsh", "-c", "qemu:///system"];

function domain_link(name) {
	return h("a", { href: `#/domains/${encodeURIComponent(name)}`, id: id_of("domain", name) }, name);
}

function list() {
	if (!host.data.domains)
		return host.refusals.domains ? alert("danger", _("Domains cannot be listed"), host.refusals.domains) : null;
	if (!host.data.domains.domains.length)
		return empty(_("libvirt has no domain"));
	return table(_("Domains and what they ask for"), [{ title: _("Domain") }, { title: _("Runs") }, { title: _("Requests") }],
		host.data.domains.domains.map(domain => [domain_link(domain.domain), domain.running ? _("yes") : _("no"),
			domain.requests.length ? domain.requests.map(request => request.request).join(", ") : null]),
		null, { id: "domains" });
}

function verdict(candidate) {
	if (candidate.chosen)
		return [label("chosen", _("chosen")), candidate.reason ? ` ${candidate.reason}` : null];
	return [label(candidate.state), candidate.reason ? h("span", { "class": "words" }, ` ${candidate.reason}`) : null];
}

function plan_text(shown) {
	if (shown.refusal)
		return alert("danger", _("Its start would be refused"), shown.refusal);
	if (!shown.candidates.length && !(shown.without || []).length)
		return h("p", null, _("It makes no request; pcitag has nothing to do."));
	return alert("success", _("It would start"));
}

function show_plan(shown) {
	return [
		plan_text(shown),
		shown.candidates.length ? table(_("Every candidate"),
			[{ title: _("Device") }, { title: _("Request") }, { title: _("Model") }, { title: _("IOMMU group") }, { title: _("Driver") }, { title: _("Verdict") }],
			shown.candidates.map(one => [h("a", { href: `#/devices/${one.address}` }, one.address), one.request, one.model,
				one.group, one.driver, verdict(one)]), null, { id: "candidates" }) : null,
		(shown.without || []).map(one => h("p", { "class": "words" }, `${one.request}: ${one.why}`)),
		shown.members.length ? table(_("What would be bound"),
			[{ title: _("Function") }, { title: _("Role") }, { title: _("To") }, { title: _("Returned to") }],
			shown.members.map(member => [member.address, member.role, member.driver, member.previous_driver])) : null,
		(shown.remarks || []).map(remark => h("p", { "class": "words" }, remark)),
	];
}

function has(name) {
	const lease = host.data.leases && host.data.leases.leases.find(one => one.domain === name);

	if (!lease)
		return null;
	return table(_("What it has"), [{ title: _("Device") }, { title: _("Request") }, { title: _("Model") }, { title: _("State") }],
		lease.grants.map(grant => [grant.device, grant.request, grant.model, label(lease.state)]), null, { id: "has" });
}

function act(title, about, argv, action, danger) {
	return () => propose({ title, about, argv: () => argv, action, danger });
}

function request_actions(domain) {
	return domain.requests.map(request => h("li", null, h("span", null, request.request), button(_("Remove…"),
		act(_("Remove a request"), _("The domain does not get it from its next start on."),
			[PCITAG, "remove", domain.domain, request.request], _("Remove"), true),
		{ kind: "link", id: id_of("remove", request.request), "aria-label": cockpit.format(_("Remove $0"), request.request) }),
	domain.running ? button(_("Detach…"), act(_("Take a device out of the running domain"), null,
		[PCITAG, "detach", domain.domain, request.request], _("Detach"), true),
	{ kind: "link", id: id_of("detach", request.request), "aria-label": cockpit.format(_("Detach $0"), request.request) }) : null));
}

function attach(domain) {
	const words = host.data.types ? [...new Set(host.data.types.models.map(model => model.type))] : [];
	const request = h("select", { id: "attach-request" }, words.map(word => h("option", { value: word }, word)));

	propose({
		title: _("Attach a device to the running domain"), about: _("It has it until it ends, or until it is detached."),
		fields: [h("div", { "class": "field" }, h("label", { "for": "attach-request", "class": "pf-v6-c-form__label" }, _("Request")),
			h("span", { "class": "pf-v6-c-form-control" }, request))],
		argv: () => [PCITAG, "attach", domain.domain, request.value], action: _("Attach"),
	});
}

function actions(domain) {
	const name = domain.domain;

	return h("div", { "class": "actions" },
		button(_("Give a device…"), () => give(name, ""), { kind: "primary", id: "domain-give" }),
		domain.running ? [button(_("Attach now…"), () => attach(domain), { id: "domain-attach" }),
			button(_("Shut down…"), act(_("Shut the domain down"), null, [...LIBVIRT, "shutdown", "--domain", name], _("Shut down")), { id: "domain-shutdown" }),
			button(_("Destroy…"), act(_("End the domain at once"), _("The guest is not asked."), [...LIBVIRT, "destroy", "--domain", name], _("Destroy"), true), { id: "domain-destroy" })]
			: button(_("Start…"), act(_("Start the domain"), null, [...LIBVIRT, "start", "--domain", name], _("Start")), { id: "domain-start" }));
}

function open_one(place, name) {
	const title = h("h2", { id: "domain-title", tabindex: "-1" }, name), runs = h("span");
	const top = h("div"), requests = h("div"), plan_place = h("div"), journal_place = h("div");

	fill(place, h("p", null, h("a", { href: "#/domains" }, _("All domains"))),
		h("div", { "class": "title" }, title, runs), top, h("div", { "class": "cards" },
		card(_("Requests"), {}, requests), card(_("At its next start"), { id: "plan" }, plan_place),
		card(_("Journal"), { id: "journal" }, journal_place)));
	title.focus();

	async function show(part, promise) {
		try {
			fill(part, await promise);
		} catch (error) {
			fill(part, alert("danger", _("Refused"), error.message));
		}
	}

	return verb => {
		const domain = host.data.domains && host.data.domains.domains.find(one => one.domain === name);

		if (host.data.domains && !domain)
			fill(top, alert("warning", cockpit.format(_("libvirt has no domain $0"), name)));
		else
			fill(top, domain ? actions(domain) : null, domain && domain.problem ? alert("danger", _("Its definition is wrong"), domain.problem) : null);
		fill(runs, domain ? label(domain.running ? "bound" : "unavailable", domain.running ? _("runs") : _("does not run")) : null);
		fill(requests, domain && domain.requests.length ? h("ul", { "class": "requests" }, request_actions(domain)) : h("p", { "class": "quiet" }, _("none")),
			has(name));
		if (!verb || verb === "domains" || verb === "list")
			show(plan_place, plan(name).then(show_plan));
		if (!verb || verb === "leases")
			show(journal_place, read(["log", name]).then(log => lines_table(log.lines)));
	};
}

export const domains = {
	title: () => _("Domains"),
	wants: ["domains", "leases", "list", "types"],
	open(place, path) {
		if (path[0])
			return open_one(place, path[0]);
		const list_place = h("div");

		fill(place, list_place);
		return () => fill(list_place, list());
	},
	back(path) {
		const row = path[0] && document.getElementById(id_of("domain", path[0]));

		if (row)
			row.focus();
		return Boolean(row);
	},
};

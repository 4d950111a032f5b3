/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has what; what could not be returned. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { alert, button, empty, label, table, time_text } from "../parts.js";
import { propose } from "../task.js";
import { PCITAG } from "../tool.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

function members(lease) {
	return lease.members.map(member => h("div", null, h("a", { href: `#/devices/${member.address}` }, member.address),
		` ${member.role}, ${_("returned to")} ${member.previous_driver || _("no driver")}`));
}

function release(lease) {
	return button(_("Release…"), () => propose({
		title: _("Return what a domain holds"),
		about: _("For a domain that is gone and whose own release never came. What is in use stays."),
		argv: () => [PCITAG, "release", lease.domain], action: _("Release"), danger: true,
	}), { kind: "link", id: id_of("release", lease.uuid), "aria-label": cockpit.format(_("Release what $0 holds"), lease.domain) });
}

function rows(leases) {
	return leases.map(lease => [
		h("a", { href: `#/domains/${encodeURIComponent(lease.domain)}` }, lease.domain),
		label(lease.state),
		lease.grants.map(grant => h("div", null, `${grant.request}: ${grant.model}`)),
		members(lease),
		time_text(lease.since),
		lease.note ? h("span", { "class": "words" }, lease.note) : null,
		release(lease),
	]);
}

const columns = () => [{ title: _("Domain") }, { title: _("State") }, { title: _("Requests") }, { title: _("Functions") },
	{ title: _("Since") }, { title: _("Note") }, { title: _("Action") }];

export const leases = {
	title: () => _("Leases"),
	wants: ["leases"],
	open(place) {
		const body = h("div");

		fill(place, h("div", { "class": "actions" }, button(_("Reconcile…"), () => propose({
			title: _("Return what a crash has left"), about: _("Nothing that is in use is touched."),
			argv: () => [PCITAG, "reconcile"], action: _("Reconcile"),
		}), { id: "reconcile" })), body);
		return () => {
			if (!host.data.leases) {
				fill(body, host.refusals.leases ? alert("danger", _("Leases cannot be read"), host.refusals.leases) : null);
				return;
			}
			const all = host.data.leases.leases, bad = all.filter(lease => lease.state === "quarantined");

			fill(body,
				bad.length ? table(_("Quarantined: not returned yet"), columns(), rows(bad), null, { id: "quarantined" }) : null,
				all.length > bad.length
					? table(_("Assigned"), columns(), rows(all.filter(lease => lease.state !== "quarantined")), null, { id: "leases" })
					: bad.length ? null : empty(_("No domain has a device")));
		};
	},
};

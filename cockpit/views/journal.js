/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pcitag did. */
import { fill, h } from "../dom.js";
import { host } from "../host.js";
import { alert, empty, label, table, time_text } from "../parts.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

/* Lines, the newest first. */
export function lines_table(lines) {
	if (!lines.length)
		return empty(_("The journal has no line"));
	return table(_("Lines of the journal, the newest first"),
		[{ title: _("Time") }, { title: _("Level") }, { title: _("Domain") }, { title: _("Message") }],
		lines.slice(-200).reverse().map(line => [time_text(line.time_usec / 1000000), label(line.level),
			line.domain === null ? null : h("a", { href: `#/domains/${encodeURIComponent(line.domain)}` }, line.domain),
			h("span", { "class": "words" }, line.message)]), null, { id: "lines" });
}

export const journal = {
	title: () => _("Journal"),
	wants: ["log"],
	open(place) {
		const body = h("div");

		fill(place, body);
		return () => fill(body, host.refusals.log ? alert("danger", _("Refused"), host.refusals.log)
			: host.data.log ? lines_table(host.data.log.lines) : null);
	},
};

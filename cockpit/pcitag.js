/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page: its navigation, and the view that the address names. */
import { fill, h } from "./dom.js";
import { host, refresh_all, want, watch } from "./host.js";
import { alert } from "./parts.js";
import { tasks_button } from "./task.js";
import { follow_theme } from "./theme.js";
import { devices } from "./views/devices.js";
import { domains } from "./views/domains.js";
import { journal } from "./views/journal.js";
import { leases } from "./views/leases.js";
import { map } from "./views/map.js";
import { overview } from "./views/overview.js";
import { registry } from "./views/registry.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

const views = { overview, devices, domains, leases, registry, map, journal };

const content = h("main", { "class": "content", id: "content", tabindex: "-1" });
const notice = h("div", { "aria-live": "assertive" });
const admin = cockpit.permission({ admin: true });
let shown = null, update = () => {};

function nav_link(name) {
	return h("li", { "class": "pf-v6-c-tabs__item" }, h("a", { "class": "pf-v6-c-tabs__link", href: `#/${name}`, id: `nav-${name}` },
		h("span", { "class": "pf-v6-c-tabs__item-text" }, views[name].title())));
}

function mark(name) {
	for (const one of Object.keys(views)) {
		const link = document.getElementById(`nav-${one}`);

		link.parentElement.classList.toggle("pf-m-current", one === name);
		if (one !== name) {
			link.removeAttribute("aria-current");
			continue;
		}
		link.setAttribute("aria-current", "page");
		/* Where there is no room for all of them. */
		link.scrollIntoView({ block: "nearest", inline: "nearest" });
	}
}

function navigate() {
	const [name, ...path] = cockpit.location.path.length ? cockpit.location.path : ["overview"];
	const view = views[name], before = shown;

	if (!view) {
		cockpit.location.go(["overview"]);
		return;
	}
	shown = { name, path };
	document.title = `${view.title()} – ${_("PCI devices")}`;
	mark(name);
	content.className = `content view-${name}`;
	update = view.open(content, path, cockpit.location.options) || (() => {});
	update();
	want(view.wants);
	if (before && before.name === name && view.back && !path.length)
		view.back(before.path);
}

/* A host of which nothing can be read says so in every view. */
function draw_notice() {
	const refusal = host.refusals.list || null;

	fill(notice, admin.allowed === false
		? alert("info", _("Limited access"), _("Not every use of a device is shown, and nothing can be changed.")) : null, refusal && shown.name !== "registry" ? alert("danger", "pcitag list", refusal) : null);
}

function begin() {
	document.documentElement.lang = (cockpit.language || "en").replace("_", "-");
	follow_theme();
	fill(document.getElementById("page"),
		h("header", { "class": "head" }, h("h1", null, _("PCI devices")), tasks_button()),
		h("nav", { "class": "pf-v6-c-tabs pf-m-box-none", "aria-label": _("Views") },
			h("ul", { "class": "pf-v6-c-tabs__list" }, Object.keys(views).map(nav_link))),
		notice, content);
	host.listeners.add(verb => {
		draw_notice();
		update(verb);
	});
	cockpit.addEventListener("locationchanged", navigate);
	admin.addEventListener("changed", () => {
		draw_notice();
		refresh_all();
	});
	navigate();
	watch();
}

begin();

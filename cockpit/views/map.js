/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as a picture: `pcitag map --svg -`. What has the address of a device leads to it. */
import { fill, h } from "../dom.js";
import { alert } from "../parts.js";
import { picture } from "../svg.js";
import { PCITAG, run } from "../tool.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

/* What can have the focus says what it is; what stands for one device leads to it. */
function make_selectable(svg) {
	svg.setAttribute("role", "group");
	for (const element of svg.querySelectorAll("[tabindex]")) {
		const address = element.getAttribute("data-address"), title = element.querySelector("title");
		const words = title ? title.textContent : address || "";

		/* Its name is what is written in it, for those who speak to their browser; the title describes it. */
		element.setAttribute("aria-label", Array.from(element.querySelectorAll("text"), text => text.textContent).join(" ") || words);
		element.addEventListener("focus", () => say(words));
		element.addEventListener("mouseenter", () => say(words));
		if (!address)
			continue;
		element.setAttribute("role", "link");
		element.addEventListener("click", () => cockpit.location.go(["devices", address]));
		element.addEventListener("keydown", event => event.key === "Enter" && cockpit.location.go(["devices", address]));
	}
}

function say(text) {
	const place = document.getElementById("map-says");

	if (place)
		place.textContent = text;
}

export const map = {
	title: () => _("Map"),
	wants: ["list", "leases"],
	open(place) {
		const picture_place = h("div", { "class": "map", id: "map", tabindex: "0", role: "region", "aria-label": _("Map of the host") });
		let drawn = null;

		fill(place, h("p", { id: "map-says", "class": "map-says", role: "status" }, _("Choose a device to see its details.")), picture_place);
		return async () => {
			try {
				const text = await run([PCITAG, "map", "--svg", "-"]);

				if (text === drawn)
					return;
				const svg = picture(text);

				drawn = text;
				fill(picture_place, svg || alert("danger", _("There is no picture")));
				if (svg)
					make_selectable(svg);
			} catch (error) {
				fill(picture_place, alert("danger", _("Refused"), error.message));
			}
		};
	},
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows the shell's choice of a light or a dark theme: it is stored as "shell:style", a change comes as an event
 * "storage" from another frame, or "cockpit-style" in this one (Cockpit: pkg/lib/cockpit-dark-theme.ts).
 */
const wants_dark = window.matchMedia("(prefers-color-scheme: dark)");

function set_theme(style) {
	const chosen = style || window.localStorage.getItem("shell:style") || "auto";
	const dark = chosen === "dark" || (chosen === "auto" && wants_dark.matches);

	document.documentElement.classList.toggle("pf-v6-theme-dark", dark);
}

export function follow_theme() {
	window.addEventListener("storage", event => {
		if (event.key === "shell:style")
			set_theme(event.newValue);
	});
	window.addEventListener("cockpit-style", event => set_theme(event.detail && event.detail.style));
	wants_dark.addEventListener("change", () => set_theme());
	set_theme();
}

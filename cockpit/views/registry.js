/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The models and profiles that domains may ask for. */
import { fill, h, id_of } from "../dom.js";
import { host } from "../host.js";
import { alert, button, empty, label, table } from "../parts.js";
import { propose } from "../task.js";
import { PCITAG } from "../tool.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

function change(verb, model, title, about, danger) {
	return button(title, () => propose({
		title: `${title.replace("…", "")}: ${model}`, about, argv: () => [PCITAG, verb, model], action: title.replace("…", ""), danger,
	}), { kind: "link", id: id_of(verb, model), "aria-label": `${title.replace("…", "")} ${model}` });
}

function model_row(model) {
	return [
		h("a", { href: `#/devices?model=${encodeURIComponent(model.model)}` }, model.model), model.type,
		cockpit.format(_("$0 of $1"), model.free, model.devices), label(model.enabled ? "free" : "unavailable", model.enabled ? _("enabled") : _("disabled")),
		[model.enabled
			? change("disable", model.model, _("Disable…"), _("No device of it is assigned from now on; guests keep what they have."))
			: change("enable", model.model, _("Enable…"), _("Its devices may be assigned again.")),
		change("undefine", model.model, _("Undefine…"), _("The registry does not know it any more."), true)],
	];
}

function profile_row(profile) {
	return [profile.profile, profile.any.join(", "), profile.wishes, cockpit.format(_("$0 of $1"), profile.free, profile.devices)];
}

/* The check "registry" has what is doubtful in it, "FILE:LINE: ..."; a registry that cannot be read is a refusal. */
function mistakes() {
	const checks = host.data.check ? host.data.check.checks.filter(check => check.name.startsWith("registry") && check.result !== "PASS") : [];

	return [host.refusals.types ? alert("danger", _("The registry has mistakes: starts that need it are refused"), host.refusals.types) : null,
		checks.map(check => alert(check.result === "FAIL" ? "danger" : "warning", check.name, check.found, check.fix ? h("p", { "class": "words" }, check.fix) : null))];
}

export const registry = {
	title: () => _("Registry"),
	wants: ["types", "check"],
	open(place) {
		const body = h("div");

		fill(place, h("p", null, _("To offer a device, choose it among the devices of this host."), " ", h("a", { href: "#/devices" }, _("Devices"))), body);
		return () => {
			const types = host.refusals.types ? null : host.data.types;

			fill(body, mistakes(),
				types && (types.models.length
					? table(_("Models"), [{ title: _("Model") }, { title: _("Type") }, { title: _("Free") }, { title: _("State") }, { title: _("Action") }],
						types.models.map(model_row), null, { id: "models" })
					: empty(_("The registry offers no device to guests yet"))),
				types && types.profiles.length
					? table(_("Profiles"), [{ title: _("Profile") }, { title: _("Any of") }, { title: _("Wishes") }, { title: _("Free") }],
						types.profiles.map(profile_row), null, { id: "profiles" }) : null);
		};
	},
};

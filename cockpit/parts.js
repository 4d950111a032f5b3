/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts that several views have, in PatternFly's classes. */
import { h, id_of } from "./dom.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

/* The states of `pcitag list`, the conditions of leases and of checks: a colour, and a shape for who sees no colour. */
const looks = {
	free: ["green", "●"],
	degraded: ["yellow", "▲"],
	leased: ["blue", "◆"],
	held: ["purple", "■"],
	quarantined: ["red", "✖"],
	out: ["orange", "▼"],
	unavailable: ["grey", "○"],
	bound: ["blue", "◆"],
	binding: ["teal", "◐"],
	releasing: ["teal", "◑"],
	PASS: ["green", "●"],
	WARN: ["yellow", "▲"],
	FAIL: ["red", "✖"],
	error: ["red", "✖"],
	warning: ["yellow", "▲"],
	info: ["grey", "●"],
	chosen: ["blue", "◆"],
};

export const states = ["free", "degraded", "leased", "held", "quarantined", "out", "unavailable"];

function shape(word) {
	return h("span", { "class": "shape", "aria-hidden": "true" }, (looks[word] || looks.unavailable)[1]);
}

/* A word of the command line, with its colour and shape. */
export function label(word, text) {
	const color = (looks[word] || looks.unavailable)[0];

	return h("span", { "class": `pf-v6-c-label pf-m-${color} pf-m-compact state-${word}` },
		h("span", { "class": "pf-v6-c-label__content" }, shape(word),
			h("span", { "class": "pf-v6-c-label__text" }, text || word)));
}

/* A device that no model of the registry matches is in no state of `pcitag list`. */
export function state_label(device) {
	const known = device.model || device.state !== "free";

	return label(known ? device.state : "unavailable", known ? device.state : _("not registered"));
}

export function button(text, on_click, props = {}) {
	const { kind = "secondary", ...rest } = props;

	return h("button", { type: "button", "class": `pf-v6-c-button pf-m-${kind}`, on: on_click ? { click: on_click } : {}, ...rest },
		h("span", { "class": "pf-v6-c-button__text" }, text));
}

export function card(title, props, ...body) {
	const id = id_of("card", title);

	return h("section", { "class": "pf-v6-c-card", "aria-labelledby": id, ...props },
		h("div", { "class": "pf-v6-c-card__header" }, h("div", { "class": "pf-v6-c-card__header-main" },
			h("h2", { "class": "pf-v6-c-card__title-text", id }, title))),
		h("div", { "class": "pf-v6-c-card__body" }, body));
}

/* @kind: danger, warning, info, success */
export function alert(kind, title, text, ...more) {
	const role = kind === "danger" ? "alert" : "note";

	return h("div", { "class": `pf-v6-c-alert pf-m-inline pf-m-${kind}`, role, "aria-label": title },
		h("div", { "class": "pf-v6-c-alert__icon", "aria-hidden": "true" },
			{ danger: "✖", warning: "▲", success: "●" }[kind] || "◆"),
		h("p", { "class": "pf-v6-c-alert__title" }, title),
		text || more.length ? h("div", { "class": "pf-v6-c-alert__description" }, text ? h("p", { "class": "words" }, text) : null, more) : null);
}

export function empty(title, text) {
	return h("div", { "class": "pf-v6-c-empty-state pf-m-xs" }, h("div", { "class": "pf-v6-c-empty-state__content" },
		h("div", { "class": "pf-v6-c-empty-state__header" },
			h("p", { "class": "pf-v6-c-empty-state__title-text" }, title)),
		text ? h("div", { "class": "pf-v6-c-empty-state__body" }, text) : null));
}

/* Pairs of a name and a value; a pair whose value is null or "" is left out. */
export function details(pairs) {
	return h("dl", { "class": "pf-v6-c-description-list pf-m-horizontal pf-m-compact" },
		pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false)
			.map(([name, value]) => h("div", { "class": "pf-v6-c-description-list__group" },
				h("dt", { "class": "pf-v6-c-description-list__term" },
					h("span", { "class": "pf-v6-c-description-list__text" }, name)),
				h("dd", { "class": "pf-v6-c-description-list__description" },
					h("div", { "class": "pf-v6-c-description-list__text" }, value)))));
}

/*
 * A table. On a narrow page each row is a list of names and values.
 * @columns: objects with title, key (of sorting; optional), name (a class of its cells; optional)
 * @rows: arrays of cells: a text or an element; the first one names the row
 * @sort: null, or an object with key, ascending and by(key), which a click on a title calls
 * @props: attributes of the table; hide_caption; narrow: rows are always lists; current: the row that is shown beside it
 */
export function table(caption, columns, rows, sort, props = {}) {
	const { hide_caption, narrow, current, ...rest } = props;

	return h("div", { "class": "sheet" }, h("table", { "class": `pf-v6-c-table pf-m-compact ${narrow ? "pf-m-grid" : "pf-m-grid-lg"}`, ...rest },
		h("caption", { "class": hide_caption ? "unseen" : "pf-v6-c-table__caption" }, caption),
		h("thead", { "class": "pf-v6-c-table__thead" }, h("tr", { "class": "pf-v6-c-table__tr" },
			columns.map(column => head(column, sort)))),
		h("tbody", { "class": "pf-v6-c-table__tbody" }, rows.map((row, n) =>
			h("tr", { "class": "pf-v6-c-table__tr" + (n === current ? " current" : "") }, row.map((cell, i) => {
				const none = cell === null || cell === undefined || cell === "";

				return h(i ? "td" : "th", {
					"class": `pf-v6-c-table__td ${i ? "" : "row-name"} ${none ? "none" : ""} ${columns[i].name || ""}`,
					scope: i ? null : "row", "data-label": columns[i].title,
				}, none ? "–" : cell);
			}))))));
}

function head(column, sort) {
	if (!sort || !column.key)
		return h("th", { "class": `pf-v6-c-table__th ${column.name || ""}`, scope: "col" }, column.title);
	const active = sort.key === column.key;

	return h("th", {
		"class": `pf-v6-c-table__th pf-v6-c-table__sort ${active ? "pf-m-selected" : ""} ${column.name || ""}`, scope: "col",
		"aria-sort": active ? (sort.ascending ? "ascending" : "descending") : "none",
	}, h("button", {
		type: "button", "class": "pf-v6-c-table__button", id: `sort-${column.key}`,
		on: { click: () => sort.by(column.key) },
	}, h("span", { "class": "pf-v6-c-table__button-content" },
		h("span", { "class": "pf-v6-c-table__text" }, column.title),
		h("span", { "class": "pf-v6-c-table__sort-indicator", "aria-hidden": "true" },
			active ? (sort.ascending ? "↑" : "↓") : "↕"))));
}

/* A text field or a choice with its name. @options: null, or an array of texts or of pairs of value and text */
export function field(name, id, value, options, props = {}) {
	const input = options
		? h("select", { id, ...props }, options.map(option => {
			const [word, text] = Array.isArray(option) ? option : [option, option];

			return h("option", { value: word, selected: word === value }, text);
		}))
		: h("input", { id, type: "text", value, autocomplete: "off", ...props });

	return h("div", { "class": "field" }, h("label", { "for": id, "class": "pf-v6-c-form__label" },
		h("span", { "class": "pf-v6-c-form__label-text" }, name)),
	h("span", { "class": "pf-v6-c-form-control" }, input));
}

/* The name of a device as people read it. */
export function device_name(device) {
	return device.device_name || device.class_name || `${device.vendor}:${device.device}`;
}

export function link_text(link) {
	if (!link)
		return null;
	const now = `${link.speed} ×${link.width}`, most = `${link.max_speed} ×${link.max_width}`;

	return now === most ? now : cockpit.format(_("$0 of $1"), now, most);
}

export function time_text(seconds) {
	return new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}

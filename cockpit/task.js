/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands that change something: each is shown before it runs, goes on when its dialog is left, and is found again
 * in the list of commands.
 */
import { fill, h } from "./dom.js";
import { alert, button } from "./parts.js";
import { refresh_soon } from "./host.js";
import { command_line, run } from "./tool.js";

const cockpit = window.cockpit;
const _ = cockpit.gettext;

/* The commands of this visit, newest first. */
const tasks = [];
const listeners = new Set();
let next = 1;

function tell() {
	for (const listener of listeners)
		listener();
}

function begin(argv) {
	const task = { number: next++, line: command_line(argv), begun: Date.now(), state: "running", output: "", refusal: null };

	tasks.unshift(task);
	tell();
	task.end = run(argv, {
		superuser: "require",
		output: text => {
			task.output += text;
			tell();
		},
	}).then(() => {
		task.state = "done";
	}, error => {
		task.state = error.is_told ? "warned" : "refused";
		task.refusal = error.message;
		if (error.problem === "access-denied")
			task.refusal = _("This needs administrative access: use the button at the top of the page.");
	}).finally(() => {
		task.seconds = Math.round((Date.now() - task.begun) / 1000);
		refresh_soon();
		tell();
	});
	return task;
}

function running_seconds(task) {
	return Math.round((Date.now() - task.begun) / 1000);
}

function state_of(task) {
	if (task.state === "running")
		return h("div", { "class": "running", role: "status" },
			h("span", { "class": "spin", "aria-hidden": "true" }),
			cockpit.format(_("Running for $0 s. It goes on when this is closed."), running_seconds(task)));
	if (task.state === "refused")
		return alert("danger", _("Refused"), task.refusal);
	if (task.state === "warned")
		return alert("warning", _("Ended with a warning"), task.refusal);
	return alert("success", _("Done"), task.output.trim().startsWith("{") ? null : task.output);
}

function make_dialog(title, ...body) {
	const opener = document.activeElement, opener_id = opener && opener.id;
	const dialog = h("dialog", { "class": "pf-v6-c-modal-box pf-m-md", "aria-labelledby": "dialog-title" },
		h("header", { "class": "pf-v6-c-modal-box__header" },
			h("h1", { "class": "pf-v6-c-modal-box__title", id: "dialog-title" }, title)), ...body);

	dialog.addEventListener("close", () => {
		dialog.remove();
		const back = (opener && opener.isConnected && opener) || document.getElementById(opener_id) ||
			document.getElementById("content");
		back.focus();
	});
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

/*
 * Shows a command, with fields for its words, and runs it when asked to.
 * @options: title, about (a text), fields (elements), argv (a function that returns the words, from the fields),
 *           action (the text of the button), danger (true: it takes something away), done (called afterwards)
 */
export function propose(options) {
	const line = h("code", { id: "dialog-command" }), result = h("div", { id: "dialog-result", "aria-live": "polite" });
	const go = button(options.action, null, {
		kind: options.danger ? "danger" : "primary", id: "dialog-run", type: "submit", form: "dialog-form",
	});
	const leave = button(_("Cancel"), () => dialog.close(), { kind: "link", id: "dialog-cancel" });
	const form = h("form", {
		"class": "pf-v6-c-modal-box__body", id: "dialog-form",
		on: {
			input: show, change: show, submit: event => {
				event.preventDefault();
				if (!go.disabled)
					start();
			},
		},
	}, options.about ? h("p", null, options.about) : null, h("div", { "class": "fields" }, options.fields || []),
	h("p", { "class": "pf-v6-c-form__label-text" }, _("Command")),
	h("pre", { "class": "command", tabindex: "0", role: "region", "aria-label": _("Command") }, line), result);
	const dialog = make_dialog(options.title, form,
		h("footer", { "class": "pf-v6-c-modal-box__footer" }, go, leave));
	let task = null, ticking = null;

	/* A field that is still empty is a word that the command lacks. */
	function show() {
		const argv = options.argv();

		line.textContent = command_line(argv);
		go.disabled = argv.includes("") || (task !== null && ["running", "done"].includes(task.state));
	}

	function tick() {
		if (task)
			fill(result, state_of(task));
	}

	function start() {
		task = begin(options.argv());
		go.disabled = true;
		leave.firstChild.textContent = _("Close");
		ticking = window.setInterval(tick, 1000);
		tick();
		task.end.then(() => {
			window.clearInterval(ticking);
			tick();
			show();
			if (task.state === "done" && options.done)
				options.done();
			if (dialog.isConnected)
				(task.state === "done" ? leave : go).focus();
		});
	}

	dialog.addEventListener("close", () => window.clearInterval(ticking));
	show();
	const first = form.querySelector("input, select");

	(first || go).focus();
	if (first && first.select)
		first.select();
	return dialog;
}

function show_tasks() {
	const list = h("div", { "class": "pf-v6-c-modal-box__body", tabindex: "0" });
	const draw = () => fill(list, tasks.map(task => h("section", { "class": "task" },
		h("pre", { "class": "command" }, h("code", null, task.line)), state_of(task))));
	const dialog = make_dialog(_("Commands"), list, h("footer", { "class": "pf-v6-c-modal-box__footer" },
		button(_("Close"), () => dialog.close(), { kind: "primary" })));
	const ticking = window.setInterval(draw, 1000);

	listeners.add(draw);
	dialog.addEventListener("close", () => {
		listeners.delete(draw);
		window.clearInterval(ticking);
	});
	draw();
}

/* The button that leads to commands that run or have run; it is not there before the first one. */
export function tasks_button() {
	const place = h("div", { "class": "tasks", "aria-live": "polite" });

	listeners.add(() => {
		const running = tasks.filter(task => task.state === "running").length;
		const text = running ? cockpit.format(_("Commands: $0 running"), running) : _("Commands");

		fill(place, tasks.length ? button(text, show_tasks, { kind: "link", id: "tasks" }) : null);
	});
	return place;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every view shows what `pcitag --json` tells, for every eye, width and theme. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

before(host.busy_host);
after(host.end);

const views = ["overview", "devices", "devices/0000:81:00.0", "domains", "domains/train", "domains/llm", "leases", "registry", "map", "journal"];
/* What is there when a view has been read completely. */
const complete = {
	overview: "#waiting .state-WARN", devices: "#devices tbody tr:nth-child(15)", "devices/0000:81:00.0": ".panel .pf-v6-c-description-list",
	domains: "#domains", "domains/train": "#candidates", "domains/llm": "#plan .pf-m-danger", leases: "#leases", registry: "#models",
	map: "#map svg, #map .pf-v6-c-alert", journal: ".view-journal .pf-v6-c-empty-state, #lines",
};

const texts = (page, selector) => page.$$eval(selector, all => all.map(one => one.innerText.trim()));

for (const view of views) {
	test(`${view}: axe finds nothing, light and dark, wide and narrow`, async () => {
		for (const [dark, width] of [[false, 1280], [true, 1280], [false, 1000], [false, 360], [true, 360]]) {
			const page = await host.open(view, { dark, width });

			await page.waitForSelector(complete[view]);
			await host.screenshot(page, `${view.replace(/[/:]/g, "-")}-${dark ? "dark" : "light"}-${width}`);
			assert.deepEqual(await host.violations(page), [], `${dark ? "dark" : "light"}, ${width} pixels`);
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `it is wider than ${width} pixels`);
			assert.doesNotMatch(await page.innerText("body"), /\b(null|undefined|NaN)\b|\[object/);
			assert.deepEqual(page.errors, []);
			await host.close(page);
		}
	});
}

test("the overview counts the devices of each model as list does", async () => {
	const page = await host.open("overview");

	await page.waitForSelector(complete.overview);
	for (const model of host.json("types").models) {
		const devices = host.json("list").devices.filter(device => device.model === model.model);
		const states = [...new Set(devices.map(device => device.state))].map(state => `${devices.filter(device => device.state === state).length} ${state}`);
		const row = page.locator(".model", { has: page.getByRole("link", { name: model.model, exact: true }) });
		const shown = (await row.locator(".legend .pf-v6-c-label__text").allInnerTexts()).sort();

		assert.deepEqual(shown, states.sort());
	}
	await host.close(page);
});

test("the overview has each check that is not passed, and its fix as a command that is shown before it runs", async () => {
	const page = await host.open("overview");

	await page.waitForSelector(complete.overview);
	const checks = host.json("check").checks.filter(check => check.result !== "PASS");
	assert.deepEqual((await texts(page, "#waiting li strong")).sort(), checks.map(check => check.name).sort());
	const fixed = checks.find(check => check.name === "reconcile-timer");
	await page.getByRole("button", { name: "Show the command for reconcile-timer" }).click();
	assert.equal(await page.innerText("#dialog-command"), `sh -c '${fixed.fix}'`);
	await page.keyboard.press("Escape");
	assert.equal(await page.locator("dialog").count(), 0);
	assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Show the command for reconcile-timer");
	await host.close(page);
});

test("the table has each function but bridges, with why it is not free", async () => {
	const page = await host.open("devices");

	await page.waitForSelector(complete.devices);
	const devices = host.json("probe").devices.filter(device => !device.bridge);
	await page.waitForFunction(count => document.querySelectorAll("#devices tbody tr").length === count, devices.length);
	assert.deepEqual(await texts(page, "#devices tbody th"), devices.map(device => device.address));
	assert.deepEqual(await texts(page, "#devices td.reason"), devices.map(device => device.reason || "–"));
	await host.close(page);
});

test("in a narrow window the cells of a row are below each other, each as wide as the row", async () => {
	for (const view of ["devices", "domains/train", "leases", "registry"]) {
		const page = await host.open(view, { width: 360 });

		await page.waitForSelector(complete[view]);
		await page.waitForFunction(() => [...document.querySelectorAll("table tbody tr")].every(row => {
			const widths = [...row.querySelectorAll("td:not(.none)")].map(cell => Math.round(cell.getBoundingClientRect().width));

			return widths.length > 0 && widths[0] > 0 && widths.every(width => width === widths[0]);
		}));
		await host.close(page);
	}
});

test("in a narrow window the tab of the view is in sight", async () => {
	const page = await host.open("overview", { width: 360 });

	for (const tab of ["journal", "overview", "registry"]) {
		await page.evaluate(name => document.getElementById(`nav-${name}`).click(), tab);
		await page.waitForFunction(name => {
			const { left, right } = document.getElementById(`nav-${name}`).getBoundingClientRect();

			return left > -1 && right < window.innerWidth + 1;
		}, tab);
	}
	/* By a finger, too. */
	assert.equal(await page.$eval("nav", nav => getComputedStyle(nav).overflowX), "auto");
	await host.close(page);
});

test("no heading of a table is cut off", async () => {
	for (const [view, width] of [["domains/train", 1000], ["devices", 1000], ["devices", 1280], ["leases", 1000]]) {
		const page = await host.open(view, { width });

		await page.waitForSelector(complete[view]);
		await page.waitForFunction(() => [...document.querySelectorAll("thead th")].every(head => head.scrollWidth <= head.clientWidth));
		await host.close(page);
	}
});

test("the table is sorted and filtered", async () => {
	const page = await host.open("devices");

	await page.waitForSelector("#devices tbody tr:nth-child(15)");
	const rows = () => texts(page, "#devices tbody th");
	const addresses = await rows();
	await page.click("#sort-address");
	assert.equal(await page.getAttribute("#devices thead th", "aria-sort"), "descending");
	assert.deepEqual(await rows(), addresses.toReversed());
	await page.selectOption("#filter-state", "held");
	assert.deepEqual(await rows(), ["0000:05:00.0"]);
	await page.selectOption("#filter-state", "");
	await page.fill("#filter-text", "train");
	assert.deepEqual((await rows()).sort(), ["0000:03:00.0", "0000:03:00.1", "0000:83:10.0"]);
	await page.fill("#filter-text", "");
	await page.check("#filter-offered");
	assert.deepEqual((await rows()).sort(), host.json("list").devices.map(device => device.address).sort());
	await host.close(page);
});

test("a domain shows every candidate, and the refusal as plan words it", async () => {
	const page = await host.open("domains/llm");

	await page.waitForSelector("#plan .pf-m-danger");
	host.pcitag("list");
	const words = await page.innerText("#plan .pf-m-danger .words");
	assert.match(words, /^domain 'llm': request npu: .*0000:05:00\.0: .*held since/);
	assert.deepEqual(await texts(page, "#candidates tbody th"), ["0000:05:00.0"]);
	await host.close(page);
});

test("leases and registry show what the command line does", async () => {
	let page = await host.open("leases");
	const leases = host.json("leases").leases;

	await page.waitForSelector(complete.leases);
	assert.deepEqual(await texts(page, "#quarantined tbody th"), ["router"]);
	assert.deepEqual(await texts(page, "#leases tbody th"), ["train"]);
	assert.ok((await page.innerText("#quarantined")).includes(leases.find(lease => lease.domain === "router").note));
	await host.close(page);
	page = await host.open("registry");
	await page.waitForSelector(complete.registry);
	assert.deepEqual(await texts(page, "#models tbody th"), host.json("types").models.map(model => model.model));
	await host.close(page);
});

test("a command that tells in its output what is wrong ends with a warning, which is that", async () => {
	const page = await host.open("leases"), { note } = host.json("leases").leases.find(lease => lease.domain === "router");

	await page.click("#reconcile");
	await page.click("#dialog-run");
	await page.waitForSelector("#dialog-result .pf-m-warning");
	assert.ok((await page.innerText("#dialog-result")).includes(note), await page.innerText("#dialog-result"));
	await host.close(page);
});

test("a command that lacks a word cannot be run", async () => {
	const page = await host.open("devices/0000:07:00.0");

	await page.click("#do-offer");
	await page.waitForSelector("#dialog-run:enabled");
	await page.fill("#offer-type", "");
	assert.match(await page.innerText("#dialog-command"), / '' 8086 10d3$/);
	assert.ok(await page.isDisabled("#dialog-run"));
	await page.keyboard.press("Enter");
	assert.equal(await page.innerText("#dialog-result"), "");
	await page.fill("#offer-type", "nic");
	assert.ok(await page.isEnabled("#dialog-run"));
	await host.close(page);
});

test("a device can be given to each domain, whatever has been read by then", async () => {
	const page = await host.open("devices/0000:81:00.0");

	await page.getByRole("button", { name: "Give to a domain…" }).click();
	await page.waitForSelector("#give-domain");
	assert.deepEqual(await page.$$eval("#give-domain option", all => all.map(one => one.value)),
		host.json("domains").domains.map(one => one.domain));
	assert.equal(await page.inputValue("#give-request"), "gpu");
	await host.close(page);
});

test("a field of a dialog is no wider than its frame, in a wide window and in a narrow one", async () => {
	for (const width of [1280, 360]) {
		const page = await host.open("devices/0000:07:00.0", { width });

		await page.click("#do-offer");
		await page.waitForSelector("#offer-type");
		const excess = await page.$$eval("dialog .pf-v6-c-form-control > *", all => all.map(one =>
			one.getBoundingClientRect().right - one.parentElement.getBoundingClientRect().right));
		assert.ok(excess.length > 0 && excess.every(pixels => pixels <= 0), JSON.stringify(excess));
		await host.screenshot(page, `offer-light-${width}`);
		await host.close(page);
	}
});

test("a mistake in the registry is shown with its file and line", async () => {
	host.registry(host.MODELS.gpu, "[X]\ntype = x\ncolour = red\n");
	const page = await host.open("registry");

	try {
		await page.waitForSelector(".pf-m-danger");
		assert.match(await page.innerText(".pf-m-danger .words"), /\/etc\/pcitag\/registry\.ini:\d+: /);
	} finally {
		host.registry(host.MODELS.gpu, host.MODELS.npu, host.MODELS.nic, host.MODELS.disk);
		await host.close(page);
	}
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a host tells is text: names of domains, models and devices, lines of the journal, and the picture, with markup in all
 * of them. libvirt allows such a name of a domain; the rest comes from a program that stands for pcitag.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

const EVIL = "<img src=x onerror=alert(1)><script>alert(2)\"'&amp;";
const PROGRAM = "/usr/sbin/pcitag";
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100" onload="alert(3)">
	<script>alert(4)</script><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(5)"/></body></foreignObject>
	<a xlink:href="javascript:alert(6)"><text>link</text></a><use xlink:href="data:image/svg+xml,evil"/><style>* { fill: red }</style>
	<g id="device" data-address="0000:03:00.0" tabindex="0" onclick="alert(7)"><title>&lt;img src=x onerror=alert(8)&gt;</title>
	<rect width="10" height="10" fill="url(http://evil.example/)"/></g></svg>`;

/* A program that prints the objects of pcitag with EVIL for each text that a host can choose. */
function stand_in() {
	const texts = ["model", "type", "domain", "reason", "note", "found", "fix", "message", "device_name", "vendor_name", "class_name", "advice", "why",
		"request", "refusal", "driver", "file", "host_need", "profile", "wishes", "label", "slot", "serial", "section", "previous_driver", "name", "problem"];
	const spoil = value => {
		if (Array.isArray(value))
			return value.map(spoil);
		if (value === null || typeof value !== "object")
			return value;
		return Object.fromEntries(Object.entries(value).map(([key, inner]) =>
			[key, texts.includes(key) && (typeof inner === "string" || inner === null) ? EVIL : spoil(inner)]));
	};
	const real = { show: host.json("show", "0000:03:00.0") };

	for (const verb of ["list", "leases", "types", "probe", "check", "domains"])
		real[verb] = host.json(verb);
	real.log = { version: 1, lines: [{ time_usec: 1e15, level: "error", domain: EVIL, message: EVIL }] };
	real.plan = JSON.parse(host.pcitag("list", "--json"));
	real.plan = { version: 1, domain: EVIL, uuid: null, starts: false, refusal: EVIL, candidates: real.plan.devices.map(one => ({ ...one, request: "gpu", chosen: false })), members: [], options: [], remarks: [EVIL] };
	fs.mkdirSync("/run/stand-in", { recursive: true });
	for (const [verb, object] of Object.entries(real))
		fs.writeFileSync(`/run/stand-in/${verb}`, JSON.stringify(spoil(object)));
	fs.writeFileSync("/run/stand-in/map", SVG);
	fs.renameSync(PROGRAM, `${PROGRAM}.real`);
	fs.writeFileSync(PROGRAM, "#!/bin/sh\n[ -e /run/stand-in/$1 ] || exit 2\nexec cat /run/stand-in/$1\n", { mode: 0o755 });
}

before(() => {
	host.busy_host();
	host.domain(EVIL, "gpu");
	stand_in();
});
after(async () => {
	fs.renameSync(`${PROGRAM}.real`, PROGRAM);
	await host.end();
});

const views = {
	overview: "#waiting li", devices: "#devices tbody tr", "devices/0000:03:00.0": ".panel .pf-v6-c-description-list", domains: "#domains",
	[`domains/${encodeURIComponent(EVIL)}`]: "#plan .pf-m-danger", leases: "#leases", registry: "#models", journal: "#lines",
};

for (const [view, selector] of Object.entries(views)) {
	test(`${view.slice(0, 20)}: markup is text`, async () => {
		const page = await host.open(view);

		await page.waitForSelector(selector);
		assert.ok((await page.innerText("#content")).includes(EVIL), "the text is there as it is");
		assert.equal(await page.locator("img, #page script, iframe, object").count(), 0);
		/* An image that does not load, or a script that the policy stops, would be an error; alert() as well. */
		assert.deepEqual(page.errors, []);
		await host.close(page);
	});
}

test("map: of the picture only shapes, texts and what they are about are taken", async () => {
	const page = await host.open("map");

	await page.waitForSelector("#map svg");
	assert.deepEqual(await page.$$eval("#map svg, #map svg *", all => all.map(one => one.localName)), ["svg", "g", "title", "rect"]);
	assert.deepEqual(await page.$$eval("#map svg *, #map svg", all => all.flatMap(one => one.getAttributeNames()).filter(name => /^on|href|style/.test(name))), []);
	assert.equal(await page.getAttribute("#map rect", "fill"), null);
	await page.hover("#map rect");
	assert.equal(await page.innerText("#map-says"), "<img src=x onerror=alert(8)>");
	await page.focus("#map [data-address]");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#panel-title");
	/* Chromium tells of each handler that it would have refused to run in the document that was parsed, and runs none. */
	assert.deepEqual(page.errors.filter(error => !error.includes("violates the following Content Security Policy")), []);
	await host.close(page);
});

test("a refusal with markup is text, and so is the command", async () => {
	const page = await host.open(`domains/${encodeURIComponent(EVIL)}`);

	await page.click("#domain-start");
	assert.equal(await page.innerText("#dialog-command"), `virsh -c qemu:///system start --domain '${EVIL.replaceAll("'", "'\\''")}'`);
	await page.click("#dialog-run");
	await page.waitForSelector("#dialog-result .pf-m-danger");
	assert.ok((await page.innerText("#dialog-result")).includes(EVIL));
	assert.equal(await page.locator("img").count(), 0);
	assert.deepEqual(page.errors, []);
	await host.close(page);
});

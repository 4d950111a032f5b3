/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens on the host is seen without a reload; what takes long can be left and found again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

before(() => {
	host.reset();
	host.registry(host.MODELS.gpu, host.MODELS.nic);
	host.domain("win11", "gpu");
	host.prepare("win11");
	host.release("win11");
});
after(host.end);

test("a start and an end are seen within two seconds", async t => {
	const page = await host.open("overview");

	await page.waitForSelector("#types .state-free");
	for (const [what, operation, selector] of [["lease", host.prepare, "#types .state-leased"], ["return", host.release, "#types:not(:has(.state-leased))"]]) {
		operation("win11");
		const begun = Date.now();
		await page.waitForSelector(selector);
		const took = Date.now() - begun;

		t.diagnostic(`${what} seen after ${took} ms`);
		assert.ok(took < 2000 * host.load(), `${took} ms`);
	}
	await host.close(page);
});

test("a change of the registry is seen", async () => {
	const page = await host.open("registry");

	await page.waitForSelector("#models");
	host.pcitag("define", "Atlas-300I", "npu", "19e5", "d500");
	await page.waitForSelector("#models >> text=Atlas-300I");
	host.pcitag("undefine", "Atlas-300I");
	await page.waitForSelector("#models >> text=Atlas-300I", { state: "detached" });
	await host.close(page);
});

test("the focus stays where it is when news come", async () => {
	const page = await host.open("devices");

	await page.waitForSelector("#device-0000_3a04_3a00_2e0");
	await page.focus("#device-0000_3a04_3a00_2e0");
	host.prepare("win11");
	await page.waitForSelector("#devices .state-leased");
	assert.equal(await page.evaluate(() => document.activeElement.id), "device-0000_3a04_3a00_2e0");
	host.release("win11");
	await host.close(page);
});

test("a long command shows that it runs, can be left, and is found again", async () => {
	const page = await host.open("devices/0000:83:10.0");

	/* The reset of the device does not return until it is let go. */
	host.ctl("stall write */reset 1");
	try {
		await page.click("#do-test");
		await page.click("#dialog-run");
		await page.waitForSelector("#dialog-result .running");
		await page.keyboard.press("Escape");
		await page.waitForSelector("dialog", { state: "detached" });
		await page.click("#nav-leases");
		await page.waitForSelector("#reconcile");
		await page.getByRole("button", { name: "Commands: 1 running" }).click();
		await page.waitForSelector("dialog .running");
		assert.equal(await page.innerText("dialog .command"), "pcitag test 0000:83:10.0");
		host.ctl("release");
		await page.waitForSelector("dialog .running", { state: "detached" });
		assert.equal(await page.locator("dialog .task .pf-v6-c-alert").count(), 1);
	} finally {
		host.ctl("release");
		await host.close(page);
	}
});

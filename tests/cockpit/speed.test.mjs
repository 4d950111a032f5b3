/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long it takes on a host with 1 000 functions, and how large the page is. The bounds are those of a machine that does
 * nothing else: with more processes than processors they grow.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import * as host from "./page.mjs";

const PAGE = "/usr/share/cockpit/pcitag";

before(() => {
	fs.writeFileSync("/run/big.desc", execFileSync(`${host.top}/tests/pretend/hosts/big`, ["1000"]));
	host.reset("/run/big.desc");
	host.registry("[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\n");
});
after(host.end);

test("first paint within a second, the devices of the registry within two", async t => {
	/* What a browser keeps of its first visit is not measured: each page has a cache of its own. */
	for (const view of ["overview", "devices"]) {
		const page = await host.open(view);

		await page.waitForSelector(view === "overview" ? "#types .bar" : "#devices tbody tr");
		const [paint, fresh] = await page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now()]);
		t.diagnostic(`${view}: first paint after ${Math.round(paint)} ms, fresh data after ${Math.round(fresh)} ms`);
		assert.ok(paint < 1000 * host.load() && fresh < 2000 * host.load(), `${paint} ms, ${fresh} ms`);
		await host.close(page);
	}
});

test("all of a thousand functions are in the table, the first 200 at once", async t => {
	const page = await host.open("devices");

	await page.waitForSelector("#show-all");
	const text = await page.innerText("[role=status]");
	t.diagnostic(`${text} after ${Math.round(await page.evaluate(() => performance.now()))} ms`);
	await page.waitForFunction(() => document.querySelector("[role=status]").textContent === "Devices: 1000 of 1000");
	assert.equal(await page.locator("#devices tbody tr").count(), 200);
	await page.click("#show-all");
	assert.equal(await page.locator("#devices tbody tr").count(), 1000);
	await host.close(page);
});

test("the page is not larger than 400 KiB, compressed", t => {
	const files = fs.readdirSync(PAGE, { recursive: true }).map(name => path.join(PAGE, name)).filter(name => fs.statSync(name).isFile());
	const size = files.reduce((sum, name) => sum + (name.endsWith(".gz") ? fs.statSync(name).size : gzipSync(fs.readFileSync(name), { level: 9 }).length), 0);

	t.diagnostic(`${files.length} files, ${(size / 1024).toFixed(1)} KiB compressed`);
	assert.ok(size <= 400 * 1024, `${size} bytes`);
});

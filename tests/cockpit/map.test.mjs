/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picture in the page is that of `pcitag map --svg`: its groups are those of the host, and it leads to devices. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

before(host.busy_host);
after(host.end);

test("each device of the registry is there, in its state and its group", async () => {
	const page = await host.open("map");

	await page.waitForSelector("#map svg");
	const shown = await page.$$eval("#map [data-address]", all => all.map(one => ({ ...one.dataset })));
	for (const device of host.json("list").devices) {
		const one = shown.find(other => other.address === device.address);

		assert.ok(one, `${device.address} is not in the picture`);
		assert.equal(one.group, String(device.group));
		if (device.state !== "unavailable")
			assert.equal(one.state, device.state);
	}
	assert.deepEqual(page.errors, []);
	await host.close(page);
});

test("a group of the picture has the members that the group has on the host", async () => {
	const page = await host.open("map");

	await page.waitForSelector("#map svg");
	const shown = await page.$$eval("#map [data-address]", all => all.map(one => ({ ...one.dataset })));
	const probed = host.json("probe").devices;
	for (const device of host.json("list").devices) {
		const members = probed.filter(one => one.group === device.group && !one.bridge).map(one => one.address);

		assert.deepEqual(shown.filter(one => one.group === String(device.group)).map(one => one.address).sort(), members.sort());
		/* Each member names the others. */
		for (const member of probed.filter(one => members.includes(one.address)))
			assert.deepEqual([member.address, ...member.members.map(one => one.address)].sort(), members);
	}
	assert.deepEqual(shown.filter(one => one.group === "15").map(one => one.address), ["0000:03:00.0", "0000:03:00.1"]);
	await host.close(page);
});

test("the picture says what has the focus, follows the host, and a key leads to the device", async () => {
	const page = await host.open("map");

	await page.waitForSelector("#map [data-address='0000:04:00.0'][data-state=free]");
	host.prepare("win11");
	await page.waitForSelector("#map [data-address='0000:04:00.0'][data-state=leased]");
	await page.focus("#map [data-address='0000:04:00.0']");
	assert.match(await page.innerText("#map-says"), /0000:04:00\.0.*RTX-3090.*win11/);
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.activeElement.id === "panel-title");
	assert.match(await page.innerText("#panel-title"), /^0000:04:00\.0/);
	host.release("win11");
	await host.close(page);
});

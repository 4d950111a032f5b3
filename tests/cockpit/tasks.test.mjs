/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three tasks that people come for, with the keyboard alone. Each test prints its keys. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

before(() => {
	host.reset();
	host.registry(host.MODELS.npu);
	host.domain("win11");
	host.domain("llm", "npu");
	host.domain("other", "npu");
	host.prepare("other");
});
after(host.end);

const line_of = page => page.innerText("#dialog-command");

/* A keyboard that remembers what was pressed. */
function keyboard(page) {
	const pressed = [];

	return {
		tab_to: async selector => pressed.push(`Tab ×${await host.tab_to(page, selector)}`),
		press: async (...keys) => {
			pressed.push(...keys);
			await host.press(page, ...keys);
		},
		type: async text => {
			pressed.push(`"${text}"`);
			await page.keyboard.type(text);
		},
		told: t => t.diagnostic(`keys: ${pressed.join(", ")}`),
	};
}

const focused = (page, selector) => page.waitForFunction(wanted => document.activeElement && document.activeElement.matches(wanted), selector);

test("offer a device", async t => {
	const page = await host.open("overview"), keys = keyboard(page);

	await keys.tab_to("#nav-devices");
	await keys.press("Enter");
	await page.waitForSelector("#device-0000_3a07_3a00_2e0");
	await page.waitForFunction(() => document.querySelector("[role=status]").textContent.includes(" of "));
	await keys.tab_to("#device-0000_3a07_3a00_2e0");
	await keys.press("Enter");
	await focused(page, "#panel-title");
	await page.waitForSelector("#do-offer");
	await keys.tab_to("#do-offer");
	await keys.press("Enter");
	await focused(page, "#offer-model");
	await keys.type("82574L");
	await keys.tab_to("#offer-type");
	await keys.type("lan");
	const words = await line_of(page);
	assert.match(words, /^pcitag define .*82574L lan 8086 10d3$/);
	await keys.press("Enter");
	await page.waitForSelector("#dialog-result .pf-m-success");
	await focused(page, "#dialog-cancel");
	await keys.press("Enter");
	assert.deepEqual(host.json("types").models.find(model => model.model === "82574L"), { type: "lan", model: "82574L", devices: 1, free: 1, enabled: true });
	/* The focus is where it was, or on what has taken the place of the button. */
	await page.waitForSelector("#do-give");
	assert.equal(await page.evaluate(() => document.querySelectorAll("dialog").length), 0);
	assert.deepEqual(page.errors, []);
	keys.told(t);
	await host.close(page);
});

test("give it to a domain", async t => {
	const page = await host.open("domains"), keys = keyboard(page);

	await page.waitForSelector("#domain-win11");
	await keys.tab_to("#domain-win11");
	await keys.press("Enter");
	await focused(page, "#domain-title");
	await keys.tab_to("#domain-give");
	await keys.press("Enter");
	await focused(page, "#give-domain");
	await keys.tab_to("#give-request");
	await keys.type("lan");
	assert.equal(await line_of(page), "pcitag add win11 lan");
	await keys.tab_to("#dialog-run");
	await keys.press("Enter");
	await page.waitForSelector("#dialog-result .pf-m-success");
	await focused(page, "#dialog-cancel");
	await keys.press("Enter");
	await page.waitForSelector("#remove-lan");
	assert.deepEqual(host.json("domains").domains.find(one => one.domain === "win11").requests.map(request => request.request), ["lan"]);
	await page.waitForSelector("#candidates .state-chosen");
	assert.deepEqual(page.errors, []);
	keys.told(t);
	await host.close(page);
});

test("find out why a start was refused", async t => {
	const page = await host.open("overview"), keys = keyboard(page);

	await keys.tab_to("#nav-domains");
	await keys.press("Enter");
	await page.waitForSelector("#domain-llm");
	await keys.tab_to("#domain-llm");
	await keys.press("Enter");
	const refusal = await page.waitForSelector("#plan .pf-m-danger .words");
	assert.match(await refusal.innerText(), /^domain 'llm': request npu: .*its group 17 belongs to domain other/);
	/* A screen reader says it: the alert is one. */
	assert.equal(await page.locator("#plan [role=alert]").count(), 1);
	/* The start itself says the same. */
	await keys.tab_to("#domain-start");
	await keys.press("Enter");
	await focused(page, "#dialog-run");
	assert.equal(await line_of(page), "virsh -c qemu:///system start --domain llm");
	await keys.press("Enter");
	const said = await page.waitForSelector("#dialog-result .pf-m-danger .words");
	assert.ok((await said.innerText()).includes(await refusal.innerText()), await said.innerText());
	await keys.press("Escape");
	await focused(page, "#domain-start");
	assert.deepEqual(page.errors, []);
	keys.told(t);
	await host.close(page);
});

test("the focus goes back to the row whose details were left", async () => {
	const page = await host.open("devices");

	await page.waitForSelector("#device-0000_3a05_3a00_2e0");
	await page.focus("#device-0000_3a05_3a00_2e0");
	await page.keyboard.press("Enter");
	await focused(page, "#panel-title");
	await page.waitForSelector("#do-give");
	await page.keyboard.press("Escape");
	await focused(page, "#device-0000_3a05_3a00_2e0");
	await host.close(page);
});

test("a refusal is shown as the command line words it, and nothing has changed", async () => {
	host.reset();
	host.registry(host.MODELS.npu);
	const page = await host.open("devices/0000:07:00.0");

	await page.waitForSelector("#do-offer");
	await page.click("#do-offer");
	await page.fill("#offer-model", "npu");
	await page.fill("#offer-type", "lan");
	await page.keyboard.press("Enter");
	const said = await page.waitForSelector("#dialog-result .pf-m-danger .words");
	assert.match(await said.innerText(), /^define: model npu has the name of a type, which \[Atlas-300I\] at .*:1 uses/);
	assert.deepEqual(host.json("types").models.map(model => model.model), ["Atlas-300I"]);
	await host.close(page);
});

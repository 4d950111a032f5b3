/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * On a host with Debian's own Cockpit: a user logs in, offers a device, gives it to a domain, starts and ends the domain.
 * The tests are steps of one story. What the page shows is what pcitag and virsh say in the lab.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import * as host from "../page.mjs";

const { LAB, COCKPIT, COCKPIT_USER, COCKPIT_PASSWORD } = process.env;
/* The first of four equal devices (tests/lab/devices.txt), and its row. */
const NPU = "0000:01:00.0", ROW = "#device-0000_3a01_3a00_2e0";
/* Milliseconds for what an emulated processor does while others work. */
const PATIENCE = 600000;

/* Runs a program in the lab and returns what it prints, or with one word a shell command line. */
function lab(...words) {
	return execFileSync(path.join(host.top, "tests/lab/ssh"), [LAB, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

const json = (...words) => JSON.parse(lab("pcitag", ...words, "--json"));
const device = () => json("list").devices.find(one => one.address === NPU);
const driver = () => path.basename(lab(`readlink /sys/bus/pci/devices/${NPU}/driver || echo none`).trim());

/* A domain that starts without a guest: what it is for is in tests/lab/bare.bash. */
const XML = `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>win11</name>
	<memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
	<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/><memballoon model='none'/>
	<audio id='1' type='none'/></devices><seclabel type='none' model='apparmor'/>
	<qemu:capabilities><qemu:del capability='cpu-unavailable-features'/></qemu:capabilities></domain>`;

let page = null, view = null, failed = null;

before(async () => {
	execFileSync(path.join(host.top, "tests/lab/ssh"), [LAB, "cat >/tmp/win11.xml && virsh --quiet define /tmp/win11.xml"], { input: XML });
	page = await host.browse({ any_certificate: true, timeout: PATIENCE });
});
after(host.end);

/* A step of the story: one behind a step that has failed fails as well, without a wait for what does not come. */
function step(name, body) {
	test(name, async t => {
		assert.equal(failed, null);
		try {
			await body(t);
		} catch (error) {
			failed = name;
			throw error;
		}
	});
}

/* Presses a button that proposes a command, fills its fields in, and runs it; returns the command. */
async function run(button, fill = async () => {}) {
	await view.click(button);
	await fill();
	const line = await view.innerText("#dialog-command");

	await view.click("#dialog-run");
	await view.waitForSelector("#dialog-result :is(.pf-m-success, .pf-m-danger)");
	assert.equal(await view.locator("#dialog-result .pf-m-danger").count(), 0, await view.innerText("#dialog-result"));
	await view.click("#dialog-cancel");
	return line;
}

/* Waits until the table of devices shows the device in this state; returns the domain that stands beside it, or null. */
async function domain_beside(state) {
	const cell = `#devices tr:has(${ROW}) td.state`;

	await view.click("#nav-devices");
	await view.waitForSelector(`${cell} .pf-v6-c-label__text:text-is("${state}")`);
	return (await view.$$eval(`${cell} .members`, all => all.map(one => one.textContent)))[0] || null;
}

step("a user logs in with a password, gets administrative access, and the menu has the page", async () => {
	await page.goto(COCKPIT);
	await page.fill("#login-user-input", COCKPIT_USER);
	await page.fill("#login-password-input", COCKPIT_PASSWORD);
	await page.click("#login-button");
	await page.getByRole("button", { name: "Limited access" }).click();
	await page.fill("[role=dialog] input[type=password]", COCKPIT_PASSWORD);
	await page.getByRole("button", { name: "Authenticate" }).click();
	await page.waitForSelector(".ct-unlocked");
	await page.click("nav a[href$='/pcitag']");
	view = await (await page.waitForSelector("iframe[name$='/pcitag']")).contentFrame();
	await view.waitForSelector("#nav-devices");
	assert.equal(lab("ps -o user= -C cockpit-bridge | sort -u").trim(), [COCKPIT_USER, "root"].sort().join("\n"));
});

step("a device that no model of the registry matches is offered, and is free", async () => {
	assert.deepEqual(json("types").models, []);
	await view.click("#nav-devices");
	await view.click(ROW);
	assert.match(await run("#do-offer", async () => {
		await view.fill("#offer-model", "Edu");
		await view.fill("#offer-type", "npu");
		await view.check("#offer-this");
	}), /^pcitag define .*--address 0000:01:00\.0 Edu npu 1234 11e8$/);
	assert.equal(await domain_beside("free"), null);
	assert.equal(device().state, "free");
	assert.equal(device().model, "Edu");
});

step("it is given to a domain, whose definition asks for it", async () => {
	await view.click("#nav-domains");
	await view.click("#domain-win11");
	assert.equal(await run("#domain-give", () => view.selectOption("#give-request", "npu")), "pcitag add win11 npu");
	await view.waitForSelector("#remove-npu");
	await view.waitForSelector("#candidates .state-chosen");
	assert.match(lab("virsh", "dumpxml", "--inactive", "win11"), /\/dev\/pcitag\/win11\/npu/);
	assert.equal(device().state, "free");
});

step("the domain is started, and the device is lent to it", async () => {
	assert.equal(await run("#domain-start"), "virsh -c qemu:///system start --domain win11");
	await view.waitForSelector("#has");
	assert.match(await view.innerText("#has tbody"), new RegExp(NPU));
	assert.equal(await domain_beside("leased"), "win11");
	assert.deepEqual([device().state, device().domain, driver()], ["leased", "win11", "vfio-pci"]);
	assert.equal(lab("virsh", "domstate", "win11").trim(), "running");
	await host.screenshot(page, `${LAB}-leased`);
});

step("the domain is destroyed, and the device is the host's again", async () => {
	await view.click("#nav-domains");
	await view.click("#domain-win11");
	assert.equal(await run("#domain-destroy"), "virsh -c qemu:///system destroy --domain win11");
	assert.equal(await domain_beside("free"), null);
	assert.deepEqual([device().state, device().domain, driver()], ["free", null, "none"]);
	assert.equal(lab("virsh", "domstate", "win11").trim(), "shut off");
	assert.deepEqual(json("leases").leases, []);
});

step("the page does nothing that its policy forbids, and no script of it fails", t => {
	/* Cockpit looks for files of its own that need not be there. */
	const [ours, others] = [true, false].map(wanted => page.errors.filter(text => text.includes("/pcitag/") === wanted));

	others.forEach(text => t.diagnostic(`of Cockpit: ${text}`));
	assert.deepEqual(ours, []);
});

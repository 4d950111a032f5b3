/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions for the tests of the page. `run` has started Cockpit, libvirtd and a pretend host (host.desc). This process
 * stands for libvirt's daemon where it runs the hook: a lease is kept as long as its parent lives.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const here = path.dirname(fileURLToPath(import.meta.url));
export const top = path.resolve(here, "../..");
const require = createRequire(path.join(top, "build/node/"));
const { chromium } = require("playwright-core");
const axe_source = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const screenshots = path.join(top, "build/cockpit-screenshots");
const URL = "http://127.0.0.1:9090/cockpit/@localhost/pcitag/index.html";
const REGISTRY = "/etc/pcitag/registry.ini";

/* ---- the host ------------------------------------------------------------------------------------------ */

export const MODELS = {
	gpu: "[RTX-3090]\ntype = gpu\nvendor = 10de\ndevice = 2204\nfunctions = all\n",
	npu: "[Atlas-300I]\ntype = npu\nvendor = 19e5\ndevice = d500\nafter_use = hold\n",
	nic: "[I350-VF]\ntype = nic\nvendor = 8086\ndevice = 10ca\n",
	disk: "[PM9A1]\ntype = disk\nvendor = 144d\ndevice = a80a\nenabled = no\n",
};

export function registry(...texts) {
	fs.writeFileSync(REGISTRY, texts.join("\n"));
}

/* Sends a statement to the pretend kernel (../pretend/README.md). */
export function ctl(line) {
	fs.writeFileSync("/dev/pretend/control", line + "\n");
}

export function pcitag(...words) {
	return execFileSync("/usr/sbin/pcitag", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/* Returns the object that `pcitag WORDS --json` prints, whatever its exit code is. */
export function json(...words) {
	return JSON.parse(spawnSync("/usr/sbin/pcitag", [...words, "--json"], { encoding: "utf8" }).stdout);
}

export function state_of(address) {
	return json("list").devices.find(device => device.address === address).state;
}

const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

function uuid_of(name) {
	const hash = createHash("md5").update(name).digest("hex");

	return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/* Defines a domain in libvirt, and gives it what it is to ask for. */
export function domain(name, ...requests) {
	const xml = `<domain type='qemu'><name>${escaped(name)}</name><uuid>${uuid_of(name)}</uuid><memory unit='MiB'>32</memory>
		<vcpu cpuset='0'>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
		<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/></devices></domain>`;

	/* Node's pipes are sockets, which cannot be opened by their name. */
	fs.writeFileSync("/run/domain.xml", xml);
	execFileSync("virsh", ["-q", "-c", "qemu:///system", "define", "/run/domain.xml"]);
	if (requests.length)
		pcitag("add", name, ...requests);
}

/* Runs libvirt's hook for a domain, as the daemon does. Returns its exit status and what it has printed. */
export function hook(name, operation, sub) {
	const xml = execFileSync("virsh", ["-q", "-c", "qemu:///system", "dumpxml", "--domain", name]);

	return spawnSync("/etc/libvirt/hooks/qemu", [name, operation, sub, "-"], { input: xml, encoding: "utf8" });
}

export const prepare = name => hook(name, "prepare", "begin");
export const release = name => hook(name, "release", "end");

/* Brings the host back to its description, without domains, leases and findings. */
export function reset(description) {
	const names = execFileSync("virsh", ["-q", "-c", "qemu:///system", "list", "--all", "--name"], { encoding: "utf8" });

	for (const name of names.split("\n").filter(Boolean))
		execFileSync("virsh", ["-q", "-c", "qemu:///system", "undefine", "--domain", name]);
	ctl(`reset ${description || path.join(here, "host.desc")}`);
	for (const dir of ["/run/pcitag", "/dev/pcitag", "/var/lib/pcitag"])
		fs.rmSync(dir, { recursive: true, force: true });
	fs.rmSync("/etc/pcitag/registry.d", { recursive: true, force: true });
	fs.mkdirSync("/etc/pcitag/registry.d");
	fs.writeFileSync("/etc/pcitag/pcitag.ini", "[pcitag]\nrelease_timeout = 3\n");
}

/* A host with a device in every state: free, degraded, leased, held, quarantined, unavailable. */
export function busy_host() {
	reset();
	registry(MODELS.gpu, MODELS.npu, MODELS.nic, MODELS.disk);
	domain("win11", "gpu");
	domain("train", "gpu", "nic");
	domain("llm", "npu");
	domain("router", "nic");
	domain("mail");
	for (const name of ["train", "llm", "router"])
		prepare(name);
	release("llm");
	const group = json("list").devices.find(device => device.domain === "router").group;
	ctl(`hold ${group}`);
	release("router");
}

/* ---- the page ------------------------------------------------------------------------------------------ */

let browser = null;

/*
 * Returns an empty page in a browser of its own.
 * @options: dark (true), width and height (in pixels, by default 1280 and 900), language ("de"), timeout (in milliseconds, of
 *           each wait), any_certificate (true)
 * What a script of the page cannot do, or does wrong, is in `errors` of the result, with its address.
 */
export async function browse(options = {}) {
	browser ||= await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
	});
	const context = await browser.newContext({
		viewport: { width: options.width || 1280, height: options.height || 900 }, colorScheme: options.dark ? "dark" : "light",
		locale: options.language || "en-US", reducedMotion: "reduce", ignoreHTTPSErrors: Boolean(options.any_certificate),
	});
	const page = await context.newPage();

	page.setDefaultTimeout(options.timeout || 20000);
	page.setDefaultNavigationTimeout(options.timeout || 30000);
	page.errors = [];
	page.on("pageerror", error => page.errors.push(error.stack || String(error)));
	page.on("console", message => message.type() === "error" && page.errors.push(`${message.location().url}: ${message.text()}`));
	page.on("dialog", dialog => {
		page.errors.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	return page;
}

/* Opens a view in a browser of its own, with the options of browse(). */
export async function open(view, options = {}) {
	const page = await browse(options);

	if (options.language)
		await page.context().addCookies([{ name: "CockpitLang", value: options.language, url: "http://127.0.0.1:9090/" }]);
	await page.goto(`${URL}#/${view}`);
	await page.waitForSelector("h1");
	return page;
}

export async function close(page) {
	await page.context().close();
}

export async function end() {
	if (browser)
		await browser.close();
	browser = null;
}

/* Saves what is seen, the whole length of the page. */
export async function screenshot(page, name) {
	fs.mkdirSync(screenshots, { recursive: true });
	await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}

/* Returns what axe finds wrong: a line for each rule and element. */
export async function violations(page) {
	/* Not as a script element, which the page's policy forbids. */
	await page.evaluate(axe_source + ";0");
	const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));

	return result.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

/* Presses keys, each once. */
export async function press(page, ...keys) {
	for (const key of keys)
		await page.keyboard.press(key);
}

/* Presses Tab until the element with this id has the focus; returns how often. Fails when the focus has been everywhere. */
export async function tab_to(page, selector, limit = 150) {
	for (let i = 1; i <= limit; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(wanted => document.activeElement.matches(wanted), selector))
			return i;
	}
	throw new Error(`the focus does not come to ${selector}`);
}

/* Waits until a condition of this process holds, for half a minute at most. */
export async function until(condition) {
	const end = Date.now() + 30000;

	while (!condition()) {
		if (Date.now() > end)
			throw new Error(`it has not happened: ${condition}`);
		await new Promise(done => setTimeout(done, 50));
	}
}

/* Returns by how much a time may be longer because more processes are runnable than there are processors. */
export function load() {
	return Math.floor(os.loadavg()[0] / os.cpus().length) + 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of the page are in the language of the session; what the command line says is not. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import fs from "node:fs";
import * as host from "./page.mjs";

before(host.busy_host);
after(host.end);

test("in German each text of the page is German", async () => {
	const page = await host.open("devices", { language: "de" });

	await page.waitForSelector("#devices .state-held");
	assert.deepEqual(await page.$$eval(".pf-v6-c-tabs__item-text", all => all.map(one => one.textContent)),
		["Übersicht", "Geräte", "Domains", "Leases", "Registry", "Lageplan", "Journal"]);
	assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
	assert.equal(await page.innerText("#sort-reason .pf-v6-c-table__text"), "Warum nicht frei");
	assert.match(await page.innerText("#devices"), /its group 17 was used by domain llm/);
	await host.screenshot(page, "devices-german-light-1280");
	assert.deepEqual(page.errors, []);
	await host.close(page);
});

test("the template has all texts of the sources, and the German translation has all of the template", () => {
	const cockpit = `${host.top}/cockpit`;
	const sources = fs.readdirSync(cockpit, { recursive: true }).filter(name => name.endsWith(".js"));
	const found = execFileSync("xgettext", ["--from-code=UTF-8", "--language=JavaScript", "--keyword=_", "--no-wrap", "--output=-", ...sources],
		{ cwd: cockpit, encoding: "utf8" });
	const ids = text => [...text.matchAll(/^msgid "(.+)"$/gm)].map(match => match[1]).sort();

	assert.deepEqual(ids(fs.readFileSync(`${cockpit}/po/pcitag.pot`, "utf8")), ids(found));
	const missing = execFileSync("msgattrib", ["--untranslated", `${cockpit}/po/de.po`], { encoding: "utf8" });
	assert.deepEqual(ids(missing), []);
	assert.deepEqual(ids(fs.readFileSync(`${cockpit}/po/de.po`, "utf8")), ids(found));
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of a host with a device in every state looks as it did (picture.json). It is compared as a grid of mean
 * colours, without its texts: these depend on the machine's fonts, and other tests read them. After a change of the picture
 * that is meant: RENEW=yes tests/cockpit/run STAGE tests/cockpit/picture.test.mjs, and a look at
 * build/cockpit-screenshots/map-shapes.png.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import * as host from "./page.mjs";

const REFERENCE = path.join(host.here, "picture.json");
/* A cell has about 20 pixels in each direction: half the height of a device. */
const COLUMNS = 44, ROWS = 54;
/* The group of the device that win11 gets, 0000:04:00.0, and of the function beside it. */
const GROUP = 16;
/* By how much a colour (of 256) may differ: less than between the fills of two states. */
const TOLERANCE = 8;

before(host.busy_host);
after(host.end);

/* Runs in an empty page, where nothing forbids it: returns the mean colours of the cells of a PNG, by rows. */
async function mean_colours([base64, columns, rows]) {
	const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
	const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
	const canvas = new OffscreenCanvas(picture.width, picture.height), context = canvas.getContext("2d");
	const edge = (i, count, length) => Math.round(i * length / count);

	context.drawImage(picture, 0, 0);
	return Array.from({ length: rows }, (_row, y) => Array.from({ length: columns }, (_cell, x) => {
		const left = edge(x, columns, picture.width), top = edge(y, rows, picture.height);
		const width = edge(x + 1, columns, picture.width) - left, height = edge(y + 1, rows, picture.height) - top;
		const pixels = context.getImageData(left, top, width, height).data, sum = [0, 0, 0];

		pixels.forEach((value, i) => i % 4 < 3 && (sum[i % 4] += value));
		return sum.map(value => Math.round(value / (width * height)));
	}));
}

/* Runs in the page: returns where a group's functions are, from top to bottom, as parts of the picture's height. */
function extent(svg, group) {
	const whole = svg.getBoundingClientRect();
	const boxes = Array.from(svg.querySelectorAll(`[data-address][data-group="${group}"]`), one => one.getBoundingClientRect());

	return [Math.min(...boxes.map(box => box.top)), Math.max(...boxes.map(box => box.bottom))].map(y => (y - whole.top) / whole.height);
}

/* Returns what the map shows now: the size of the picture in pixels, its cells, and the rows of cells where GROUP is. */
async function look() {
	const page = await host.open("map"), empty = await host.browse();

	try {
		const picture = await page.waitForSelector("#map svg");
		await picture.evaluate(svg => svg.querySelectorAll("text").forEach(text => text.setAttribute("visibility", "hidden")));
		const size = await picture.evaluate(svg => [svg.getAttribute("width"), svg.getAttribute("height")].map(Number));
		const [top, bottom] = (await picture.evaluate(extent, GROUP)).map(part => Math.floor(part * ROWS));
		const png = await picture.screenshot({ path: path.join(host.screenshots, "map-shapes.png") });

		return { size, top, bottom, cells: await empty.evaluate(mean_colours, [png.toString("base64"), COLUMNS, ROWS]) };
	} finally {
		await host.close(page);
		await host.close(empty);
	}
}

/* A row of the grid is a line of the file: six hexadecimal digits for each cell. */
const hex = cell => cell.map(value => value.toString(16).padStart(2, "0")).join("");
const numbers = word => [0, 2, 4].map(i => parseInt(word.slice(i, i + 2), 16));

function reference() {
	const { size, rows } = JSON.parse(fs.readFileSync(REFERENCE, "utf8"));

	return { size, cells: rows.map(row => row.split(" ").map(numbers)) };
}

function renew(seen) {
	const rows = seen.cells.map(row => row.map(hex).join(" "));

	fs.writeFileSync(REFERENCE, JSON.stringify({ size: seen.size, rows }, null, 1) + "\n");
}

/* Returns the cells that differ, as [row, column, by how much]. */
function differences(one, other) {
	return one.cells.flatMap((row, y) => row.map((cell, x) => [y, x, Math.max(...cell.map((value, i) => Math.abs(value - other.cells[y][x][i])))]))
		.filter(([, , by]) => by > TOLERANCE);
}

test("the picture of a host with a device in every state looks as it did", async () => {
	const seen = await look();

	if (process.env.RENEW)
		renew(seen);
	assert.deepEqual(seen.size, reference().size);
	assert.deepEqual(differences(seen, reference()), []);
});

test("a lease changes the picture where its device and its group are, and nowhere else", async () => {
	host.prepare("win11");
	const leased = await look(), other = differences(leased, reference());

	host.release("win11");
	assert.deepEqual(leased.size, reference().size);
	/* Both boxes are as wide as a third of the picture. */
	assert.ok(other.length > COLUMNS, JSON.stringify(other));
	assert.deepEqual(other.filter(([row]) => row < leased.top || row > leased.bottom), []);
	assert.deepEqual(differences(await look(), reference()), []);
});

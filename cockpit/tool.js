/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line, as Cockpit runs it: with the privileges of the session for what is shown, as root for what
 * changes something. Nothing is decided here.
 */
const cockpit = window.cockpit;

export const PCITAG = "/usr/sbin/pcitag";

/*
 * A refusal, or a failure to run the command: @message is what the command line has printed, @problem Cockpit's word for a
 * command that could not be run, or null. @is_told: the command has said it as its result, not as an error.
 */
export class Refusal extends Error {
	constructor(message, error, data) {
		super(message);
		this.problem = error.problem;
		this.is_told = !error.message && data.trim() !== "";
		this.data = data;
	}
}

/*
 * Returns the lines of standard error, without the program's name, or what Cockpit says of the failure. A verb that tells
 * its result in a table, as reconcile does, says no more than that.
 */
function words_of(error, stdout) {
	const lines = (error.message || "").trim().split("\n").map(line => line.replace(/^pcitag(-domain)?: /, ""));

	return lines.join("\n") || stdout.trim() || String(error.problem || error.exit_signal || error.exit_status);
}

/*
 * Runs a command and resolves with its standard output.
 * @options: superuser ("try", "require"), input (a text), output (called with each part of both outputs)
 */
export function run(argv, options = {}) {
	let stdout = "";
	const process = cockpit.spawn(argv, { superuser: options.superuser || "try", err: "message" });

	if (options.input !== undefined)
		process.input(options.input);
	process.stream(text => {
		stdout += text;
		if (options.output)
			options.output(text);
	});
	return new Promise((resolve, reject) => {
		process.then(rest => resolve(stdout + (rest || "")), (error, rest) => {
			stdout += rest || "";
			reject(new Refusal(words_of(error, stdout), error, stdout));
		});
	});
}

/*
 * Runs `pcitag VERB ... --json` and resolves with the object. A verb that prints its object and fails (plan of a
 * start that is refused, check of a host that is not ready) resolves as well.
 */
export async function read(words, options) {
	try {
		return JSON.parse(await run([PCITAG, ...words, "--json"], options));
	} catch (error) {
		if (error instanceof Refusal && error.data && error.data.trim().startsWith("{"))
			return JSON.parse(error.data);
		throw error;
	}
}

/* Returns the line that does the same in a shell. */
export function command_line(argv) {
	return argv.map((word, i) => {
		const name = i === 0 ? word.replace(/^.*\//, "") : word;

		return /^[A-Za-z0-9_@%+=:,.\/-]+$/.test(name) ? name : "'" + name.replaceAll("'", "'\\''") + "'";
	}).join(" ");
}

/* Returns what `pcitag plan` says of a domain's definition. */
export async function plan(domain) {
	const xml = await run(["virsh", "-c", "qemu:///system", "dumpxml", "--domain", domain]);

	return await read(["plan", "-"], { input: xml });
}

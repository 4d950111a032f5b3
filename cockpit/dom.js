/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Elements from texts. Whatever a host tells (names of domains and models, lines of the journal) becomes a text
 * node or the value of an attribute, never markup.
 */

const is_url = ["href", "src", "action", "formaction"];

/*
 * Makes an element.
 * @props: attributes; true sets an empty one, false, null and undefined none; "on" is an object of listeners.
 *         A link leads to a place of this page only.
 * @children: elements, texts, numbers, arrays of these; null, undefined and false are left out.
 */
export function h(tag, props, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(props || {})) {
		if (name === "on") {
			for (const [event, listener] of Object.entries(value))
				element.addEventListener(event, listener);
		} else if (is_url.includes(name) && !String(value).startsWith("#")) {
			throw new Error(`a link to ${value}`);
		} else if (value !== false && value !== null && value !== undefined) {
			element.setAttribute(name, value === true ? "" : value);
		}
	}
	element.append(...flat(children));
	return element;
}

function flat(children) {
	return children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false)
		.map(child => child instanceof Node ? child : String(child));
}

/*
 * Replaces what is in an element. The focus stays on the element with the same id, so that news of the host do not
 * take it from somebody who works with the keyboard.
 */
export function fill(element, ...children) {
	const focused = element.contains(document.activeElement) && document.activeElement.id;

	element.replaceChildren(...flat(children));
	if (focused) {
		const again = document.getElementById(focused);
		if (again)
			again.focus({ preventScroll: true });
	}
	return element;
}

/* Returns a text that may be part of an id. */
export function id_of(...words) {
	return words.join("-").replace(/[^A-Za-z0-9_-]/g, c => "_" + c.codePointAt(0).toString(16));
}

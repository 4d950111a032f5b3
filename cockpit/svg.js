/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of `pcitag map --svg`, as elements of this page. It is parsed as a document of its own, which runs
 * nothing, and only elements and attributes of these lists are copied.
 */
const SVG = "http://www.w3.org/2000/svg";
const elements = ["svg", "g", "rect", "circle", "ellipse", "line", "path", "polygon", "polyline", "text", "tspan", "title", "desc"];
const attributes = [
	"id", "class", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "d",
	"points", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "opacity", "font-size",
	"font-family", "font-weight", "text-anchor", "dominant-baseline", "role", "tabindex", "preserveAspectRatio",
];

function is_kept(attribute) {
	return (attributes.includes(attribute.name) || /^(data|aria)-[a-z-]+$/.test(attribute.name)) &&
		!/url\(|javascript:/i.test(attribute.value);
}

function copy(element) {
	const out = document.createElementNS(SVG, element.localName);

	for (const attribute of element.attributes) {
		if (is_kept(attribute))
			out.setAttribute(attribute.name, attribute.value);
	}
	for (const child of element.childNodes) {
		if (child.nodeType === Node.TEXT_NODE)
			out.append(child.data);
		else if (child.nodeType === Node.ELEMENT_NODE && child.namespaceURI === SVG && elements.includes(child.localName))
			out.append(copy(child));
	}
	return out;
}

/* Returns the picture, or null if the text is none. */
export function picture(text) {
	const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;

	return root.namespaceURI === SVG && root.localName === "svg" ? copy(root) : null;
}

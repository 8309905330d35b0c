/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Dialogues as in dialogue.js, for node only, with services whose messages are made by a framing of the bridge.
 */
"use strict";

const { Talk, check, same, sameBytes, show } = require("./dialogue.js");

const dialogues = {};

const MIB = 1048576;

/* Characters of one to four bytes, of which textOf() makes a string of exactly size bytes. */
const PIECE = "a\u00fc\u20ac\u{1d11e}";
const PIECE_SIZE = 10;

function textOf(size) {
	return PIECE.repeat(Math.floor(size / PIECE_SIZE)) + "x".repeat(size % PIECE_SIZE);
}

/* Sends a text message in count frames. */
function sendFragments(talk, text, count) {
	const bytes = Buffer.from(text);
	for (let i = 0; i < count; i++) {
		const from = Math.floor(bytes.length * i / count), to = Math.floor(bytes.length * (i + 1) / count);
		talk.socket.send(bytes.subarray(from, to), { binary: false, fin: i === count - 1 });
	}
}

async function text(talk) {
	const message = await talk.message();
	same(typeof message, "string", `kind of ${show(message)}`);
	return message;
}

/* Two values from JSON must be equal, except for the order of keys. */
function sameThing(got, wanted, what) {
	const sorted = (key, value) => value === null || typeof value !== "object" || Array.isArray(value) ? value :
	    Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
	same(JSON.stringify(got, sorted), JSON.stringify(wanted, sorted), what);
}

/* -- JSON-RPC -- */

function call(id, method, params) {
	return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

function notification(method, params) {
	return JSON.stringify({ jsonrpc: "2.0", method, params });
}

/* The next message must be one complete answer with this id and result. */
async function answer(talk, id, result, what) {
	sameThing(JSON.parse(await text(talk)), { jsonrpc: "2.0", id, result }, what);
}

/* -- a language server -- */

const BROKEN = "/* \u00fc \u20ac \u{1d11e} */\nint main(void)\n{\n\treturn undeclared;\n}\n";
const MENDED = BROKEN.replace("undeclared", "0");

/* Returns the contents of the next publishDiagnostics, without the parts that differ between versions of clangd. */
async function diagnostics(talk) {
	const message = JSON.parse(await text(talk));
	same(message.method, "textDocument/publishDiagnostics", "method");
	return { ...message.params, diagnostics: message.params.diagnostics.map(
	    ({ range, severity, message: said }) => ({ range, severity, said })) };
}

async function openAndMend(talk, uri) {
	talk.send(notification("textDocument/didOpen",
	    { textDocument: { uri, languageId: "c", version: 1, text: BROKEN } }));
	sameThing(await diagnostics(talk), { uri, version: 1, diagnostics: [{
		range: { start: { line: 3, character: 8 }, end: { line: 3, character: 18 } }, severity: 1,
		said: "Use of undeclared identifier 'undeclared'" }] }, "diagnostics of the broken file");
	talk.send(call(2, "textDocument/hover", { textDocument: { uri }, position: { line: 1, character: 5 } }));
	const { id, result } = JSON.parse(await text(talk));
	same(id, 2, "id of the answer to hover");
	check(result.contents.value.includes("\u00fc \u20ac \u{1d11e}"), `hover: ${show(result)}`);
	talk.send(notification("textDocument/didChange",
	    { textDocument: { uri, version: 2 }, contentChanges: [{ text: MENDED }] }));
	sameThing(await diagnostics(talk), { uri, version: 2, diagnostics: [] }, "diagnostics of the mended file");
}

/* Sends a long file and gets a long answer, which may arrive before or after the diagnostics of the file. */
async function openLong(talk, uri, functions) {
	const lines = Array.from({ length: functions },
	    (_, i) => `/* \u00fc \u20ac \u{1d11e} ${"-".repeat(60)} */ int f${i}(void);`);
	const messages = [];
	talk.send(notification("textDocument/didOpen",
	    { textDocument: { uri, languageId: "c", version: 1, text: lines.join("\n") } }));
	talk.send(call(3, "textDocument/documentSymbol", { textDocument: { uri } }));
	for (let i = 0; i < 2; i++)
		messages.push(JSON.parse(await text(talk)));
	messages.sort((a, b) => ("id" in b) - ("id" in a));
	const [{ id, result }, { params }] = messages;
	same(id, 3, "id of the answer to documentSymbol");
	sameThing(params, { uri, version: 1, diagnostics: [] }, "diagnostics of the long file");
	sameThing(result.map(({ name }) => name), lines.map((_, i) => `f${i}`), "symbols of the long file");
}

/* lsp URL DIRECTORY: a complete session with clangd, from initialize to exit. */
dialogues.lsp = async (WebSocket, url, directory) => {
	const talk = await Talk.open(WebSocket, url);
	/* The header with the length is sent first, so the bridge must collect all frames of the message. */
	sendFragments(talk, call(1, "initialize", { processId: null, rootUri: null, capabilities: {} }), 5);
	const { id, jsonrpc, result } = JSON.parse(await text(talk));
	sameThing({ id, jsonrpc }, { id: 1, jsonrpc: "2.0" }, "answer to initialize");
	same(result.serverInfo.name, "clangd", "name of the server");
	same(result.capabilities.hoverProvider, true, "hover");
	talk.send(notification("initialized", {}));
	await openAndMend(talk, `file://${directory}/main.c`);
	await openLong(talk, `file://${directory}/long.c`, 1000);
	talk.send(call(4, "nonsense", {}));
	const refused = JSON.parse(await text(talk));
	same(refused.id, 4, "id of the answer to nonsense");
	same(refused.error.code, -32601, "its error");
	talk.send(call(5, "shutdown"));
	await answer(talk, 5, null, "answer to shutdown");
	talk.send(notification("exit"));
	await talk.closed(1000);
};

/* -- a JSON-RPC server over TCP -- */

const HOSTILE = "\u00fc \u20ac \u{1d11e} \" \\ \\\" }]{[ \u0000\u001f\n\r\t/ ,:";

const THINGS = [null, true, false, 0, -1.5e300, 1e-7, "", HOSTILE, [], {}, [[[]]], [{ "": {} }, "]"],
    { [HOSTILE]: [HOSTILE] }];

/* jsonrpc URL COUNT SIZE: calls of jsonrpc.js: COUNT calls at the same time, and one of at least SIZE bytes. */
dialogues.jsonrpc = async (WebSocket, url, count, size) => {
	const talk = await Talk.open(WebSocket, url);
	for (const [id, thing] of THINGS.entries()) {
		talk.send(call(id, "echo", [thing]));
		await answer(talk, id, [thing], `answer to echo ${show(thing)}`);
	}
	/* All calls are sent before any answer is read. Each answer is one message; they may arrive in any order. */
	const asked = new Map();
	for (let i = 0; i < Number(count); i++) {
		asked.set(`call ${i}`, [i, THINGS[i % THINGS.length], textOf(i)]);
		talk.send(call(`call ${i}`, "echo", asked.get(`call ${i}`)));
	}
	while (asked.size > 0) {
		const { id, result } = JSON.parse(await text(talk));
		sameThing(result, asked.get(id), `answer to ${id}`);
		asked.delete(id);
	}
	const long = [HOSTILE.repeat(Math.ceil(Number(size) / HOSTILE.length)), textOf(Number(size))];
	talk.send(call("long", "echo", long));
	await answer(talk, "long", long, "answer to the long call");

	/* The first of these calls is answered after the later ones. */
	talk.send(call("a", "hold", []));
	talk.send(call("b", "echo", ["in between"]));
	await answer(talk, "b", ["in between"], "answer to the second of two calls");
	talk.send(notification("echo", ["nobody answers this"]));
	talk.send(call("c", "release", []));
	await answer(talk, "c", 1, "answer to release");
	await answer(talk, "a", "released", "answer to hold");

	talk.send(`[${call("x", "echo", [1])},${call("y", "echo", [HOSTILE])}]`);
	sameThing(JSON.parse(await text(talk)), [{ jsonrpc: "2.0", id: "x", result: [1] },
	    { jsonrpc: "2.0", id: "y", result: [HOSTILE] }], "answer to a batch");
	talk.send(call("z", "nonsense", []));
	sameThing(JSON.parse(await text(talk)), { jsonrpc: "2.0", id: "z",
	    error: { code: -32601, message: "Method not found" } }, "answer to an unknown method");
	/* Invalid JSON is answered with an error, and then the server closes the connection. */
	talk.send("{broken");
	const { error } = JSON.parse(await text(talk));
	same(error.code, -32700, "code of the answer to invalid JSON");
	await talk.closed(1000);
};

/* -- a service of lines -- */

/* Commands for redis, one line in each message, and the messages of the answers. */
const LINES = [
	["PING", ["+PONG"]],
	["ping hello", ["$5", "hello"]],
	["SET k \"\u00fc \u20ac \u{1d11e}\"", ["+OK"]],
	["GET k", ["$11", "\u00fc \u20ac \u{1d11e}"]],
	["ECHO \"\"", ["$0", ""]],
	["ECHO \"one\\ntwo\"", ["$7", "one\ntwo"]],
	["ECHO \"one\\r\\ntwo\"", ["$8", "one", "two"]],
	["ECHO \"\\r\"", ["$1", "\r"]],
	["ECHO \"\\r\\r\\n\\n\"", ["$4", "\r", "\n"]],
	["ECHO \"\\xff\\x00\\xfe\"", ["$3", new Uint8Array([255, 0, 254])]],
	["GET nothing", ["$-1"]],
	["DEL k", [":1"]],
	["NONSENSE", [/^-ERR unknown command/]],
	/* An empty line is no command, and two lines in one message are two commands. */
	["", []],
	["PING\r\nPING again", ["+PONG", "$5", "again"]],
	["LPUSH list a b c", [":3"]],
	["LRANGE list 0 -1", ["*3", "$1", "c", "$1", "b", "$1", "a"]],
	["DEL list", [":1"]],
];

async function expectLines(talk, command, wanted) {
	for (const line of wanted) {
		const got = await talk.message(), what = `answer to ${show(command)}`;
		if (line instanceof RegExp) {
			check(line.test(got), `${what}: ${show(got)}`);
		} else if (typeof line === "string") {
			same(got, line, what);
		} else {
			check(got instanceof Uint8Array, `${what} is not binary: ${show(got)}`);
			sameBytes(got, line, what);
		}
	}
}

/* lines URL SIZE: inline commands for redis, one by one and all together; a value of SIZE bytes in pieces. */
dialogues.lines = async (WebSocket, url, size) => {
	const talk = await Talk.open(WebSocket, url);
	for (const [command, wanted] of LINES) {
		talk.send(command);
		await expectLines(talk, command, wanted);
	}
	for (const [command] of LINES)
		talk.send(command);
	for (const [command, wanted] of LINES)
		await expectLines(talk, command, wanted);
	const piece = textOf(10000), count = Math.ceil(Number(size) / 10000);
	let length = 0;
	for (let i = 0; i < count; i++) {
		length += Buffer.byteLength(piece);
		sendFragments(talk, `APPEND long ${piece}`, 1 + i % 7);
		await expectLines(talk, "APPEND", [`:${length}`]);
	}
	talk.send("GET long");
	await expectLines(talk, "GET", [`$${length}`, piece.repeat(count)]);
	/* A binary message becomes a line, too. */
	talk.send(new TextEncoder().encode("DEL long"));
	await expectLines(talk, "DEL", [":1"]);
	talk.send("QUIT");
	await expectLines(talk, "QUIT", ["+OK"]);
	await talk.closed(1000);
};

/* -- typed messages -- */

/* All sizes up to 299, sizes near powers of two (where the length fields and buffers change), and some between them. */
function sizes() {
	const all = new Set();
	for (let size = 0; size < 300; size++)
		all.add(size);
	for (let power = 256; power <= MIB; power *= 2)
		for (let off = -6; off <= 6; off++)
			all.add(power + off);
	for (let size = 301; size < MIB; size = Math.floor(size * 1.37))
		all.add(size);
	return Array.from(all).filter((size) => size <= MIB);
}

function bytesOf(size, seed) {
	const bytes = new Uint8Array(size);
	for (let i = 0, x = seed + 1; i < size; i++) {
		x = Math.imul(x, 1103515245) + 12345;
		bytes[i] = x >>> 16;
	}
	return bytes;
}

/* typed URL: messages of all sizes are sent, and then received unchanged from an echo service. */
dialogues.typed = async (WebSocket, url) => {
	const talk = await Talk.open(WebSocket, url);
	const sent = [];
	for (const size of sizes()) {
		sent.push(textOf(size));
		/* Binary messages must stay binary, also if they are valid UTF-8. */
		sent.push(size % 3 === 0 ? new TextEncoder().encode(textOf(size)) : bytesOf(size, sent.length));
	}
	for (const message of sent)
		talk.send(message);
	for (const [i, message] of sent.entries()) {
		const got = await talk.message();
		same(typeof got, typeof message, `kind of message ${i}, of ${message.length}`);
		if (typeof message === "string")
			check(got === message, `message ${i}: got ${show(got)}, wanted ${show(message)}`);
		else
			sameBytes(got, message, `message ${i}`);
	}
	talk.socket.close(1000);
	await talk.closed(1000);
};

module.exports = dialogues;

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Dialogues with real services through the bridge, for a page of a browser and for node. The arguments of a dialogue
 * are the WebSocket class, the URL, and strings. It returns on success, and throws an Error otherwise.
 */
"use strict";

const dialogues = {};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function show(value) {
	if (value instanceof Uint8Array)
		return `${value.length} bytes [${Array.from(value.subarray(0, 40)).join(" ")}]`;
	return JSON.stringify(value);
}

function check(good, what) {
	if (!good)
		throw new Error(what);
}

function same(got, wanted, what) {
	check(got === wanted, `${what}: got ${show(got)}, wanted ${show(wanted)}`);
}

function sameBytes(got, wanted, what) {
	const at = got.findIndex((byte, i) => byte !== wanted[i]);
	check(got.length === wanted.length && at === -1,
	    `${what}: got ${show(got)}, wanted ${show(wanted)}, first difference at ${at}`);
}

function join(pieces) {
	const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}

function toBytes(data) {
	return typeof data === "string" ? encoder.encode(data) : data;
}

function random(size) {
	const bytes = new Uint8Array(size);
	for (let at = 0; at < size; at += 65536)
		crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
	return bytes;
}

/* A WebSocket with a queue of its events: next() waits for the next event. */
class Talk {
	constructor(WebSocket, url, protocols) {
		this.events = [];
		this.waiting = null;
		this.socket = protocols ? new WebSocket(url, protocols) : new WebSocket(url);
		this.socket.binaryType = "arraybuffer";
		this.socket.onopen = () => this.put({ type: "open" });
		this.socket.onerror = () => this.put({ type: "error" });
		this.socket.onmessage = ({ data }) => this.put({ type: "message",
		    data: typeof data === "string" ? data : new Uint8Array(data) });
		this.socket.onclose = ({ code, reason, wasClean }) =>
		    this.put({ type: "close", code, reason, clean: wasClean });
	}

	static async open(WebSocket, url, protocols) {
		const talk = new Talk(WebSocket, url, protocols);
		await talk.next("open");
		return talk;
	}

	put(event) {
		this.events.push(event);
		if (this.waiting)
			this.waiting();
	}

	async next(type) {
		while (this.events.length === 0)
			await new Promise((resolve) => { this.waiting = resolve; });
		const event = this.events.shift();
		check(event.type === type, `got ${JSON.stringify({ ...event, data: show(event.data) })}, wanted ${type}`);
		return event;
	}

	send(data) {
		this.socket.send(data);
	}

	async message() {
		return (await this.next("message")).data;
	}

	/* Joins the next messages up to this size: the bridge may divide a stream at any byte. */
	async bytes(size) {
		const pieces = [];
		for (let have = 0; have < size; have += pieces[pieces.length - 1].length)
			pieces.push(toBytes(await this.message()));
		return join(pieces);
	}

	async closed(code, clean = true) {
		const event = await this.next("close");
		same(event.code, code, "close code");
		same(event.clean, clean, "whether the close is clean");
		return event.reason;
	}
}

async function ping(talk) {
	talk.send("PING\r\n");
	same(await talk.message(), "+PONG\r\n", "answer to PING");
}

async function quit(talk) {
	talk.send("QUIT\r\n");
	same(await talk.message(), "+OK\r\n", "answer to QUIT");
	await talk.closed(1000);
}

/* Sets a key and gets it. The commands are text messages; the value is sent as it is, and must come back unchanged. */
async function setAndGet(talk, key, value) {
	const bytes = toBytes(value);
	talk.send(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${bytes.length}\r\n`);
	talk.send(value);
	talk.send("\r\n");
	same(await talk.message(), "+OK\r\n", "answer to SET");
	talk.send(`GET ${key}\r\n`);
	const wanted = join([encoder.encode(`$${bytes.length}\r\n`), bytes, encoder.encode("\r\n")]);
	sameBytes(await talk.bytes(wanted.length), wanted, `answer to GET of ${bytes.length} bytes`);
}

async function redisSession(WebSocket, url, size) {
	const talk = await Talk.open(WebSocket, url);
	const key = `k${Array.from(random(8)).join("-")}`;
	same(talk.socket.extensions, "", "extensions");
	same(talk.socket.protocol, "", "subprotocol");
	await ping(talk);
	await setAndGet(talk, key, random(size));

	/* The framing auto sends valid UTF-8 as text messages, and other bytes as binary messages. */
	talk.send(`SET ${key} "\u00fc \u20ac \u{1d11e}"\r\n`);
	same(await talk.message(), "+OK\r\n", "answer to SET");
	talk.send(`GET ${key}\r\n`);
	same(await talk.message(), "$11\r\n\u00fc \u20ac \u{1d11e}\r\n", "text");
	talk.send(encoder.encode(`SET ${key} "\\xff\\x00\\xfe"\r\n`));
	same(await talk.message(), "+OK\r\n", "answer to SET");
	talk.send(`GET ${key}\r\n`);
	const binary = await talk.message();
	check(binary instanceof Uint8Array, `not binary: ${show(binary)}`);
	sameBytes(binary, new Uint8Array([36, 51, 13, 10, 255, 0, 254, 13, 10]), "binary");
	talk.send(`DEL ${key}\r\n`);
	same(await talk.message(), ":1\r\n", "answer to DEL");
	await quit(talk);
}

/* redis URL SIZE [COUNT]: COUNT sessions at the same time, each with a value of SIZE bytes. */
dialogues.redis = async (WebSocket, url, size, count = "1") => {
	await Promise.all(Array.from({ length: Number(count) }, () => redisSession(WebSocket, url, Number(size))));
};

/* refused URL: the handshake must be refused. */
dialogues.refused = async (WebSocket, url) => {
	const talk = new Talk(WebSocket, url);
	await talk.next("error");
	await talk.closed(1006, false);
};

/* protocol URL OFFERED WANTED: of the list OFFERED, with commas, the subprotocol WANTED must be chosen. */
dialogues.protocol = async (WebSocket, url, offered, wanted) => {
	const talk = await Talk.open(WebSocket, url, offered.split(","));
	same(talk.socket.protocol, wanted, "subprotocol");
	await ping(talk);
	await quit(talk);
};

/* left URL CODE REASON: the client closes with this code, which must be echoed. */
dialogues.left = async (WebSocket, url, code, reason) => {
	const talk = await Talk.open(WebSocket, url);
	await ping(talk);
	talk.socket.close(Number(code), reason);
	await talk.closed(Number(code));
};

/* stopped URL PID: SIGTERM is sent to the bridge while the session is open. */
dialogues.stopped = async (WebSocket, url, pid) => {
	const talk = await Talk.open(WebSocket, url);
	await ping(talk);
	await globalThis.terminate(Number(pid));
	same(await talk.closed(1001), "the server is shutting down", "reason");
};

/* cut URL: the proxy must close a session without data, without a close frame. */
dialogues.cut = async (WebSocket, url) => {
	const talk = await Talk.open(WebSocket, url);
	await ping(talk);
	await talk.closed(1006, false);
};

/* kept URL COUNT: a session stays open for COUNT pings of the server. Only in node: pages get no events of pings. */
dialogues.kept = async (WebSocket, url, count) => {
	const talk = await Talk.open(WebSocket, url);
	await ping(talk);
	await new Promise((resolve, reject) => {
		let seen = 0;
		talk.socket.on("ping", () => {
			if (++seen === Number(count))
				resolve();
		});
		talk.socket.on("close", (code) => reject(new Error(`closed with ${code} after ${seen} pings`)));
	});
	await ping(talk);
	await quit(talk);
};

/* ssh URL: the banner of the server and its error message must each be one line and one text message. */
dialogues.ssh = async (WebSocket, url) => {
	const talk = await Talk.open(WebSocket, url);
	const banner = await talk.message();
	check(/^SSH-2\.0-OpenSSH_[ -~]+\r\n$/.test(banner), `banner: ${show(banner)}`);
	talk.send("GET / HTTP/1.1\r\n");
	same(await talk.message(), "Invalid SSH identification string.\r\n", "error message");
	await talk.closed(1000);
};

/* Returns the lines of bytes, with their CR LF. The last one may have none. */
function linesOf(bytes) {
	const lines = [];
	let from = 0;
	for (let i = 1; i < bytes.length; i++) {
		if (bytes[i - 1] === 13 && bytes[i] === 10) {
			lines.push(bytes.subarray(from, i + 1));
			from = i + 1;
		}
	}
	if (from < bytes.length)
		lines.push(bytes.subarray(from));
	return lines;
}

/* Returns the line as text if it is valid UTF-8, otherwise as bytes. */
function asMessage(line) {
	try {
		return decoder.decode(line);
	} catch (error) {
		return line;
	}
}

/* http URL PATH BODY: gets a document, whose lines must arrive as messages. BODY is the expected document in base64. */
dialogues.http = async (WebSocket, url, path, body) => {
	const lines = linesOf(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)));
	const talk = await Talk.open(WebSocket, url);
	const head = [];
	talk.send(`GET ${path} HTTP/1.1\r\n`);
	talk.send("Host: bridge.test\r\n");
	talk.send("\r\n");
	while (head[head.length - 1] !== "\r\n")
		head.push(await talk.message());
	check(/^HTTP\/1\.[01] 200 OK\r\n$/.test(head[0]), `status: ${show(head[0])}`);
	check(head.slice(1, -1).every((line) => /^[-A-Za-z]+: [ -~]+\r\n$/.test(line)), `head: ${show(head)}`);
	for (const line of lines) {
		const wanted = asMessage(line), got = await talk.message();
		same(typeof got, typeof wanted, `kind of ${show(line)}`);
		sameBytes(toBytes(got), line, "line of the body");
	}
	await talk.closed(1000);
};

const A = 1, TXT = 16, OPT = 41;

/* Returns a DNS question, which allows an answer of up to 4096 bytes. */
function question(id, name, type) {
	const labels = name.split(".").map((label) => join([[label.length], encoder.encode(label)]));
	return join([[id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1], ...labels, [0, 0, type, 0, 1],
	    [0, 0, OPT, 16, 0, 0, 0, 0, 0, 0, 0]]);
}

/* Checks the answer to a question, and returns the data of its only record. */
function answerTo(asked, message) {
	const end = asked.length - 11;
	check(message instanceof Uint8Array, `not binary: ${show(message)}`);
	same((message[2] & 0xf8) * 256 + (message[3] & 15), 0x8000, "response, query, no error");
	same(message[6] * 256 + message[7], 1, "records");
	sameBytes(message.subarray(12, end), asked.subarray(12, end), "question");
	/* The name is a pointer to the name in the question. Type, class, and time to live follow it. */
	sameBytes(message.subarray(end, end + 6), join([[192, 12], asked.subarray(end - 4, end)]), "record");
	const size = message[end + 10] * 256 + message[end + 11];
	check(message.length >= end + 12 + size, `short: ${show(message)}`);
	return message.subarray(end + 12, end + 12 + size);
}

/* dns URL COUNT: sends COUNT questions for h0.bridge.test, h1.bridge.test etc. before it reads any answer. */
dialogues.dns = async (WebSocket, url, count) => {
	const talk = await Talk.open(WebSocket, url);
	const asked = new Map();
	for (let i = 0; i < Number(count); i++) {
		asked.set(1000 + i * 7, i);
		talk.send(question(1000 + i * 7, `h${i}.bridge.test`, A));
	}
	while (asked.size > 0) {
		const message = await talk.message();
		const id = message[0] * 256 + message[1], i = asked.get(id);
		check(asked.delete(id), `an answer without a question: ${id}`);
		sameBytes(answerTo(question(id, `h${i}.bridge.test`, A), message), new Uint8Array([192, 0, 2, i]), "address");
	}
	talk.socket.close(1000);
	await talk.closed(1000);
};

/* dnsLong URL SIZE: an answer that would not fit in a small buffer must be one message. */
dialogues.dnsLong = async (WebSocket, url, size) => {
	const talk = await Talk.open(WebSocket, url);
	const asked = question(4711, "long.bridge.test", TXT);
	talk.send(asked);
	same(answerTo(asked, await talk.message()).length, Number(size), "size of the record");
	talk.socket.close(1000);
	await talk.closed(1000);
};

/* dnsLimit URL: the largest datagram is sent (the server ignores it: it is no question); one more byte is too long. */
dialogues.dnsLimit = async (WebSocket, url) => {
	const talk = await Talk.open(WebSocket, url);
	const large = new Uint8Array(65508);
	large[2] = 0x80;
	talk.send(large.subarray(0, 65507));
	const asked = question(1, "h3.bridge.test", A);
	talk.send(asked);
	sameBytes(answerTo(asked, await talk.message()), new Uint8Array([192, 0, 2, 3]), "address");
	talk.send(large);
	await talk.closed(1009);
};

if (typeof module !== "undefined")
	module.exports = { dialogues, Talk, check, same, sameBytes, show };

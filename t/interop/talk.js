/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	node talk.js DIALOGUE URL [ARGUMENT...]			in node, with the ws package
 *	node talk.js --page PAGE DIALOGUE URL [ARGUMENT...]	in Chromium, from the script of that page
 *	node talk.js --browser					starts Chromium, prints its address
 *	node talk.js --visit URL STATUS TEXT			Chromium opens URL as a page with this status and text
 *	node talk.js --response PORT STATUS TEXT		a handshake gets exactly one answer with this status
 *
 * The dialogues are those of dialogue.js, and in node also those of framings.js. Exits with 0 if all results are as
 * expected, otherwise with 1 and a message.
 * NODE_PATH is the directory of the packages ws and playwright-core, CHROMIUM the path of Chromium, and BROWSER_AT the
 * address that --browser has printed.
 */
"use strict";

const crypto = require("crypto");
const net = require("net");

const LIMIT = 45000;	/* ms; time limit of the program */

function terminate(pid) {
	process.kill(pid, "SIGTERM");
}

async function inNode(name, args) {
	if (!globalThis.crypto)
		globalThis.crypto = crypto.webcrypto;
	globalThis.terminate = terminate;
	const dialogues = { ...require("./dialogue.js").dialogues, ...require("./framings.js") };
	await dialogues[name](require("ws").WebSocket, ...args);
}

/* Starts Chromium, prints its address, and runs until it is stopped. */
async function browser() {
	const server = await require("playwright-core").chromium.launchServer({
		executablePath: process.env.CHROMIUM,
		host: "127.0.0.1",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
	});
	console.log(server.wsEndpoint());
	await new Promise((resolve) => server.on("close", resolve));
}

async function inBrowser(work) {
	const chromium = await require("playwright-core").chromium.connect(process.env.BROWSER_AT);
	try {
		await work(await (await chromium.newContext()).newPage());
	} finally {
		await chromium.close();
	}
}

function inPage(address, name, args) {
	return inBrowser(async (page) => {
		await page.exposeFunction("terminate", terminate);
		await page.goto(address);
		await page.evaluate(([which, rest]) => dialogues[which](WebSocket, ...rest), [name, args]);
	});
}

function visit(url, status, text) {
	return inBrowser(async (page) => {
		const response = await page.goto(url);
		const seen = await page.innerText("body");
		if (response.status() !== Number(status) || !seen.includes(text))
			throw new Error(`status ${response.status()}, page: ${seen}`);
	});
}

const HANDSHAKE = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/* Resolves to all bytes received up to end of file; a reset of the connection is an error. */
function exchange(port, request) {
	return new Promise((resolve, reject) => {
		const pieces = [];
		const socket = net.connect({ host: "127.0.0.1", port: Number(port), allowHalfOpen: true });
		socket.on("data", (data) => pieces.push(data));
		socket.on("error", (error) => reject(new Error(`${error.message}, after: ${Buffer.concat(pieces)}`)));
		socket.on("end", () => {
			socket.end();
			resolve(Buffer.concat(pieces).toString("latin1"));
		});
		socket.write(request);
	});
}

async function response(port, status, text) {
	const got = await exchange(port, HANDSHAKE);
	const [, line, head, body] = /^(.*?)\r\n(.*?\r\n)\r\n(.*)$/s.exec(got) || [];
	const size = /^Content-Length: (\d+)\r\n/im.exec(head);
	if (body === undefined || !line.startsWith(`HTTP/1.1 ${status} `) || !body.includes(text) ||
	    !size || Number(size[1]) !== body.length)
		throw new Error(`got ${JSON.stringify(got)}`);
}

function start(args) {
	if (args[0] === "--page")
		return inPage(args[1], args[2], args.slice(3));
	if (args[0] === "--browser")
		return browser();
	if (args[0] === "--visit")
		return visit(...args.slice(1));
	if (args[0] === "--response")
		return response(...args.slice(1));
	return inNode(args[0], args.slice(1));
}

const args = process.argv.slice(2);

if (args[0] !== "--browser") {
	setTimeout(() => {
		console.log(`nothing more happened within ${LIMIT} ms`);
		process.exit(1);
	}, LIMIT);
}

start(args).then(() => process.exit(0), (error) => {
	console.log(error.stack);
	process.exit(1);
});

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	node load.js URL HELD
 *
 * Clients of several bridges behind one address, with redis as the peer. Each bridge chooses one of the subprotocols
 * one, two and three, which shows to which bridge a client is connected. HELD sessions stay open. Meanwhile other
 * clients connect, send a PING, and close, again and again. For each line of the input, all held sessions send a
 * PING, and a report is printed:
 *
 *	held one=4 two=4 three=4 lost one=0 two=0 three=0 served one=9 two=8 three=9 broken one=0 two=0 three=0 failed=0
 *
 * lost: held sessions that have been closed; served: short sessions that succeeded; broken: short sessions that were
 * opened and then failed; failed: connections that could not be opened. Each of the last is also printed on its own
 * line. The program exits at the end of its input.
 */
"use strict";

const { WebSocket } = require("ws");

const BRIDGES = ["one", "two", "three"];
const CLIENTS = 4;

const url = process.argv[2];
const held = [];
const lost = {}, served = {}, broken = {};
let failed = 0;
let over = false;

for (const count of [lost, served, broken])
	for (const bridge of BRIDGES)
		count[bridge] = 0;

/* Resolves to an open session, or to null. */
function open() {
	return new Promise((resolve) => {
		const socket = new WebSocket(url, BRIDGES);
		socket.on("open", () => resolve(socket));
		socket.on("error", (error) => {
			if (socket.protocol === "") {
				failed++;
				console.log(`failed: ${error.message}`);
			}
			resolve(null);
		});
	});
}

/* Sends a PING; resolves to true if it is answered. */
function ping(socket) {
	return new Promise((resolve) => {
		const end = () => resolve(false);
		if (socket.readyState !== WebSocket.OPEN) {
			resolve(false);
			return;
		}
		socket.once("close", end);
		socket.once("message", (data) => {
			socket.off("close", end);
			resolve(String(data) === "+PONG\r\n");
		});
		socket.send("PING\r\n");
	});
}

function closed(socket) {
	return new Promise((resolve) => socket.once("close", resolve));
}

/* Opens and closes one client after the other. */
async function comeAndGo() {
	while (!over) {
		const socket = await open();
		if (socket === null)
			continue;
		const bridge = socket.protocol;
		const end = closed(socket);
		if (await ping(socket)) {
			socket.close(1000);
			(await end) === 1000 ? served[bridge]++ : broken[bridge]++;
		} else {
			broken[bridge]++;
			socket.terminate();
		}
	}
}

function show(name, count) {
	return `${name} ${BRIDGES.map((bridge) => `${bridge}=${count[bridge]}`).join(" ")}`;
}

async function report() {
	const alive = { one: 0, two: 0, three: 0 };
	await Promise.all(held.map(async (socket) => {
		if (await ping(socket))
			alive[socket.protocol]++;
	}));
	console.log(`${show("held", alive)} ${show("lost", lost)} ${show("served", served)} ` +
	    `${show("broken", broken)} failed=${failed}`);
}

async function main() {
	for (let n = Number(process.argv[3]); n > 0; n--) {
		const socket = await open();
		if (socket === null)
			throw new Error("no session");
		socket.on("close", (code) => {
			lost[socket.protocol]++;
			console.log(`lost: one of ${socket.protocol}, code ${code}`);
		});
		held.push(socket);
	}
	for (let i = 0; i < CLIENTS; i++)
		comeAndGo();
	for await (const line of require("readline").createInterface({ input: process.stdin }))
		await report();
	process.exit(0);
}

main().catch((error) => {
	console.log(error.stack);
	process.exit(1);
});

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	node jsonrpc.js PORT
 *
 * A JSON-RPC server with the package jayson, over TCP: requests and answers are one JSON entity behind the other, with
 * nothing between.
 */
"use strict";

const jayson = require("jayson");

let held = [];

const methods = {
	echo: (params, done) => done(null, params),
	/* Answered when somebody calls release, which says how many there were. */
	hold: (params, done) => { held.push(done); },
	release: (params, done) => {
		const waiting = held;
		held = [];
		done(null, waiting.length);
		for (const answer of waiting)
			answer(null, "released");
	},
};

new jayson.Server(methods).tcp().listen(Number(process.argv[2]), "127.0.0.1");

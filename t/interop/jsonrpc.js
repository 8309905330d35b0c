/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	node jsonrpc.js PORT
 *
 * A JSON-RPC server with the package jayson, over TCP. Requests and answers are JSON entities, one after the other,
 * without any byte between them.
 */
"use strict";

const jayson = require("jayson");

let held = [];

const methods = {
	echo: (params, done) => done(null, params),
	/* A call of hold is answered at the next call of release, which returns the number of such calls. */
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

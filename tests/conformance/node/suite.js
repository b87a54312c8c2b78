'use strict';
/*
 * What a test says it does with the SDK, and the proof that it did.
 *
 * A test declares which calls it sees answered and which refused. The calls are watched, so a declaration that is not
 * true fails the test, and coverage.test.js can believe what is declared, although every file runs in a process of
 * its own. Only what the test calls itself counts, not what the SDK calls on the way.
 */

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { test } = require('node:test');
const { ASKS_NOBODY, startsWithOneOf, storage } = require('./surface');

const insideTheSdk = new AsyncLocalStorage();
let seen = { answered: new Set(), refused: new Set() };
let collected = null;

function note (name, good) {
  (good ? seen.answered : seen.refused).add(name);
}

/** Whether a value that a call gave is a success: an answer by its status, anything else by not being false. */
function isGood (name, value) {
  const status = value?.resp?.statusCode ?? value?.statusCode ?? value?.res?.statusCode;
  if (status !== undefined) {
    return status >= 200 && status < 300;
  }
  return value !== false || startsWithOneOf(name, ASKS_NOBODY);
}

function watchedCallback (name, callback) {
  return (error, data, info) => {
    note(name, !error && isGood(name, info));
    return insideTheSdk.exit(() => callback(error, data, info));
  };
}

function watched (name, original) {
  function call (...args) {
    if (insideTheSdk.getStore()) {
      return original.apply(this, args);
    }
    const last = args.length - 1;
    const byCallback = typeof args[last] === 'function';
    if (byCallback) {
      args[last] = watchedCallback(name, args[last]);
    }
    let result;
    try {
      result = insideTheSdk.run(true, () => original.apply(this, args));
    } catch (error) {
      note(name, false);
      throw error;
    }
    if (typeof result?.then === 'function') {
      result.then(value => note(name, isGood(name, value)), () => note(name, false));
    } else if (!byCallback) {
      note(name, isGood(name, result));
    }
    return result;
  }
  return Object.assign(call, original);
}

for (const { name, owner, attribute } of storage()) {
  owner[attribute] = watched(name, owner[attribute]);
}

/** A test that declares `{ answered, refused }`, lists of names as surface.js gives them. */
function sdkTest (title, { answered = [], refused = [] }, run) {
  if (collected) {
    collected.push({ answered, refused });
    return;
  }
  test(title, async () => {
    seen = { answered: new Set(), refused: new Set() };
    await run();
    assert.deepEqual(answered.filter(name => !seen.answered.has(name)), [], 'declared, but not answered with success');
    assert.deepEqual(refused.filter(name => !seen.refused.has(name)), [], 'declared, but not refused');
  });
}

/** For the declarations of one class or room: `each(...)` are full names, `both(...)` are answered and refused. */
function methodsOf (prefix) {
  const each = (...methods) => methods.map(method => prefix + method);
  return { each, both: (...methods) => ({ answered: each(...methods), refused: each(...methods) }) };
}

/** What the tests of these files declare; none of them runs. */
function declarations (files) {
  collected = [];
  files.forEach(require);
  const found = collected;
  collected = null;
  return found;
}

module.exports = { declarations, methodsOf, sdkTest };

'use strict';
/* Every public storage call of the SDK is exercised, with good and bad input, or is in the table with a reason. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { declarations } = require('./suite');
const { ASKS_NOBODY, NEVER_ANSWERED, NOT_STORAGE, below, startsWithOneOf, storage, surface } = require('./surface');

const files = fs.readdirSync(__dirname)
  .filter(name => name.endsWith('.test.js') && name !== path.basename(__filename))
  .map(name => path.join(__dirname, name));
const declared = declarations(files);
const answered = new Set(declared.flatMap(each => each.answered));
const refused = new Set(declared.flatMap(each => each.refused));
const names = storage().map(({ name }) => name);

test('every call is answered somewhere', () => {
  assert.deepEqual(names.filter(name => !answered.has(name) && !startsWithOneOf(name, NEVER_ANSWERED)), []);
});

test('every call that can be refused is refused somewhere', () => {
  assert.deepEqual(names.filter(name => !refused.has(name) && !startsWithOneOf(name, ASKS_NOBODY)), []);
});

test('nothing that the SDK has not is declared', () => {
  assert.deepEqual([...answered, ...refused].filter(name => !names.includes(name)), []);
});

test('the table of reasons is no longer than it has to be', () => {
  assert.deepEqual(Object.keys(NOT_STORAGE).filter(prefix => !surface().some(({ name }) => below(name, prefix))), []);
  const prefixes = [...ASKS_NOBODY, ...NEVER_ANSWERED];
  assert.deepEqual(prefixes.filter(prefix => !names.some(name => name.startsWith(prefix))), []);
});
